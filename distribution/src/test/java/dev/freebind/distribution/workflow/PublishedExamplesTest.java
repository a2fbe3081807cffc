package dev.freebind.distribution.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.published.PublishedLayout;
import dev.freebind.bonds.published.PublishedSpace;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.bonds.router.RouterLayout;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.tensorflow.Device;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.run.BindOptions;
import dev.freebind.training.run.BindPlan;
import dev.freebind.training.run.BindRun;
import dev.freebind.training.run.BindStep;
import dev.freebind.training.run.MissingEmbeddings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The configurations under examples/published are valid without data, and run from end to end at reduced size: on a small world in
 * which every space is a linear map of the same concepts, with narrow projectors, but with all the bonds and projectors they have.
 */
class PublishedExamplesTest {

    private static final Path EXAMPLES = Path.of(System.getProperty("freebind.root"), "examples", "published");

    private static final int DIMENSION = 12;
    private static final int CONCEPT = 8;
    private static final int ROWS = 96;

    /** How far an item strays from its concept in the eyes of one space, beside the concept's 1. */
    private static final double NOISE = 0.15;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "imagebind-plusplus, 14, 0, 0",
        "internvl-ib, 7, 0, 0",
        "internvl-ib-plusplus, 21, 0, 0",
        "internvl-ib-tuned-plusplus, 21, 7, 0",
        "omnibind-base, 42, 0, 3",
        "omnibind-large, 91, 0, 4",
        "omnibind-full, 91, 0, 4"
    })
    void thePlanOfAPublishedSpaceIsShownBeforeThereIsData(String name, int projectors, int tuned, int routers) {
        BindPlan plan = plan(name);

        assertThat(plan.steps(BindStep.Train.class)).hasSize(projectors);
        assertThat(tuned(plan)).isEqualTo(tuned);
        assertThat(routers(plan)).isEqualTo(routers);
        assertThat(plan.describe(2)).contains("matrix products").contains("FLOP");
    }

    private static BindPlan plan(String name) {
        Configuration configuration = new ConfigurationReader(variable -> null).read(EXAMPLES.resolve(name + ".yaml"));
        return BindRun.plan(configuration, BindOptions.ALL, MissingEmbeddings.of(configuration));
    }

    private static int routers(BindPlan plan) {
        return plan.steps(BindStep.Route.class).stream()
                .mapToInt(step -> step.routers().size())
                .sum();
    }

    private static int tuned(BindPlan plan) {
        return plan.steps(BindStep.Tune.class).stream()
                .mapToInt(step -> step.subsets().size())
                .sum();
    }

    /**
     * What import makes of the published files is what the example binds: the same spaces, bonds, sources in order and networks.
     * There are two differences, both of OmniBind's: Full's routers leave out Uni3D's images, by which the example retrieves, and
     * Base has a router for its only source of points.
     */
    @ParameterizedTest
    @CsvSource({
        "imagebind-plusplus, imagebind++",
        "internvl-ib, internvl-ib",
        "internvl-ib-plusplus, internvl-ib++",
        "internvl-ib-tuned-plusplus, internvl-ib-tuned++",
        "omnibind-base, omnibind-base",
        "omnibind-large, omnibind-large",
        "omnibind-full, omnibind-full"
    })
    void whatIsImportedIsWhatTheExampleBinds(String name, String label) {
        BindPlan plan = plan(name);
        BondGraph example = plan.graph();
        BondGraph imported = PublishedSpace.parse(label).graph();
        PublishedLayout layout = PublishedSpace.parse(label).layout(imported);

        assertThat(spaces(imported)).isEqualTo(spaces(example));
        assertThat(imported.order()).hasSameSizeAs(example.order());
        for (Bond bond : example.order()) {
            assertThat(parts(imported.bond(bond.name()))).isEqualTo(parts(bond));
            for (Modality modality : example.weighed(bond)) {
                assertThat(imported.pseudoPairBond(bond.name()).factor(modality))
                        .isEqualTo(example.pseudoPairBond(bond.name()).factor(modality));
            }
        }
        assertThat(layout.projectors()).hasSize(plan.steps(BindStep.Train.class).size() + tuned(plan));
        for (BindStep.Route step : plan.steps(BindStep.Route.class)) {
            for (RouterKey router : step.routers()) {
                assertThat(layout.routers())
                        .extracting(PublishedLayout.RouterPlace::key)
                        .contains(router);
                RouterLayout expected = router(example, router);
                assertThat(router(imported, router))
                        .isEqualTo(
                                name.equals("omnibind-full")
                                                && router.modality().equals(Modality.IMAGE)
                                        ? new RouterLayout(
                                                expected.sources().stream()
                                                        .filter(source -> !source.startsWith("uni3d"))
                                                        .toList(),
                                                expected.inputs())
                                        : expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"imagebind-plusplus, imagebind++", "internvl-ib, internvl-ib", "internvl-ib-plusplus, internvl-ib++"})
    void whatTheExampleBindsIsExportedAsThePublishedSpace(String name, String label) {
        PublishedSpace published = PublishedSpace.parse(label);

        assertThat(published.layout(plan(name).graph())).isEqualTo(published.layout(published.graph()));
    }

    private static List<String> parts(Bond bond) {
        return bond.parts().stream().map(Bond.Part::space).toList();
    }

    private static RouterLayout router(BondGraph graph, RouterKey router) {
        Combination combination = (Combination) graph.bond(router.bond());
        return RouterLayout.of(graph, combination, combination.routing(), router.modality());
    }

    private static Map<String, Integer> spaces(BondGraph graph) {
        Map<String, Integer> spaces = new LinkedHashMap<>();
        graph.configuration().spaces().forEach((name, space) -> spaces.put(name, space.dimension()));
        return spaces;
    }

    /** Large is Full but for the factors of its base, so one projector for each of its 13 sources is enough here. */
    @ParameterizedTest
    @CsvSource({
        "imagebind-plusplus, 14",
        "internvl-ib, 7",
        "internvl-ib-plusplus, 21",
        "internvl-ib-tuned-plusplus, 28",
        "omnibind-base, 42",
        "omnibind-large, 13",
        "omnibind-full, 91"
    })
    void aPublishedSpaceIsBoundEvaluatedAndUsed(String name, int projectors) throws IOException {
        Configuration configuration = reduced(name, name.equals("omnibind-large"));
        Engines engines = new Engines(Device.CPU, 2);
        Path bound = folder.resolve("bound");

        Binding.run(configuration, bound, BindOptions.ALL, engines, Progress.SILENT);

        BindPlan published = plan(name);
        assertThat(files(bound.resolve("projectors"))).isEqualTo(projectors);
        assertThat(files(bound.resolve("routers"))).isEqualTo(routers(published));
        try (BoundSpace space = BoundSpace.open(bound, engines.inference())) {
            evaluate(space, name, engines);
            for (Modality modality : published.graph().modalities(name)) {
                embed(space, name, modality);
            }
        }
    }

    /**
     * The example at small size: narrow spaces and networks, few rows; with a task for every pair of modalities, and its data.
     *
     * @param joint whether there is one projector for each source in place of the configured mixture
     */
    private Configuration reduced(String name, boolean joint) throws IOException {
        Path example = EXAMPLES.resolve(name + ".yaml");
        BondGraph graph = BondGraph.of(new ConfigurationReader(variable -> null).read(example));
        StringBuilder yaml = new StringBuilder(Files.readString(example)
                .replaceAll("dimension: \\d+", "dimension: " + DIMENSION)
                .replaceAll("mixture: .*", joint ? "mixture: joint" : "$0")
                .replace("decoupling: 50", "decoupling: 50\n      epochs: 4\n      batch: 48\n      hidden: [16, 8]"));
        yaml.append("\ndefaults: {hidden: 32, epochs: 8, batch: 48" + (joint ? ", mixture: joint" : "") + "}\n");
        yaml.append("evaluation:\n  - name: test\n    task: retrieval\n    recall: [1]\n    items:\n");
        List<Modality> modalities = graph.modalities(name).stream().sorted().toList();
        for (Modality modality : modalities) {
            yaml.append("      " + modality + ": {embeddings: {");
            yaml.append(graph.configuration().spaces().values().stream()
                    .filter(space -> space.modalities().contains(modality))
                    .map(space ->
                            space.name() + ": " + folder.resolve("test-" + modality + "/" + space.name() + ".npy"))
                    .collect(Collectors.joining(", ")));
            yaml.append("}}\n");
        }
        List<String> pairs = new ArrayList<>();
        modalities.forEach(first -> modalities.stream()
                .filter(second -> first.compareTo(second) < 0)
                .forEach(second -> pairs.add(first + "-" + second)));
        yaml.append("    pairs: " + pairs + "\n");
        Path file = Files.writeString(folder.resolve("example.yaml"), yaml);
        Configuration configuration = new ConfigurationReader(
                        variable -> variable.equals("FREEBIND_DATA") ? folder.toString() : null)
                .read(file);
        Stream.of(
                        configuration.corpora().values().stream().map(Corpus::data),
                        configuration.pairs().values().stream().map(Corpus::data),
                        ((Retrieval) configuration.evaluation().get(0)).items().values().stream())
                .flatMap(data -> data)
                .forEach(data -> data.embeddings()
                        .forEach((space, files) ->
                                write(Path.of(files.files().get(0).absolute()), space)));
        return configuration;
    }

    /** The items of the file's folder as a space sees them; those of pairs-… and of test-… are about the same concepts. */
    private static void write(Path file, String space) {
        String items = file.getParent().getFileName().toString();
        Random concepts =
                new Random(items.replaceFirst("^(pairs|test)-.*", "$1").hashCode());
        Random noise = new Random(31L * items.hashCode() + space.hashCode());
        Random map = new Random(space.hashCode());
        double[] weights = map.doubles((long) CONCEPT * DIMENSION, -1, 1).toArray();
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        try (NpyWriter writer = NpyWriter.create(file, DIMENSION, ElementType.F32)) {
            for (int row = 0; row < ROWS; row++) {
                float[] values = new float[DIMENSION];
                for (int i = 0; i < CONCEPT; i++) {
                    double seen = concepts.nextGaussian() + NOISE * noise.nextGaussian();
                    for (int j = 0; j < DIMENSION; j++) {
                        values[j] += (float) (seen * weights[i * DIMENSION + j]);
                    }
                }
                writer.append(FloatBuffer.wrap(values));
            }
            writer.commit();
        }
    }

    private static long files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .count();
        }
    }

    /** Every pair of modalities is found many times more often than by chance, which is once in all rows. */
    private static void evaluate(BoundSpace space, String name, Engines engines) {
        List<ResultRow> recall = new SpaceEvaluation(space, engines.nearest(), Progress.SILENT)
                        .evaluate(
                                space.configuration().evaluation(),
                                new EvaluationRequest(List.of(name), List.of(), Customisation.CONFIGURED))
                        .rows()
                        .stream()
                        .filter(row -> row.measure().direction().equals(Measure.MEAN)
                                && row.measure().metric().toString().equals("recall@1"))
                        .toList();
        int modalities = space.graph().modalities(name).size();
        assertThat(recall)
                .hasSize(modalities * (modalities - 1) / 2)
                .allSatisfy(row -> assertThat(row.value())
                        .as("%s of %s", row.measure(), name)
                        .isGreaterThan(5.0 / ROWS));
    }

    private void embed(BoundSpace space, String name, Modality modality) {
        Map<String, Embeddings> leaves = new HashMap<>();
        for (String leaf : space.graph().leaves(name, modality)) {
            try (NpyFile file = NpyFile.open(folder.resolve("test-" + modality + "/" + leaf + ".npy"))) {
                leaves.put(leaf, Embeddings.of(values(file), DIMENSION, leaf));
            }
        }
        Embeddings embedded = space.embed(name, modality, leaves, Customisation.CONFIGURED);
        assertThat(embedded.rows()).isEqualTo(ROWS);
        assertThat(embedded.dimension()).isEqualTo(DIMENSION);
        float[] values = values(embedded);
        for (int row = 0; row < ROWS; row++) {
            double squares = 0;
            for (int i = row * DIMENSION; i < (row + 1) * DIMENSION; i++) {
                squares += (double) values[i] * values[i];
            }
            assertThat(squares).as("%s, row %d", modality, row).isCloseTo(1, within(1e-5));
        }
    }

    private static float[] values(Embeddings rows) {
        FloatBuffer values = FloatBuffer.allocate((int) rows.rows() * rows.dimension());
        rows.read(0, (int) rows.rows(), values);
        return values.array();
    }
}
