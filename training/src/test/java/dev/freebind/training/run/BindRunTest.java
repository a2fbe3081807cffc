package dev.freebind.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.PresetFile;
import dev.freebind.bonds.execution.ModalityTuning;
import dev.freebind.bonds.execution.RouterTraining;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BindRunTest {

    @TempDir
    Path folder;

    private final PlainRetrieval retrieval = new PlainRetrieval();
    private final PlainScores nearest = new PlainScores();
    private final MemorisingTraining training = new MemorisingTraining();
    private static final String CONFIGURATION = """
            name: vt-u-plus
            seed: 7
            defaults: {epochs: 2, batch: 4, hidden: 5}
            spaces:
              unified: {modalities: [audio, image, text], dimension: 6}
              vt:      {modalities: [image, text], dimension: 5}
              at:      {modalities: [audio, text], dimension: 4}
            corpora:
              texts:  {modality: text,  embeddings: {unified: unified-text.npy, vt: vt-text.npy, at: at-text.npy}}
              images: {modality: image, embeddings: {unified: unified-image.npy, vt: vt-image.npy}}
              audios: {modality: audio, embeddings: {unified: unified-audio.npy, at: at-audio.npy}}
            bonds:
              vt-u:
                displace: unified
                into: vt
              vt-u-plus:
                combine: [at]
                into: vt-u
                train: {epochs: EPOCHS}
            """;

    @BeforeEach
    void writeCorpora() throws IOException {
        write("unified-text", 6, 20);
        write("unified-image", 6, 15);
        write("unified-audio", 6, 10);
        write("vt-text", 5, 20);
        write("vt-image", 5, 15);
        write("at-text", 4, 20);
        write("at-audio", 4, 10);
    }

    private void write(String name, int dimension, int rows) {
        SplittableRandom random = new SplittableRandom(name.hashCode());
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        try (NpyWriter writer = NpyWriter.create(folder.resolve(name + ".npy"), dimension, ElementType.F32)) {
            writer.append(FloatBuffer.wrap(values));
            writer.commit();
        }
    }

    private Configuration configuration(String yaml, int outerEpochs) {
        try {
            Path file = folder.resolve("freebind.yaml");
            Files.writeString(file, yaml.replace("EPOCHS", String.valueOf(outerEpochs)));
            return new ConfigurationReader().read(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private BindRun.Outcome bind(String output, int outerEpochs, BindOptions options) {
        return bind(CONFIGURATION, output, outerEpochs, options);
    }

    private BindRun.Outcome bind(String yaml, String output, int outerEpochs, BindOptions options) {
        BindRun.Engines engines = new BindRun.Engines(
                retrieval,
                nearest,
                training,
                NoEngine.of(ModalityTuning.class),
                NoEngine.of(RouterTraining.class),
                PlainInference::new,
                ItemAccess.NONE);
        BindRun.Environment environment =
                new BindRun.Environment(Map.of("freebind", "test"), Map.of("name", "test"), Clock.systemUTC());
        return new BindRun(
                        configuration(yaml, outerEpochs),
                        folder.resolve(output),
                        options,
                        engines,
                        environment,
                        Progress.SILENT)
                .run();
    }

    private static final BindOptions RESUME = new BindOptions(true, null, Long.MAX_VALUE);

    /** Every file of a bound space that the contract promises byte for byte. */
    private Map<String, String> bytes(String output) throws IOException {
        Map<String, String> bytes = new TreeMap<>();
        Path root = folder.resolve(output);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = root.relativize(file).toString();
                if (!name.startsWith("work") && !name.equals(Provenance.FILE)) {
                    bytes.put(name, HexFormat.of().formatHex(Files.readAllBytes(file)));
                }
            }
        }
        return bytes;
    }

    @Test
    void howGoodThePseudoPairsAreIsMeasuredOnceAndKept() throws IOException {
        bind("bound", 3, BindOptions.ALL);
        List<PairQuality> quality =
                Provenance.read(folder.resolve("bound")).orElseThrow().pairs();
        assertThat(quality).extracting(PairQuality::bond).containsOnly("vt-u", "vt-u-plus");
        assertThat(quality).extracting(PairQuality::start).contains("audio", "image", "text");
        for (PairQuality ofSet : quality) {
            assertThat(ofSet.sampled()).isEqualTo((int) ofSet.rows());
            for (PairQuality.Pass pass : ofSet.passes()) {
                assertThat(pass.effectiveKeys()).isBetween(1.0, (double) pass.keyRows());
                assertThat(pass.largestWeight()).isBetween(1.0 / pass.keyRows(), 1.0);
                assertThat(pass.alignment()).allMatch(alignment -> Math.abs(alignment.cosine()) <= 1);
            }
        }
        assertThat(quality.stream().flatMap(ofSet -> ofSet.passes().stream()))
                .as("vt knows image and text as well as unified does")
                .anyMatch(pass -> pass.query().equals("unified.text")
                        && pass.keys().equals("unified.image")
                        && pass.agreement().stream()
                                .anyMatch(other -> other.space().equals("vt")));

        Set<List<String>> asked = new HashSet<>();
        for (PairQuality ofSet : quality) {
            for (PairQuality.Pass pass : ofSet.passes()) {
                boolean fromStart = pass.query().endsWith("." + ofSet.start());
                asked.add(List.of(fromStart ? ofSet.start() : ofSet.fingerprint(), pass.query(), pass.keys()));
                for (PairQuality.Agreement other : pass.agreement()) {
                    asked.add(List.of(
                            ofSet.start(),
                            pass.query().replaceFirst(".*\\.", other.space() + "."),
                            pass.keys().replaceFirst(".*\\.", other.space() + ".")));
                }
            }
        }
        assertThat(nearest.calls)
                .as("what several tuple sets retrieve, or are compared with, is retrieved once")
                .isEqualTo(asked.size());

        int before = nearest.calls;
        bind("bound", 3, RESUME);
        assertThat(Provenance.read(folder.resolve("bound")).orElseThrow().pairs())
                .isEqualTo(quality);
        delete(folder.resolve("bound/work"));
        bind("bound", 3, RESUME);
        assertThat(Provenance.read(folder.resolve("bound")).orElseThrow().pairs())
                .as("also when work/ is deleted")
                .isEqualTo(quality);
        assertThat(nearest.calls).as("nothing is measured again").isEqualTo(before);
    }

    @Test
    void bindsEveryBondAndWritesTheBoundSpace() throws IOException {
        BindRun.Outcome outcome = bind("bound", 3, BindOptions.ALL);

        assertThat(outcome.trained()).isEqualTo(14);
        assertThat(outcome.complete()).isTrue();
        assertThat(bytes("bound"))
                .hasSize(15)
                .containsKeys(
                        "space.yaml",
                        "projectors/vt-u/unified/VAT.safetensors",
                        "projectors/vt-u/unified/A.safetensors",
                        "projectors/vt-u-plus/at/VT.safetensors");
        Provenance provenance = Provenance.read(folder.resolve("bound")).orElseThrow();
        assertThat(provenance.steps()).hasSize(14);
        assertThat(provenance.inputs())
                .hasSize(7)
                .allMatch(input -> input.sha256().length() == 64);
        assertThat(provenance.configuration().text()).contains("displace: unified");
    }

    @Test
    void theSameSeedGivesTheSameBytes() throws IOException {
        bind("one", 3, BindOptions.ALL);
        bind("two", 3, BindOptions.ALL);

        assertThat(bytes("one")).isEqualTo(bytes("two"));
    }

    @Test
    void interruptedAtAnyStepAndResumedItGivesTheBytesOfAnUninterruptedRun() throws IOException {
        bind("whole", 3, BindOptions.ALL);
        int retrievals = retrieval.calls;
        int trainings = training.calls;
        assertThat(retrievals).isGreaterThan(5);
        for (int failAt = 0; failAt < retrievals + trainings; failAt++) {
            String output = "interrupted-" + failAt;
            retrieval.calls = 0;
            training.calls = 0;
            retrieval.failAt = failAt < retrievals ? failAt : -1;
            training.failAt = failAt - retrievals;
            assertThatThrownBy(() -> bind(output, 3, BindOptions.ALL)).isInstanceOf(PlainRetrieval.Interrupted.class);
            retrieval.failAt = -1;
            training.failAt = -1;
            bind(output, 3, RESUME);

            assertThat(bytes(output)).as("interrupted at %s", failAt).isEqualTo(bytes("whole"));
        }
    }

    @Test
    void resumingACompleteRunDoesNothing() throws IOException {
        bind("bound", 3, BindOptions.ALL);
        retrieval.calls = 0;
        training.calls = 0;
        BindRun.Outcome outcome = bind("bound", 3, RESUME);

        assertThat(outcome.reused()).isEqualTo(14);
        assertThat(retrieval.calls + training.calls).isZero();
    }

    @Test
    void presetsThatWereSavedInTheBoundSpaceOutliveResuming() throws IOException {
        bind("bound", 3, BindOptions.ALL);
        FactorSettings tuned = new FactorSettings(Map.of("vt-u-plus", Map.of(Modality.TEXT, 0.3)));
        PresetFile.add(folder.resolve("bound"), "tuned", tuned);

        BindRun.Outcome again = bind("bound", 4, RESUME);
        assertThat(again.presets().kept()).containsOnlyKeys("tuned");
        assertThat(new ConfigurationReader()
                        .readBoundSpace(folder.resolve("bound"))
                        .presets())
                .isEqualTo(Map.of("tuned", tuned));

        BindRun.Outcome changed = bind(
                CONFIGURATION.replace("vt-u-plus:", "plus:").replace("name: vt-u-plus", "name: plus"),
                "bound",
                4,
                RESUME);
        assertThat(changed.presets().dropped().get("tuned")).contains("no bond 'vt-u-plus' any more");
        assertThat(new ConfigurationReader()
                        .readBoundSpace(folder.resolve("bound"))
                        .presets())
                .isEmpty();
    }

    @Test
    void theWorkFolderMayBeDeletedAfterBindingAndLossCurvesAreKept() throws IOException {
        bind("bound", 3, BindOptions.ALL);
        delete(folder.resolve("bound/work"));
        training.calls = 0;
        bind("bound", 3, RESUME);

        assertThat(training.calls).isZero();
        assertThat(Provenance.read(folder.resolve("bound")).orElseThrow().steps())
                .hasSize(14);
    }

    @Test
    void aChangedSettingRedoesOnlyTheStepsItEnters() throws IOException {
        bind("bound", 3, BindOptions.ALL);
        retrieval.calls = 0;
        training.calls = 0;
        BindRun.Outcome outcome = bind("bound", 4, RESUME);

        assertThat(outcome.trained()).isEqualTo(7);
        assertThat(outcome.reused()).isEqualTo(7);
        assertThat(retrieval.calls).isZero();
        bind("fresh", 4, BindOptions.ALL);
        assertThat(bytes("bound")).isEqualTo(bytes("fresh"));
    }

    @Test
    void aChangedInputFileRedoesWhatWasMadeFromIt() throws IOException {
        bind("bound", 3, BindOptions.ALL);
        write("at-audio", 4, 9);
        write("unified-audio", 6, 9);
        training.calls = 0;
        bind("bound", 3, RESUME);

        assertThat(training.calls).isEqualTo(14);
    }

    @Test
    void aFolderThatIsNotEmptyIsRefusedWithoutResume() throws IOException {
        Files.createDirectories(folder.resolve("bound"));
        Files.writeString(folder.resolve("bound/letter.txt"), "mine");

        assertThatThrownBy(() -> bind("bound", 3, BindOptions.ALL))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("not empty")
                .hasMessageContaining("--resume");
    }

    @Test
    void leftoversOfAKilledRunAreRemoved() throws IOException {
        Files.createDirectories(folder.resolve("bound/projectors/vt-u"));
        Path leftover = folder.resolve("bound/projectors/vt-u/.A.safetensors.4711-1.partial");
        Files.writeString(leftover, "half");
        bind("bound", 3, RESUME);

        assertThat(leftover).doesNotExist();
    }

    @Test
    void onlyOneBondTrainsThatBondAndWhatItBuildsOn() throws IOException {
        BindRun.Outcome outcome = bind("bound", 3, new BindOptions(false, "vt-u", Long.MAX_VALUE));

        assertThat(outcome.trained()).isEqualTo(7);
        assertThat(outcome.complete()).isFalse();
        assertThat(folder.resolve("bound/space.yaml")).doesNotExist();
        assertThatThrownBy(() -> bind("bound", 3, new BindOptions(true, "nothing", Long.MAX_VALUE)))
                .hasMessageContaining("vt-u, vt-u-plus");
    }

    @Test
    void aLimitTakesTheFirstRowsOfEveryCorpus() throws IOException {
        BindRun.Outcome outcome = bind("bound", 3, new BindOptions(false, null, 8));

        assertThat(outcome.plan().steps(BindStep.Collect.class)).allMatch(step -> step.rows() == 8);
    }

    @Test
    void thePlanShowsGraphPassesAndCost() {
        String plan =
                BindRun.plan(configuration(CONFIGURATION, 3), BindOptions.ALL).describe(2);

        assertThat(plan)
                .contains("agg(vt.text, vt.image -> vt)")
                .contains("embed texts into vt-u: 20 rows")
                .contains("14 projectors", "about 1 s on 2 CPU cores, taken to reach 100 GFLOP/s each");
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aConnectionIsTwoProjectorsOfOneTrainingAndCanBeBoundFurther() throws IOException {
        String connected = CONFIGURATION.substring(0, CONFIGURATION.indexOf("bonds:")) + """
                bonds:
                  at-vt:
                    connect: [at, vt]
                    dimension: 3
                    train: {epochs: 2}
                  more:
                    displace: unified
                    into: at-vt
                    recipe: c-mcr
                    train: {epochs: EPOCHS}
                """;
        bind(connected, "whole", 3, BindOptions.ALL);
        assertThat(folder.resolve("whole/projectors/at-vt/at/T.safetensors")).exists();
        assertThat(folder.resolve("whole/projectors/at-vt/vt/T.safetensors")).exists();
        assertThat(folder.resolve("whole/projectors/more/unified/VAT.safetensors"))
                .exists();
        assertThat(training.calls).isEqualTo(2);

        training.failAt = 3;
        assertThatThrownBy(() -> bind(connected, "resumed", 3, BindOptions.ALL))
                .isInstanceOf(PlainRetrieval.Interrupted.class);
        training.failAt = -1;
        bind(connected, "resumed", 3, RESUME);
        assertThat(bytes("resumed")).isEqualTo(bytes("whole"));

        int before = training.calls;
        Files.delete(folder.resolve("whole/projectors/at-vt/vt/T.safetensors"));
        bind(connected, "whole", 3, RESUME);
        assertThat(training.calls).as("both projectors come from one training").isEqualTo(before + 1);
        assertThat(bytes("whole")).isEqualTo(bytes("resumed"));
    }
}
