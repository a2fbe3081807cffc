package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMean;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import dev.freebind.bonds.product.EmbeddingExpression.Router;
import dev.freebind.bonds.product.EmbeddingExpression.Slot;
import dev.freebind.bonds.product.EmbeddingExpression.Source;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutedInferenceTest {

    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);
    private static final List<Subset> SEVEN = List.of("A", "T", "V", "AT", "VA", "VT", "VAT").stream()
            .map(Subset::parse)
            .toList();

    /** The goldens' projectors and, for each modality, one of their routers. */
    private static final class Goldens implements WeightStore {
        @Override
        public ProjectorWeights projector(ProjectorKey key) {
            return OmniBindGoldens.projector("routing/" + key.source() + "/projector" + SEVEN.indexOf(key.subset()));
        }

        @Override
        public RouterWeights router(RouterKey key) {
            return OmniBindGoldens.router(
                    key.modality().equals(Modality.TEXT) ? "routing/text-selected-three" : "routing/selected-one");
        }
    }

    @BeforeAll
    static void goldens() {
        OmniBindGoldens.assume();
    }

    private static Map<String, Embeddings> leaves() {
        return Map.of(
                "space0", OmniBindGoldens.embeddings("routing/space0/embedding"),
                "space1", OmniBindGoldens.embeddings("routing/space1/embedding"),
                "space2", OmniBindGoldens.embeddings("routing/space2/embedding"));
    }

    private static Slot slot(int score, double weight, Modality modality) {
        String space = "space" + score;
        return new Slot(
                score, weight, new ProjectorMean("omni", new Source(space, 1, SEVEN, new Leaf(space, modality))));
    }

    private static Routed routed(Modality modality, double sharpening, String... inputs) {
        return new Routed(
                List.of(slot(0, 1, modality), slot(1, 1, modality), slot(2, 1, modality)),
                new Router(
                        new RouterKey("omni", modality),
                        3,
                        sharpening,
                        List.of(inputs).stream()
                                .<EmbeddingExpression>map(space -> new Leaf(space, modality))
                                .toList()));
    }

    private static float[] all(Embeddings embeddings) {
        float[] values = new float[(int) embeddings.rows() * embeddings.dimension()];
        embeddings.read(0, (int) embeddings.rows(), FloatBuffer.wrap(values));
        return values;
    }

    @Test
    void theMeanOfAllProjectorsOfASpaceIsNotNormalised() {
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, new Goldens())) {
            for (int space = 0; space < 3; space++) {
                EmbeddingExpression mean = slot(space, 1, Modality.AUDIO).value();
                Golden.assertClose(
                        "space " + space,
                        all(inference.evaluate(mean, leaves())),
                        OmniBindGoldens.floats("routing/space" + space + "/mean"),
                        1e-5);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"audio, 1, routing/selected-one", "text, 10, routing/text-selected-three"})
    void weightsAndRoutedEmbeddingsAreThoseOfTheOfficialCode(String modality, double sharpening, String golden) {
        Routed expression = modality.equals("text")
                ? routed(Modality.TEXT, sharpening, "space0", "space1", "space2")
                : routed(Modality.AUDIO, sharpening, "space1");
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, new Goldens())) {
            Golden.assertClose(
                    "weights",
                    all(inference.weights(expression, leaves())),
                    OmniBindGoldens.floats(golden + "/weights"),
                    1e-5);
            Golden.assertClose(
                    "routed",
                    all(inference.evaluate(expression, leaves())),
                    OmniBindGoldens.floats(golden + "/routed"),
                    1e-5);
        }
    }

    @Test
    void leavingASourceOutSpreadsItsWeightOverTheRest() {
        Routed all = routed(Modality.TEXT, 10, "space0", "space1", "space2");
        Routed without = new Routed(List.of(slot(0, 1, Modality.TEXT), slot(2, 3, Modality.TEXT)), all.router());
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, new Goldens())) {
            float[] before = all(inference.weights(all, leaves()));
            float[] after = all(inference.weights(without, leaves()));
            for (int row = 0; row < 8; row++) {
                float first = before[3 * row];
                float third = 3 * before[3 * row + 2];
                assertThat(after[2 * row]).isCloseTo(first / (first + third), within());
                assertThat(after[2 * row + 1]).isCloseTo(third / (first + third), within());
            }
        }
    }

    @Test
    void withoutARouterEverySourceCountsTheSame() {
        Routed equal = new Routed(List.of(slot(0, 1, Modality.AUDIO), slot(1, 1, Modality.AUDIO)), null);
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, new Goldens())) {
            assertThat(all(inference.weights(equal, leaves()))).hasSize(16).containsOnly(0.5f);
            float[] expected = new float[8 * 16];
            float[] first = OmniBindGoldens.floats("routing/space0/mean");
            float[] second = OmniBindGoldens.floats("routing/space1/mean");
            for (int row = 0; row < 8; row++) {
                double squares = 0;
                for (int i = row * 16; i < row * 16 + 16; i++) {
                    expected[i] = first[i] + second[i];
                    squares += expected[i] * expected[i];
                }
                for (int i = row * 16; i < row * 16 + 16; i++) {
                    expected[i] /= (float) Math.sqrt(squares);
                }
            }
            Golden.assertClose("routed", all(inference.evaluate(equal, leaves())), expected, 1e-5);
        }
    }

    @Test
    void aRouterOfAnotherConfigurationIsRefused() {
        Routed wrong = routed(Modality.AUDIO, 1, "space0");
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, new Goldens())) {
            assertThatThrownBy(() -> inference.evaluate(wrong, leaves()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("router omni/audio reads rows of length 14")
                    .hasMessageContaining("here are 10");
        }
    }

    private static org.assertj.core.data.Offset<Float> within() {
        return org.assertj.core.data.Offset.offset(1e-5f);
    }
}
