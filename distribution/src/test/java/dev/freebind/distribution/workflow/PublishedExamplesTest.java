package dev.freebind.distribution.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.tensorflow.Device;
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
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configurations under examples/published are valid without data, and run with little. */
class PublishedExamplesTest {

    private static final Path EXAMPLES = Path.of(System.getProperty("freebind.root"), "examples", "published");
    private static final int ROWS = 12;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "imagebind-plusplus, 14, 0",
        "internvl-ib, 7, 0",
        "internvl-ib-plusplus, 21, 0",
        "internvl-ib-tuned-plusplus, 21, 0",
        "omnibind-base, 42, 3",
        "omnibind-large, 91, 4",
        "omnibind-full, 91, 4"
    })
    void thePlanOfAPublishedSpaceIsShownBeforeThereIsData(String name, int projectors, int routers) {
        Configuration configuration = new ConfigurationReader(variable -> null).read(EXAMPLES.resolve(name + ".yaml"));

        BindPlan plan = BindRun.plan(configuration, BindOptions.ALL, MissingEmbeddings.of(configuration));

        assertThat(plan.steps(BindStep.Train.class)).hasSize(projectors);
        assertThat(plan.steps(BindStep.Route.class).stream()
                        .mapToInt(step -> step.routers().size())
                        .sum())
                .isEqualTo(routers);
        assertThat(plan.describe(2)).contains("matrix products").contains("FLOP");
    }

    /** Large and Full differ from Base in the number of spaces alone; one projector of each source is enough here. */
    @ParameterizedTest
    @CsvSource({
        "imagebind-plusplus, false",
        "internvl-ib-plusplus, false",
        "internvl-ib-tuned-plusplus, true",
        "omnibind-base, true",
        "omnibind-large, true",
        "omnibind-full, true"
    })
    void aPublishedSpaceIsBoundInSmall(String name, boolean joint) throws IOException {
        String yaml = Files.readString(EXAMPLES.resolve(name + ".yaml"))
                        .replaceAll("dimension: \\d+", "dimension: 6")
                        .replaceAll("mixture: \\[\\[.*", "mixture: joint")
                        .replace(
                                "decoupling: 50",
                                "decoupling: 50\n      epochs: 1\n      batch: 8\n      hidden: [6, 4]")
                + "\ndefaults: {hidden: 4, epochs: 1, batch: 8" + (joint ? ", mixture: joint" : "") + "}\n";
        Path file = Files.writeString(folder.resolve("example.yaml"), yaml);
        Configuration configuration = new ConfigurationReader(
                        variable -> variable.equals("FREEBIND_DATA") ? folder.toString() : null)
                .read(file);
        List<Corpus> corpora = new ArrayList<>(configuration.corpora().values());
        corpora.addAll(configuration.pairs().values());
        for (Corpus corpus : corpora) {
            corpus.data()
                    .embeddings()
                    .forEach((space, files) -> files.files().forEach(path -> write(Path.of(path.absolute()), space)));
        }

        BindRun.Outcome outcome = Binding.run(
                configuration, folder.resolve("bound"), BindOptions.ALL, new Engines(Device.CPU, 2), Progress.SILENT);

        assertThat(outcome.complete()).isTrue();
        for (BindStep.Route route : outcome.plan().steps(BindStep.Route.class)) {
            route.routers()
                    .forEach(router -> assertThat(folder.resolve("bound").resolve(router.file()))
                            .exists());
        }
    }

    private static void write(Path file, String space) {
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        SplittableRandom random = new SplittableRandom(file.hashCode() + 31L * space.hashCode());
        float[] values = new float[ROWS * 6];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        try (NpyWriter writer = NpyWriter.create(file, 6, ElementType.F32)) {
            writer.append(FloatBuffer.wrap(values));
            writer.commit();
        }
    }
}
