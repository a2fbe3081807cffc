package dev.freebind.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression.Routed;
import dev.freebind.bonds.router.RouterFile;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.projector.TensorFlowInference;
import dev.freebind.training.projector.TensorFlowModalityTuning;
import dev.freebind.training.projector.TensorFlowProjectorTraining;
import dev.freebind.training.projector.TensorFlowRouterTraining;
import dev.freebind.training.retrieval.TensorFlowNearestItems;
import dev.freebind.training.retrieval.TensorFlowSoftRetrieval;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OmniBind in small: four modalities, item tuples, routers, with the real engines. */
class RoutedBindRunTest {

    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);
    private static final int CONCEPT = 6;
    private static final BindOptions RESUME = new BindOptions(true, null, Long.MAX_VALUE);

    private static final String CONFIGURATION = """
            name: omni
            seed: 5
            defaults: {epochs: 2, batch: 16, hidden: 8, mixture: joint}
            spaces:
              ib:  {modalities: [audio, image, text], dimension: 10}
              eva: {modalities: [image, text], dimension: 9}
              at:  {modalities: [audio, text], dimension: 8}
              vt:  {modalities: [image, text], dimension: 7}
              pvt: {modalities: [point, image, text], dimension: 6}
            corpora:
              sounds:   {modality: text, kind: audio, embeddings: {TEXT1}}
              captions: {modality: text, embeddings: {TEXT2}}
              images:   {modality: image, embeddings: {ib: image-ib.npy, eva: image-eva.npy, vt: image-vt.npy, pvt: image-pvt.npy}}
              audios:   {modality: audio, embeddings: {ib: audio-ib.npy, at: audio-at.npy}}
              points:   {modality: point, embeddings: {pvt: point-pvt.npy}}
            bonds:
              base:
                displace: ib
                into: eva
              omni:
                combine: [EXPERTS]
                into: base
                collect: {tuples: TUPLES, retrievers: {audio-image: ib, image-text: vt}}
                route: {ROUTE}
            """;

    @TempDir
    private Path folder;

    private NearestItems nearest = new TensorFlowNearestItems(RUNTIME);
    private int searches;

    @BeforeEach
    void writeCorpora() {
        for (String space : List.of("ib", "eva", "at", "vt", "pvt")) {
            int dimension = switch (space) {
                case "ib" -> 10;
                case "eva" -> 9;
                case "at" -> 8;
                case "vt" -> 7;
                default -> 6;
            };
            write("text1", space, dimension, 24);
            write("text2", space, dimension, 30);
            write("image", space, dimension, 28);
            write("audio", space, dimension, 20);
            write("point", space, dimension, 18);
        }
        NearestItems engine = nearest;
        nearest = new NearestItems() {
            @Override
            public Neighbours nearest(Embeddings queries, Embeddings gallery, int k, Progress.Task progress) {
                searches++;
                return engine.nearest(queries, gallery, k, progress);
            }

            @Override
            public RelevantRanks ranks(
                    Embeddings queries,
                    Embeddings gallery,
                    dev.freebind.bonds.execution.Relevance relevance,
                    Progress.Task progress) {
                throw new AssertionError("binding ranks nothing");
            }

            @Override
            public void scores(Embeddings queries, Embeddings gallery, ScoreRow consumer, Progress.Task progress) {
                engine.scores(queries, gallery, consumer, progress);
            }
        };
    }

    /** Items are noisy views of concepts that all spaces share through random linear maps. */
    private void write(String items, String space, int dimension, int rows) {
        SplittableRandom concepts = new SplittableRandom(items.hashCode());
        SplittableRandom map = new SplittableRandom(space.hashCode());
        double[][] into = new double[CONCEPT][dimension];
        for (double[] row : into) {
            for (int i = 0; i < dimension; i++) {
                row[i] = map.nextDouble(-1, 1);
            }
        }
        float[] values = new float[rows * dimension];
        for (int row = 0; row < rows; row++) {
            for (double[] to : into) {
                double concept = concepts.nextDouble(-1, 1);
                for (int i = 0; i < dimension; i++) {
                    values[row * dimension + i] += (float) (concept * to[i]);
                }
            }
        }
        try (NpyWriter writer =
                NpyWriter.create(folder.resolve(items + "-" + space + ".npy"), dimension, ElementType.F32)) {
            writer.append(FloatBuffer.wrap(values));
            writer.commit();
        }
    }

    private Configuration configuration(String experts, String tuples, String route) throws IOException {
        String texts = "ib: textN-ib.npy, eva: textN-eva.npy, at: textN-at.npy, vt: textN-vt.npy, pvt: textN-pvt.npy";
        return new ConfigurationReader()
                .read(Files.writeString(
                        folder.resolve("freebind.yaml"),
                        CONFIGURATION
                                .replace("TEXT1", texts.replace("N", "1"))
                                .replace("TEXT2", texts.replace("N", "2"))
                                .replace("EXPERTS", experts)
                                .replace("TUPLES", tuples)
                                .replace("{ROUTE}", "{" + route + "}")));
    }

    private BindRun.Outcome bind(String output, Configuration configuration, BindOptions options) {
        BindRun.Engines engines = new BindRun.Engines(
                new TensorFlowSoftRetrieval(RUNTIME),
                nearest,
                new TensorFlowProjectorTraining(RUNTIME),
                new TensorFlowModalityTuning(RUNTIME),
                new TensorFlowRouterTraining(RUNTIME),
                weights -> new TensorFlowInference(RUNTIME, weights),
                ItemAccess.NONE);
        return new BindRun(
                        configuration,
                        folder.resolve(output),
                        options,
                        engines,
                        new BindRun.Environment(Map.of(), Map.of(), Clock.systemUTC()),
                        Progress.SILENT)
                .run();
    }

    private Map<String, String> bytes(String output, String below) throws IOException {
        Map<String, String> bytes = new TreeMap<>();
        Path root = folder.resolve(output).resolve(below);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes.put(
                        root.relativize(file).toString(),
                        Integer.toHexString(Arrays.hashCode(Files.readAllBytes(file))));
            }
        }
        return bytes;
    }

    @Test
    void bindsFourModalitiesByItemTuplesAndRoutesThem() throws IOException {
        Configuration configuration = configuration("at, vt, pvt", "items", "epochs: 3, batch: 16, hidden: [12, 6]");

        BindRun.Outcome outcome = bind("bound", configuration, BindOptions.ALL);

        assertThat(outcome.trained()).isEqualTo(4);
        assertThat(outcome.plan().describe(2))
                .contains("nearest(ib.audio, ib.image): 20 × 28 rows")
                .contains("item tuples from point: 18 rows;")
                .contains("audio of the image by ib")
                .contains("    audio: weighs at, base; reads at, base")
                .contains("    point: equal weights for pvt")
                .contains("4 projectors, 3 routers;");
        assertThat(bytes("bound", "routers"))
                .containsOnlyKeys("omni/audio.safetensors", "omni/image.safetensors", "omni/text.safetensors");
        RouterWeights text = RouterFile.read(folder.resolve("bound/routers/omni/text.safetensors"));
        assertThat(text.inputDimension()).isEqualTo(8 + 7 + 6 + 9);
        assertThat(text.sources()).isEqualTo(4);
        assertThat(Provenance.read(folder.resolve("bound")).orElseThrow().routers())
                .singleElement()
                .satisfies(record -> {
                    assertThat(record.rows()).isEqualTo(24 + 30 + 28 + 20 + 18);
                    assertThat(record.epochs()).hasSize(3).allMatch(epoch -> epoch.decoupling() > 0);
                });
        try (BoundSpace space =
                        BoundSpace.open(folder.resolve("bound"), weights -> new TensorFlowInference(RUNTIME, weights));
                NpyFile points = NpyFile.open(folder.resolve("point-pvt.npy"));
                NpyFile audioIb = NpyFile.open(folder.resolve("audio-ib.npy"));
                NpyFile audioAt = NpyFile.open(folder.resolve("audio-at.npy"))) {
            assertThat(space.embed("omni", Modality.POINT, Map.of("pvt", points), Customisation.CONFIGURED)
                            .dimension())
                    .isEqualTo(9);
            Routed routed = (Routed) dev.freebind.bonds.product.Composition.compose(
                    space.graph(), "omni", Modality.AUDIO, Customisation.CONFIGURED);
            Embeddings weights = space.inference().weights(routed, Map.of("ib", audioIb, "at", audioAt));
            FloatBuffer values = FloatBuffer.allocate(40);
            weights.read(0, 20, values);
            for (int row = 0; row < 20; row++) {
                assertThat((double) values.get(2 * row) + values.get(2 * row + 1))
                        .isBetween(1 - 1e-5, 1 + 1e-5);
            }
        }
    }

    @Test
    void resumingGivesTheSameBytesAndAnotherRouteTrainsRoutersOnly() throws IOException {
        Configuration configuration = configuration("at, vt", "items", "epochs: 2, batch: 16, hidden: [12, 6]");
        bind("two", configuration, BindOptions.ALL);
        Map<String, String> projectors = bytes("two", "projectors");
        Map<String, String> routers = bytes("two", "routers");

        Files.delete(folder.resolve("two/routers/omni/text.safetensors"));
        assertThat(bind("two", configuration, RESUME).trained()).isZero();
        assertThat(bytes("two", "routers")).isEqualTo(routers);

        BindRun.Outcome other =
                bind("two", configuration("at, vt", "items", "epochs: 2, batch: 16, decoupling: 0"), RESUME);
        assertThat(other.trained()).isZero();
        assertThat(bytes("two", "routers")).isNotEqualTo(routers);

        bind("two", configuration("at, vt", "items", "weights: mean"), RESUME);
        assertThat(folder.resolve("two/routers")).doesNotExist();
        assertThat(bytes("two", "projectors")).isEqualTo(projectors);
    }

    @Test
    void aSpaceThatIsAddedLaterLeavesTheTuplesAndTheOtherProjectorsAsTheyAre() throws IOException {
        bind("bound", configuration("at", "items", "weights: mean"), BindOptions.ALL);
        Map<String, String> before = bytes("bound", "projectors");
        Map<String, String> tuples = bytes("bound", "work/tuples");
        assertThat(searches).isEqualTo(tuples.size()).isEqualTo(6);

        BindRun.Outcome outcome = bind("bound", configuration("at, vt", "items", "weights: mean"), RESUME);

        assertThat(outcome.trained()).isEqualTo(1);
        assertThat(bytes("bound", "projectors")).containsAllEntriesOf(before).hasSize(before.size() + 1);
        assertThat(bytes("bound", "work/tuples")).isEqualTo(tuples);
        assertThat(searches).isEqualTo(6);
    }

    @Test
    void routersCanFollowSoftPairs() throws IOException {
        BindRun.Outcome outcome = bind(
                "bound", configuration("at, vt", "soft", "epochs: 1, batch: 16, hidden: [12, 6]"), BindOptions.ALL);

        assertThat(outcome.plan().steps(BindStep.Collect.class)).isNotEmpty();
        assertThat(bytes("bound", "routers")).hasSize(3);
    }
}
