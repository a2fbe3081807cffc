package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.RouterTraining;
import dev.freebind.bonds.execution.RouterTraining.Origins;
import dev.freebind.bonds.execution.RouterTraining.Result;
import dev.freebind.bonds.execution.RouterTraining.Sources;
import dev.freebind.bonds.execution.RouterTraining.Task;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.router.RouterFile;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.types.TFloat32;

class TensorFlowRouterTrainingTest {

    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);
    private static final int ROWS = 256;
    private static final int CONCEPT = 8;

    @TempDir
    private Path folder;

    private static Routing settings(int epochs, double decoupling) {
        return new Routing(
                Routing.Weights.LEARNED,
                Map.of(),
                decoupling,
                epochs,
                64,
                5e-3,
                0.05,
                new Routing.Hidden(16, 8),
                Map.of());
    }

    /** Unit rows: of the concepts, blurred by noise. */
    private static Embeddings rows(String name, double noise) {
        Random concepts = new Random(5);
        Random blur = new Random(name.hashCode());
        float[] values = new float[ROWS * CONCEPT];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (concepts.nextGaussian() + noise * blur.nextGaussian());
        }
        return Embeddings.of(values, CONCEPT, name).normalised();
    }

    /** Rows that say in their first column whether they are of the first or the second half. */
    private static Embeddings halves(String name) {
        float[] values = new float[ROWS * CONCEPT];
        Random random = new Random(name.hashCode());
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    (float) (0.3 * random.nextGaussian() + (i % CONCEPT == 0 ? (i < values.length / 2 ? 1 : -1) : 0));
        }
        return Embeddings.of(values, CONCEPT, name).normalised();
    }

    /** Text has a source that knows the concepts and one that is noise; image and audio have one clean source each. */
    private static Task task(Routing settings, Origins origins) {
        NavigableMap<Modality, Sources> modalities = new TreeMap<>();
        modalities.put(Modality.AUDIO, new Sources(List.of(), List.of(rows("audio", 0.1))));
        modalities.put(Modality.IMAGE, new Sources(List.of(), List.of(rows("image", 0.1))));
        modalities.put(
                Modality.TEXT,
                new Sources(List.of(halves("read"), rows("text", 0.1)), List.of(rows("good", 0.3), rows("bad", 3))));
        return new Task(modalities, origins, settings, 3);
    }

    private Result train(Task task, String checkpoint) {
        return new TensorFlowRouterTraining(RUNTIME)
                .train(task, folder.resolve(checkpoint), Progress.SILENT.start("routers", 1, "steps"));
    }

    private static float[] values(Embeddings rows) {
        float[] values = new float[(int) rows.rows() * rows.dimension()];
        rows.read(0, (int) rows.rows(), FloatBuffer.wrap(values));
        return values;
    }

    @Test
    void alignmentIsTheSumOfInfoNceOverAllPairsOfModalities() {
        OmniBindGoldens.assume();
        NavigableMap<Modality, RouterTrainingGraph.ModalitySize> sizes = new TreeMap<>();
        Map<Modality, RouterTrainingGraph.Rows> fed = new TreeMap<>();
        List<String> names = List.of("m0", "m1", "m2", "m3");
        Embeddings first = OmniBindGoldens.embeddings("alignment/modality0");
        int batch = (int) first.rows();
        for (int i = 0; i < 4; i++) {
            Modality modality = new Modality(names.get(i));
            sizes.put(modality, new RouterTrainingGraph.ModalitySize(0, 1));
            FloatTensor rows = FloatTensor.copyOf(
                    FloatBuffer.wrap(OmniBindGoldens.floats("alignment/modality" + i)), batch, first.dimension());
            fed.put(modality, new RouterTrainingGraph.Rows(rows, rows));
        }
        Routing settings = new Routing(
                Routing.Weights.LEARNED, Map.of(), 0, 1, batch, 1e-3, 0.02, Routing.Hidden.OMNIBIND, Map.of());
        try (RouterTrainingGraph graph = new RouterTrainingGraph(
                RUNTIME, new RouterTrainingGraph.Size(batch, first.dimension(), sizes, 0), settings)) {
            float expected = OmniBindGoldens.floats("alignment/loss-six-pairs-tau-0.02")[0];
            assertThat(graph.losses(fed, null).alignment()).isCloseTo(expected, within(expected * 1e-6f));
        } finally {
            fed.values().forEach(rows -> rows.weighed().close());
        }
    }

    @Test
    void decouplingIsTheMeanBinaryCrossEntropyOfTheScores() {
        OmniBindGoldens.assume();
        for (String router : List.of("selected-one", "text-selected-three")) {
            float[] scores = OmniBindGoldens.floats("routing/" + router + "/scores");
            float[] logits = new float[scores.length];
            for (int i = 0; i < scores.length; i++) {
                logits[i] = (float) Math.log(scores[i] / (1.0 - scores[i]));
            }
            float[] counts = new float[8];
            Arrays.fill(counts, 1f / 8);
            try (GraphSession session = RUNTIME.session()) {
                var tf = session.ops();
                var loss = RouterTrainingGraph.decoupling(
                        tf,
                        tf.reshape(tf.constant(logits), tf.constant(new int[] {8, 3})),
                        tf.reshape(
                                tf.constant(OmniBindGoldens.floats("routing/" + router + "/group-labels")),
                                tf.constant(new int[] {8, 3})),
                        tf.constant(counts));
                try (org.tensorflow.Result result = session.runner().fetch(loss).run()) {
                    assertThat(TensorMemory.floats((TFloat32) result.get(0)).get(0))
                            .isCloseTo(
                                    OmniBindGoldens.floats("routing/" + router + "/decoupling-loss")[0], within(1e-5f));
                }
            }
        }
    }

    @Test
    void gradientsAreThoseOfFiniteDifferences() {
        int batch = 16;
        NavigableMap<Modality, RouterTrainingGraph.ModalitySize> sizes = new TreeMap<>();
        sizes.put(Modality.IMAGE, new RouterTrainingGraph.ModalitySize(CONCEPT, 2));
        sizes.put(Modality.TEXT, new RouterTrainingGraph.ModalitySize(CONCEPT, 3));
        Routing settings = settings(1, 2);
        RouterTrainingGraph.Size size = new RouterTrainingGraph.Size(batch, CONCEPT, sizes, 2);
        Map<Modality, RouterTrainingGraph.Rows> fed = new TreeMap<>();
        fed.put(Modality.IMAGE, rows(batch, 2));
        fed.put(Modality.TEXT, rows(batch, 3));
        float[] belongs = new float[batch * 2];
        float[] counts = new float[batch];
        for (int i = 0; i < batch; i++) {
            belongs[2 * i + i % 2] = 1;
            counts[i] = i % 4 == 0 ? 0 : 1f / 12;
        }
        try (RouterTrainingGraph graph = new RouterTrainingGraph(RUNTIME, size, settings);
                RouterTrainingGraph.Labels labels = new RouterTrainingGraph.Labels(
                        FloatTensor.copyOf(FloatBuffer.wrap(belongs), batch, 2),
                        FloatTensor.copyOf(FloatBuffer.wrap(counts), batch))) {
            graph.load(Map.of(
                    Modality.IMAGE, drawn(ProjectorInitialisation.router(CONCEPT, settings.hidden(), 2, 1)),
                    Modality.TEXT, drawn(ProjectorInitialisation.router(CONCEPT, settings.hidden(), 3, 2))));
            Map<String, float[]> gradients = graph.gradients(fed, labels);
            for (var variable : graph.state()) {
                float[] gradient = gradients.get(variable.name());
                if (gradient == null) {
                    continue;
                }
                double squares = 0;
                for (float value : gradient) {
                    squares += (double) value * value;
                }
                // along the gradient itself the loss rises by its squared length
                float[] before = variable.read();
                double step = 1e-2 / Math.sqrt(squares);
                double up = loss(graph, variable, before, gradient, step, fed, labels);
                double down = loss(graph, variable, before, gradient, -step, fed, labels);
                variable.assign(before);
                assertThat((up - down) / (2 * step)).as(variable.name()).isCloseTo(squares, within(0.03 * squares));
            }
        } finally {
            fed.values().forEach(rows -> {
                rows.read().close();
                rows.weighed().close();
            });
        }
    }

    /** The router with a last layer that is not zero, so that the layers before it have gradients. */
    private static RouterWeights drawn(RouterWeights router) {
        Random random = new Random(router.sources());
        float[] last = router.thirdWeight().clone();
        for (int i = 0; i < last.length; i++) {
            last[i] = (float) random.nextGaussian();
        }
        return new RouterWeights(
                router.inputDimension(),
                router.firstHidden(),
                router.secondHidden(),
                router.sources(),
                router.firstWeight(),
                router.firstBias(),
                router.firstNorm(),
                router.secondWeight(),
                router.secondBias(),
                router.secondNorm(),
                last,
                router.thirdBias());
    }

    private static double loss(
            RouterTrainingGraph graph,
            dev.freebind.tensorflow.TrainedVariable variable,
            float[] before,
            float[] direction,
            double step,
            Map<Modality, RouterTrainingGraph.Rows> fed,
            RouterTrainingGraph.Labels labels) {
        float[] moved = before.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += (float) (step * direction[i]);
        }
        variable.assign(moved);
        RouterTrainingGraph.Losses losses = graph.losses(fed, labels);
        return losses.alignment() + 2.0 * losses.decoupling();
    }

    private static RouterTrainingGraph.Rows rows(int batch, int sources) {
        Random random = new Random(sources);
        float[] read = new float[batch * CONCEPT];
        float[] weighed = new float[batch * CONCEPT * sources];
        for (int i = 0; i < read.length; i++) {
            read[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < weighed.length; i++) {
            weighed[i] = (float) (0.3 * random.nextGaussian());
        }
        return new RouterTrainingGraph.Rows(
                FloatTensor.copyOf(FloatBuffer.wrap(read), batch, CONCEPT),
                FloatTensor.copyOf(FloatBuffer.wrap(weighed), (long) batch * sources, CONCEPT));
    }

    @Test
    void aRouterLearnsWhichSourceHelps() {
        Result result = train(task(settings(40, 0), null), "learns");

        assertThat(result.epochs()).hasSize(40);
        assertThat(result.epochs().get(39).alignment())
                .isLessThan(result.epochs().get(0).alignment());
        double[] scores = meanScores(result, 0, ROWS);
        assertThat(scores[0]).isGreaterThan(scores[1] + 0.2);
        assertThat(result.routers()).containsOnlyKeys(Modality.TEXT);
        assertThat(result.routers().get(Modality.TEXT).firstNorm().batchesTracked())
                .isEqualTo(160);
    }

    @Test
    void aRouterBeginsWithTheSameWeightForEverySource() {
        var router = ProjectorInitialisation.router(CONCEPT, Routing.Hidden.OMNIBIND, 5, 1);

        assertThat(router.thirdWeight()).hasSize(500).containsOnly(0f);
        assertThat(router.firstWeight()).doesNotContain(0f);
    }

    @Test
    void decouplingTurnsTextsToTheSourcesOfTheirOrigin() {
        Origins origins = new Origins(
                List.of(List.of(true, false), List.of(false, true)),
                row -> row < ROWS / 2 ? 0 : row < ROWS - 8 ? 1 : -1);

        Result result = train(task(settings(40, 50), origins), "decoupled");

        double[] first = meanScores(result, 0, ROWS / 2);
        double[] second = meanScores(result, ROWS / 2, ROWS);
        assertThat(first[0]).isGreaterThan(0.7);
        assertThat(first[1]).isLessThan(0.3);
        assertThat(second[0]).isLessThan(0.3);
        assertThat(second[1]).isGreaterThan(0.7);
        assertThat(result.epochs().get(39).decoupling()).isLessThan(0.35).isPositive();
    }

    /** The mean scores of the text router over some rows, by its running statistics. */
    private static double[] meanScores(Result result, int first, int end) {
        var weights = result.routers().get(Modality.TEXT);
        float[] input = values(new JoinedColumns(List.of(halves("read"), rows("text", 0.1))));
        int width = weights.inputDimension();
        FoldedLinear one = FoldedLinear.of(weights.firstWeight(), weights.firstBias(), weights.firstNorm());
        FoldedLinear two = FoldedLinear.of(weights.secondWeight(), weights.secondBias(), weights.secondNorm());
        double[] mean = new double[weights.sources()];
        for (int row = first; row < end; row++) {
            double[] x = new double[width];
            for (int i = 0; i < width; i++) {
                x[i] = input[row * width + i];
            }
            double[] h = linear(one, x);
            for (int i = 0; i < h.length; i++) {
                h[i] = Math.max(0, h[i]);
            }
            double[] g = linear(two, h);
            for (int i = 0; i < g.length; i++) {
                g[i] = Math.tanh(g[i]);
            }
            double[] a = linear(new FoldedLinear(weights.thirdWeight(), weights.thirdBias()), g);
            for (int i = 0; i < a.length; i++) {
                mean[i] += 1 / (1 + Math.exp(-a[i])) / (end - first);
            }
        }
        return mean;
    }

    private static double[] linear(FoldedLinear layer, double[] x) {
        double[] y = new double[layer.bias().length];
        for (int i = 0; i < y.length; i++) {
            y[i] = layer.bias()[i];
            for (int j = 0; j < x.length; j++) {
                y[i] += layer.weight()[i * x.length + j] * x[j];
            }
        }
        return y;
    }

    @Test
    void anInterruptedTrainingEndsWithTheSameBytes() throws Exception {
        Task task = task(settings(4, 0), null);
        Result whole = train(task, "whole");
        Progress.Task interrupting = new Progress.Task() {
            private int steps;

            @Override
            public void advance(long count) {
                steps += (int) count;
                if (steps == 6) {
                    Thread.currentThread().interrupt();
                }
            }

            @Override
            public void remark(String text) {}

            @Override
            public void close() {}
        };

        assertThatThrownBy(
                        () -> new TensorFlowRouterTraining(RUNTIME).train(task, folder.resolve("half"), interrupting))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        Result resumed = train(task, "half");

        assertThat(resumed.epochs()).isEqualTo(whole.epochs());
        RouterFile.write(folder.resolve("a"), whole.routers().get(Modality.TEXT), Map.of());
        RouterFile.write(folder.resolve("b"), resumed.routers().get(Modality.TEXT), Map.of());
        assertThat(Files.readAllBytes(folder.resolve("a"))).isEqualTo(Files.readAllBytes(folder.resolve("b")));
    }

    @Test
    void sourcesThatDoNotFitAreNamed() {
        NavigableMap<Modality, Sources> modalities = new TreeMap<>();
        modalities.put(Modality.AUDIO, new Sources(List.of(), List.of(rows("audio", 0.1))));
        RouterTraining training = new TensorFlowRouterTraining(RUNTIME);
        assertThatThrownBy(() -> training.train(
                        new Task(modalities, null, settings(1, 0), 1),
                        folder.resolve("one"),
                        Progress.SILENT.start("", 1, "")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("there must be two");
        modalities.put(
                Modality.TEXT, new Sources(List.of(), List.of(rows("text", 0.1).slice(0, 5))));
        assertThatThrownBy(() -> training.train(
                        new Task(modalities, null, settings(1, 0), 1),
                        folder.resolve("short"),
                        Progress.SILENT.start("", 1, "")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("text (text")
                .hasMessageContaining("is 5 × 8, expected 256 × 8");
    }
}
