package dev.freebind.spi.encoders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderOption.Type;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncoderOptionsTest {

    private enum Speed {
        SLOW,
        VERY_FAST
    }

    private static final List<EncoderOption> OPTIONS = List.of(
            EncoderOption.required("checkpoint", Type.PATH, "The weights."),
            EncoderOption.optional("batch", Type.INTEGER, "32", "Items at once.")
                    .within(1, 64),
            EncoderOption.optional("scale", Type.NUMBER, null, "A factor."),
            EncoderOption.optional("flip", Type.FLAG, null, "Mirrors."),
            EncoderOption.optional("prefix", Type.TEXT, "", "Before each text."),
            EncoderOption.choice("speed", Speed.SLOW, "How fast."));

    private record Declaring(List<EncoderOption> options) implements EncoderProvider {
        @Override
        public String name() {
            return "acme";
        }

        @Override
        public int apiVersion() {
            return API_VERSION;
        }

        @Override
        public List<Modality> modalities() {
            return List.of(Modality.TEXT);
        }

        @Override
        public OptionalInt dimension() {
            return OptionalInt.empty();
        }

        @Override
        public Encoder open(String spaceName, EncoderOptions options) {
            throw new UnsupportedOperationException();
        }
    }

    private static EncoderOptions check(Map<String, String> given) {
        return EncoderOptions.check(new Declaring(OPTIONS), given, Path.of("folder"));
    }

    @Test
    void valuesComeWithTheirTypesAndDefaults() {
        EncoderOptions options = check(Map.of("checkpoint", "a/b.pt", "scale", "0.5", "speed", "very-fast"));

        assertThat(options.path("checkpoint")).hasValue(Path.of("folder/a/b.pt"));
        assertThat(options.integer("batch")).hasValue(32L);
        assertThat(options.number("scale")).hasValue(0.5);
        assertThat(options.flag("flip")).isFalse();
        assertThat(options.text("prefix")).hasValue("");
        assertThat(options.choice("speed")).hasValue("very-fast");
        assertThat(options.choice("speed", Speed.class)).hasValue(Speed.VERY_FAST);
    }

    @Test
    void allProblemsAreReportedAtOnceWithWhatIsAllowed() {
        assertThatThrownBy(() -> check(Map.of(
                        "bacth", "1", "batch", "65", "scale", "NaN", "flip", "yes", "speed", "fast", "prefix", "x")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageStartingWith("encoder 'acme': ")
                .hasMessageContainingAll(
                        "unknown option 'bacth'; did you mean 'batch'?",
                        "option 'checkpoint' is missing: The weights.",
                        "option 'batch' is '65', but it takes a whole number from 1 to 64",
                        "option 'scale' is 'NaN', but it takes a number",
                        "option 'flip' is 'yes', but it takes true or false",
                        "option 'speed' is 'fast', but it takes one of slow, very-fast");
    }

    @Test
    void askingForWhatWasNotDeclaredIsTheProvidersMistake() {
        EncoderOptions options = check(Map.of("checkpoint", "a"));

        assertThatThrownBy(() -> options.text("other"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'other'");
        assertThatThrownBy(() -> options.text("batch"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("type TEXT");
    }

    @ParameterizedTest
    @CsvSource({
        "INTEGER,1.5,false",
        "INTEGER,-7,true",
        "NUMBER,1e-3,true",
        "NUMBER,Infinity,false",
        "FLAG,TRUE,false",
        "PATH,'',false",
        "PATH,a b,true",
        "TEXT,'',true"
    })
    void everyTypeTakesItsValues(Type type, String value, boolean taken) {
        assertThat(EncoderOption.optional("a", type, null, "Help.").takes(value))
                .isEqualTo(taken);
    }

    @Test
    void anOptionThatContradictsItselfCannotBeDeclared() {
        assertThatThrownBy(() -> EncoderOption.optional("Batch", Type.TEXT, null, "Help."))
                .hasMessageContaining("option 'Batch': the name");
        assertThatThrownBy(() -> EncoderOption.optional("a", Type.TEXT, null, " "))
                .hasMessageContaining("help is missing");
        assertThatThrownBy(() ->
                        EncoderOption.optional("a", Type.INTEGER, "0", "Help.").within(1, 2))
                .hasMessageContaining("default '0'");
        assertThatThrownBy(() -> EncoderOption.choice("a", List.of(), "b", "Help."))
                .hasMessageContaining("choices []");
        assertThatThrownBy(() ->
                        EncoderOption.optional("a", Type.TEXT, null, "Help.").within(1, 2))
                .hasMessageContaining("range 1 to 2");
    }
}
