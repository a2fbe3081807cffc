package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Modality;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingRowTest {

    private static final EmbeddingSpace SPACE = new EmbeddingSpace("clap", 2, List.of(Modality.AUDIO));

    @Test
    void aRowOfNumbersIsGivenBack() {
        float[] row = {0.6f, -0.8f};
        assertThat(EmbeddingRow.finite(row, "dog.wav", SPACE)).isSameAs(row);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aRowThatIsNoDirectionIsRefusedNamingItemAndSpace(float value) {
        assertThatThrownBy(() -> EmbeddingRow.finite(new float[] {0, value}, "dog.wav", SPACE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("dog.wav")
                .hasMessageContaining("'clap' is not finite");
    }
}
