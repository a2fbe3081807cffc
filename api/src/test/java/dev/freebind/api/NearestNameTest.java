package dev.freebind.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {

    @ParameterizedTest
    @CsvSource({"imagebnid,imagebind", "Clap,clap", "clip,clap", "intern-vl,internvl", "wights,weights"})
    void aSlipOfTheHandIsSeenThrough(String found, String meant) {
        assertThat(NearestName.of(found, List.of("clap", "imagebind", "internvl", "weights")))
                .hasValue(meant);
    }

    @Test
    void anotherNameIsNotTakenForASlip() {
        assertThat(NearestName.of("yamnet", List.of("clap", "imagebind"))).isEmpty();
        assertThat(NearestName.of("x", List.of())).isEmpty();
    }

    @Test
    void theHintListsWhatThereIs() {
        assertThat(NearestName.hint("calp", List.of("clap", "imagebind")))
                .isEqualTo("; did you mean 'clap'? There are: clap, imagebind");
        assertThat(NearestName.hint("yamnet", List.of("clap", "imagebind"))).isEqualTo("; there are: clap, imagebind");
        assertThat(NearestName.hint("clap", List.of())).isEqualTo("; there are none");
    }
}
