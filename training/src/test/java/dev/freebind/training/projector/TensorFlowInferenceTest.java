package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.EmbeddingExpression.Leaf;
import dev.freebind.bonds.product.EmbeddingExpression.Mix;
import dev.freebind.bonds.product.EmbeddingExpression.ProjectorMixture;
import dev.freebind.bonds.product.EmbeddingExpression.Source;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.bonds.projector.ProjectorFile;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.BufferOverflowException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class TensorFlowInferenceTest {

    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);
    private static final Subset ALL = Subset.parse("VAT");
    private static final List<Subset> SEVEN = List.of("A", "T", "V", "AT", "VA", "VT", "VAT").stream()
            .map(Subset::parse)
            .toList();

    /** A store in memory that counts how often each projector is read. */
    private static final class Shelf implements WeightStore {
        private final Map<ProjectorKey, ProjectorWeights> projectors = new HashMap<>();
        private final List<ProjectorKey> reads = new ArrayList<>();

        @Override
        public ProjectorWeights projector(ProjectorKey key) {
            reads.add(key);
            ProjectorWeights weights = projectors.get(key);
            if (weights == null) {
                throw new DataException(key.file() + ": not found");
            }
            return weights;
        }
    }

    private final Shelf shelf = new Shelf();

    private static float[] all(Embeddings embeddings) {
        float[] values = new float[(int) embeddings.rows() * embeddings.dimension()];
        embeddings.read(0, (int) embeddings.rows(), FloatBuffer.wrap(values));
        return values;
    }

    private static ProjectorMixture mixture(String space, List<Subset> subsets, EmbeddingExpression input) {
        return new ProjectorMixture("bond", List.of(new Source(space, 1, subsets, input)));
    }

    @Test
    void theReleasedProjectorGivesPyTorchsEmbeddings() {
        shelf.projectors.put(
                new ProjectorKey("bond", "clap", ALL),
                ProjectorFile.read(Golden.resource("projector/mix.safetensors")));
        Leaf leaf = new Leaf("clap", Modality.AUDIO);
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, shelf)) {
            Embeddings input = Golden.embeddings("projector/input");
            Embeddings output = inference.evaluate(mixture("clap", List.of(ALL), leaf), Map.of("clap", input));
            assertThat(output.dimension()).isEqualTo(16);
            Golden.assertClose("output", all(output), Golden.floats("projector/output-mix"), 1e-5);
        }
    }

    @Test
    void allReleasedProjectorsAndTheirMixtureGivePyTorchsEmbeddings() {
        Path goldens = Path.of(System.getProperty("freebind.root"), "..", "shared", "goldens", "freebind", "projector");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "needs ../shared/goldens");
        WeightStore store = key -> {
            String released = switch (key.subset().code()) {
                case "VAT" -> "mix";
                case "VA" -> "AV";
                case "VT" -> "TV";
                default -> key.subset().code();
            };
            return ProjectorFile.read(goldens.resolve(released + ".safetensors"));
        };
        Leaf leaf = new Leaf("clap", Modality.AUDIO);
        NpyArray rows = NpyArray.read(goldens.resolve("input.npy"));
        Map<String, Embeddings> leaves = Map.of("clap", Embeddings.of(rows.floats(), 10, "input.npy"));
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, store)) {
            for (Map.Entry<String, String> mode : Map.of(
                            "mix", "VAT", "A", "A", "T", "T", "V", "V", "AT", "AT", "AV", "VA", "TV", "VT")
                    .entrySet()) {
                Embeddings output =
                        inference.evaluate(mixture("clap", List.of(Subset.parse(mode.getValue())), leaf), leaves);
                Golden.assertClose(
                        mode.getKey(),
                        all(output),
                        NpyArray.read(goldens.resolve("output-" + mode.getKey() + ".npy"))
                                .floats(),
                        1e-5);
            }
            Golden.assertClose(
                    "mixture",
                    all(inference.evaluate(mixture("clap", SEVEN, leaf), leaves)),
                    NpyArray.read(goldens.resolve("mixture.npy")).floats(),
                    1e-5);
        }
    }

    @Test
    void aNestedExpressionIsEvaluatedAsWritten() {
        for (int i = 0; i < 3; i++) {
            shelf.projectors.put(new ProjectorKey("bond", "at1", SEVEN.get(i)), RandomRows.projector(20 + i, 5, 12, 6));
        }
        shelf.projectors.put(new ProjectorKey("bond", "at2", ALL), RandomRows.projector(30, 4, 9, 6));
        shelf.projectors.put(new ProjectorKey("inner", "unified", ALL), RandomRows.projector(31, 7, 8, 6));
        double[][] at1 = RandomRows.unit(1, 9, 5);
        double[][] at2 = RandomRows.unit(2, 9, 4);
        double[][] unified = RandomRows.unit(3, 9, 7);
        double[][] vt = RandomRows.unit(4, 9, 6);
        Map<String, Embeddings> leaves = new HashMap<>();
        leaves.put("at1", RandomRows.embeddings(scaled(at1, 3), "at1"));
        leaves.put("at2", RandomRows.embeddings(at2, "at2"));
        leaves.put("unified", RandomRows.embeddings(unified, "unified"));
        leaves.put("vt", RandomRows.embeddings(scaled(vt, 0.2), "vt"));
        EmbeddingExpression displaced = new Mix(
                new ProjectorMixture(
                        "inner", List.of(new Source("unified", 1, List.of(ALL), new Leaf("unified", Modality.TEXT)))),
                new Leaf("vt", Modality.TEXT),
                0.9);
        EmbeddingExpression expression = new Mix(
                displaced,
                new ProjectorMixture(
                        "bond",
                        List.of(
                                new Source("at1", 2, SEVEN.subList(0, 3), new Leaf("at1", Modality.TEXT)),
                                new Source("at2", 0.5, List.of(ALL), new Leaf("at2", Modality.TEXT)))),
                0.3);

        double[][] expected = new double[9][6];
        double[][] psi = ReferenceProjector.infer(RandomRows.projector(31, 7, 8, 6), unified);
        add(expected, psi, 0.1);
        add(expected, vt, 0.9);
        ReferenceProjector.unit(expected);
        double[][] experts = new double[9][6];
        for (int i = 0; i < 3; i++) {
            add(experts, ReferenceProjector.infer(RandomRows.projector(20 + i, 5, 12, 6), at1), 2.0 / 3);
        }
        add(experts, ReferenceProjector.infer(RandomRows.projector(30, 4, 9, 6), at2), 0.5);
        ReferenceProjector.unit(experts);
        double[][] result = new double[9][6];
        add(result, expected, 0.7);
        add(result, experts, 0.3);
        ReferenceProjector.unit(result);

        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, shelf)) {
            Embeddings output = inference.evaluate(expression, leaves);
            assertThat(output.rows()).isEqualTo(9);
            Golden.assertClose("nested", all(output), RandomRows.flat(result), 1e-5);
        }
    }

    private static double[][] scaled(double[][] rows, double factor) {
        double[][] scaled = new double[rows.length][rows[0].length];
        add(scaled, rows, factor);
        return scaled;
    }

    private static void add(double[][] sum, double[][] rows, double factor) {
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                sum[i][j] += factor * rows[i][j];
            }
        }
    }

    @Test
    void rowsDoNotDependOnHowTheyAreReadNorByHowManyThreads() throws Exception {
        shelf.projectors.put(new ProjectorKey("bond", "at1", ALL), RandomRows.projector(1, 8, 16, 6));
        int rows = ProductEmbeddings.BLOCK + 500;
        Leaf leaf = new Leaf("at1", Modality.TEXT);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, shelf)) {
            Embeddings output = inference.evaluate(
                    mixture("at1", List.of(ALL), leaf),
                    Map.of("at1", RandomRows.embeddings(RandomRows.unit(5, rows, 8), "at1")));
            float[] whole = all(output);
            List<Future<float[]>> parts = new ArrayList<>();
            for (int first = 0; first < rows; first += 383) {
                int start = first;
                int count = Math.min(383, rows - first);
                Callable<float[]> part = () -> {
                    float[] values = new float[count * 6];
                    output.read(start, count, FloatBuffer.wrap(values));
                    return values;
                };
                parts.add(threads.submit(part));
            }
            int at = 0;
            for (Future<float[]> part : parts) {
                float[] values = part.get();
                Golden.assertClose(
                        "rows from " + at / 6,
                        values,
                        java.util.Arrays.copyOfRange(whole, at, at + values.length),
                        2e-6);
                at += values.length;
            }
            assertThat(at).isEqualTo(whole.length);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aProjectorIsReadOnceHoweverManyExpressionsUseIt() {
        for (Subset subset : SEVEN) {
            shelf.projectors.put(new ProjectorKey("bond", "at1", subset), RandomRows.projector(1, 5, 6, 4));
        }
        Leaf leaf = new Leaf("at1", Modality.TEXT);
        Map<String, Embeddings> leaves = Map.of("at1", RandomRows.embeddings(RandomRows.unit(5, 3, 5), "at1"));
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, shelf)) {
            inference.evaluate(mixture("at1", SEVEN, leaf), leaves);
            inference.evaluate(mixture("at1", SEVEN.subList(2, 4), leaf), leaves);
            inference.evaluate(mixture("at1", SEVEN, new Leaf("at1", Modality.AUDIO)), leaves);
            inference.evaluate(new Mix(mixture("at1", SEVEN, leaf), mixture("at1", List.of(ALL), leaf), 0.2), leaves);
        }
        assertThat(shelf.reads).hasSize(7).doesNotHaveDuplicates();
    }

    @Test
    void whatDoesNotFitIsRefusedByName() {
        shelf.projectors.put(new ProjectorKey("bond", "at1", ALL), RandomRows.projector(1, 5, 6, 4));
        Leaf leaf = new Leaf("at1", Modality.TEXT);
        ProjectorMixture mixture = mixture("at1", List.of(ALL), leaf);
        Embeddings fits = RandomRows.embeddings(RandomRows.unit(5, 3, 5), "fits");
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, shelf)) {
            assertThatThrownBy(() -> inference.evaluate(mixture, Map.of("other", fits)))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("'at1' (at1.text)")
                    .hasMessageContaining("[other]");
            assertThatThrownBy(() -> inference.evaluate(
                            mixture, Map.of("at1", RandomRows.embeddings(RandomRows.unit(5, 3, 7), "wide"))))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("dimension 5")
                    .hasMessageContaining("dimension 7");
            assertThatThrownBy(() -> inference.evaluate(new Mix(leaf, mixture, 0.5), Map.of("at1", fits)))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("dimension 5")
                    .hasMessageContaining("dimension 4");
            Embeddings fewer = RandomRows.embeddings(RandomRows.unit(5, 2, 4), "fewer");
            assertThatThrownBy(() -> inference.evaluate(
                            new Mix(mixture, new Leaf("vt", Modality.TEXT), 0.5), Map.of("at1", fits, "vt", fewer)))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("at1 3, vt 2");
            assertThatThrownBy(
                            () -> inference.evaluate(mixture("at1", List.of(SEVEN.get(0)), leaf), Map.of("at1", fits)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("projectors/bond/at1/A.safetensors");
        }
    }

    @Test
    void projectorsOfOneMixtureMustAgreeOnTheirDimensions() {
        shelf.projectors.put(new ProjectorKey("bond", "at1", SEVEN.get(0)), RandomRows.projector(1, 5, 6, 4));
        shelf.projectors.put(new ProjectorKey("bond", "at1", ALL), RandomRows.projector(1, 5, 6, 3));
        try (TensorFlowInference inference = new TensorFlowInference(RUNTIME, shelf)) {
            Leaf leaf = new Leaf("at1", Modality.TEXT);
            assertThatThrownBy(() -> inference.evaluate(
                            mixture("at1", List.of(SEVEN.get(0), ALL), leaf),
                            Map.of("at1", RandomRows.embeddings(RandomRows.unit(5, 3, 5), "at1"))))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("bond/at1/VAT")
                    .hasMessageContaining("5 to 3")
                    .hasMessageContaining("5 to 4");
        }
    }

    @Test
    void readingIsCheckedAndEndsWithTheInference() {
        shelf.projectors.put(new ProjectorKey("bond", "at1", ALL), RandomRows.projector(1, 5, 6, 4));
        float[] rows = RandomRows.flat(RandomRows.unit(5, 3, 5));
        java.util.Arrays.fill(rows, 5, 10, 0);
        Embeddings leaf = Embeddings.of(rows, 5, "texts.npy");
        TensorFlowInference inference = new TensorFlowInference(RUNTIME, shelf);
        Embeddings output =
                inference.evaluate(mixture("at1", List.of(ALL), new Leaf("at1", Modality.TEXT)), Map.of("at1", leaf));
        FloatBuffer buffer = FloatBuffer.allocate(12);
        output.read(2, 1, buffer);
        assertThat(buffer.position()).isEqualTo(4);
        assertThatThrownBy(() -> output.read(0, 3, FloatBuffer.allocate(12)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("texts.npy, row 1");
        assertThatThrownBy(() -> output.read(2, 2, buffer)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> output.read(2, 1, FloatBuffer.allocate(3)))
                .isInstanceOf(BufferOverflowException.class);
        inference.close();
        inference.close();
        assertThatThrownBy(() -> output.read(2, 1, FloatBuffer.allocate(4)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }
}
