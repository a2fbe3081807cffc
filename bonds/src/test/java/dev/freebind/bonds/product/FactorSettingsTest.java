package dev.freebind.bonds.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.graph.BondGraph;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FactorSettingsTest {

    private static final BondGraph PAPER = Configurations.graph(Configurations.PAPER);

    @Test
    void factorsAreReadAndWrittenInOneForm() {
        FactorSettings settings =
                FactorSettings.parse(PAPER, "vt-u-plusplus.text=0.5, vt-u.image=1,vt-u-plusplus.audio=.8");

        assertThat(settings.byBond())
                .isEqualTo(Map.of(
                        "vt-u", Map.of(Modality.IMAGE, 1.0),
                        "vt-u-plusplus", Map.of(Modality.AUDIO, 0.8, Modality.TEXT, 0.5)));
        assertThat(settings).hasToString("vt-u.image=1.0,vt-u-plusplus.audio=0.8,vt-u-plusplus.text=0.5");
        assertThat(FactorSettings.parse(PAPER, settings.toString())).isEqualTo(settings);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vt-u                  | is not a factor: write BOND.MODALITY=F, for example vt-u.image=0.5",
                "text=0.5              | is not a factor: write BOND.MODALITY=F",
                "vt-u.text=            | '' in 'vt-u.text=' is not a number",
                "vt-u.text=1.5         | factor 1.5 of vt-u.text is not between 0 and 1",
                "vt-u.text=NaN         | factor NaN of vt-u.text is not between 0 and 1",
                "vt-u.text=1,vt-u.text=0 | the factor of vt-u.text is given twice",
                "vtu.text=0.5          | there is no bond 'vtu'; did you mean 'vt-u'? There are: vt-u, vt-u-plusplus",
                "vt-u.audio=0.5        | 'vt-u' has no factor for audio; it weighs two embeddings of: [image, text]",
                "vt-u.Text=0.5         | 'Text' is not a modality name"
            })
    void whatIsNoFactorSaysWhy(String text, String message) {
        assertThatThrownBy(() -> FactorSettings.parse(PAPER, text))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aPresetIsFoundByNameOrTheNamesAreListed() {
        assertThat(FactorSettings.preset(PAPER.configuration(), "versatile").byBond())
                .isEqualTo(Map.of("vt-u-plusplus", Map.of(Modality.AUDIO, 0.5, Modality.TEXT, 0.1)));
        assertThatThrownBy(() -> FactorSettings.preset(PAPER.configuration(), "versatil"))
                .hasMessage("there is no preset 'versatil'; did you mean 'versatile'? There are: versatile,"
                        + " audio-text-expertise");
    }

    @Test
    void aGridHasBothEndsAndNoRoundingNoise() {
        FactorGrid grid = FactorGrid.parse(PAPER, "vt-u-plusplus", "audio=0:0.3:0.1,text=0.2");

        assertThat(grid.axes().get(Modality.AUDIO)).containsExactly(0.0, 0.1, 0.2, 0.3);
        assertThat(grid.settings())
                .extracting(FactorSettings::toString)
                .containsExactly(
                        "vt-u-plusplus.audio=0.0,vt-u-plusplus.text=0.2",
                        "vt-u-plusplus.audio=0.1,vt-u-plusplus.text=0.2",
                        "vt-u-plusplus.audio=0.2,vt-u-plusplus.text=0.2",
                        "vt-u-plusplus.audio=0.3,vt-u-plusplus.text=0.2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "audio            | is not an axis of a grid",
                "audio=0:1        | is not an axis of a grid",
                "audio=1:0:0.1    | is not an axis of a grid",
                "audio=0:1:0      | is not an axis of a grid",
                "audio=0:x:0.1    | is not an axis of a grid",
                "audio=0:2:0.5    | factor 1.5 of vt-u-plusplus.audio is not between 0 and 1",
                "image=0:1:0.5    | 'vt-u-plusplus' has no factor for image",
                "audio=0,audio=1  | the grid names audio twice",
                "audio=0:1:0.001,text=0:1:0.001 | more than 10000 points"
            })
    void whatIsNoGridSaysWhy(String text, String message) {
        assertThatThrownBy(() -> FactorGrid.parse(PAPER, "vt-u-plusplus", text))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message);
    }
}
