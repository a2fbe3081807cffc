package dev.freebind.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.execution.ModalityTuning;
import dev.freebind.bonds.execution.ProjectorTraining.Epoch;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.execution.RouterTraining;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.ProjectorWeights.Stage;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps, files and fingerprints of a run that tunes; what tuning computes is tested with its engine. */
class TunedSpaceRunTest {

    private static final String CONFIGURATION = """
            name: plus
            seed: 7
            defaults: {epochs: 2, batch: 4, hidden: 5, mixture: [[text], [audio]]}
            spaces:
              unified: {modalities: [audio, image, text], dimension: 6}
              vt:      {modalities: [image, text], dimension: 5}
              at:      {modalities: [audio, text], dimension: 4}
            corpora:
              texts:  {modality: text,  embeddings: {unified: unified-text.npy, vt: vt-text.npy, at: at-text.npy}}
              images: {modality: image, embeddings: {unified: unified-image.npy, vt: vt-image.npy}}
              audios: {modality: audio, embeddings: {unified: unified-audio.npy, at: at-audio.npy}}
            bonds:
              vt-u: {displace: unified, into: vt}
              tuned:
                tune: vt-u
                modality: audio
                against: image
                pairs:
                  audio: {embeddings: {unified: pairs-audio.npy}}
                  image: {embeddings: {unified: pairs-image.npy, vt: pairs-vt-image.npy}}
                train: {learning-rate: RATE, hold-out: 0.25}
              plus: {combine: [at], into: tuned}
            """;

    @TempDir
    private Path folder;

    private final PlainRetrieval retrieval = new PlainRetrieval();
    private final MemorisingTraining training = new MemorisingTraining();
    private final List<ModalityTuning.Task> tuned = new ArrayList<>();
    private boolean interrupted;

    @BeforeEach
    void writeEmbeddings() throws IOException {
        write("unified-text", 6, 20);
        write("unified-image", 6, 15);
        write("unified-audio", 6, 10);
        write("vt-text", 5, 20);
        write("vt-image", 5, 15);
        write("at-text", 4, 20);
        write("at-audio", 4, 10);
        write("pairs-audio", 6, 12);
        write("pairs-image", 6, 12);
        write("pairs-vt-image", 5, 12);
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

    /** Writes the tasks down and makes the second linear bias of every projector larger. */
    private ModalityTuning.Result tune(ModalityTuning.Task task, Path checkpoint, Progress.Task progress) {
        if (interrupted) {
            throw new PlainRetrieval.Interrupted();
        }
        tuned.add(task);
        NavigableMap<Subset, ProjectorWeights> changed = new TreeMap<>();
        task.projectors().forEach((subset, weights) -> {
            Stage last = weights.stage(1);
            float[] bias = last.linear().bias().clone();
            for (int i = 0; i < bias.length; i++) {
                bias[i] += (float) (task.settings().learningRate() * (i + 1));
            }
            LinearWeights linear = new LinearWeights(
                    last.linear().input(), last.linear().output(), last.linear().weight(), bias);
            changed.put(subset, ProjectorWeights.freeBind(weights.stage(0), new Stage(linear, last.norm())));
        });
        return new ModalityTuning.Result(changed, List.of(new Epoch(2, 0.5), new Epoch(1, 0.6)), 2);
    }

    private BindRun.Outcome bind(String output, String learningRate, BindOptions options) throws IOException {
        Path file = Files.writeString(folder.resolve("freebind.yaml"), CONFIGURATION.replace("RATE", learningRate));
        return new BindRun(
                        new ConfigurationReader().read(file),
                        folder.resolve(output),
                        options,
                        new BindRun.Engines(
                                retrieval,
                                new PlainScores(),
                                training,
                                this::tune,
                                NoEngine.of(RouterTraining.class),
                                PlainInference::new,
                                ItemAccess.NONE),
                        new BindRun.Environment(Map.of(), Map.of(), Clock.systemUTC()),
                        Progress.SILENT)
                .run();
    }

    private static final BindOptions RESUME = new BindOptions(true, null, Long.MAX_VALUE);

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
    void tuningGetsThePairsAndTheDisplacementsProjectorsAndMakesItsOwn() throws IOException {
        BindRun.Outcome outcome = bind("bound", "0.5", BindOptions.ALL);

        assertThat(outcome.trained()).as("two of each bond").isEqualTo(6);
        assertThat(bytes("bound"))
                .containsOnlyKeys(
                        "space.yaml",
                        "projectors/vt-u/unified/A.safetensors",
                        "projectors/vt-u/unified/T.safetensors",
                        "projectors/tuned/unified.audio/A.safetensors",
                        "projectors/tuned/unified.audio/T.safetensors",
                        "projectors/plus/at/A.safetensors",
                        "projectors/plus/at/T.safetensors");
        assertThat(tuned).hasSize(1);
        ModalityTuning.Task task = tuned.get(0);
        assertThat(task.input().rows()).isEqualTo(12);
        assertThat(task.input().dimension()).isEqualTo(6);
        assertThat(task.frozen().rows()).isEqualTo(12);
        assertThat(task.frozen().dimension()).as("of the displaced space").isEqualTo(5);
        assertThat(task.expert()).isNull();
        assertThat(task.factor()).isZero();
        assertThat(task.heldOut()).containsExactly(new RowRange(9, 3));
        assertThat(task.projectors().keySet()).extracting(Subset::code).containsExactly("A", "T");
        Provenance.TrainedStep step = Provenance.read(folder.resolve("bound")).orElseThrow().steps().stream()
                .filter(record -> record.projector().equals("tuned/audio"))
                .findFirst()
                .orElseThrow();
        assertThat(step.epochs()).containsExactly(new Provenance.Epoch(2, 0.5), new Provenance.Epoch(1, 0.6));
        assertThat(Provenance.read(folder.resolve("bound")).orElseThrow().inputs())
                .extracting(Provenance.Input::corpus)
                .contains("tuned/audio", "tuned/image");
    }

    @Test
    void aChangedSettingTunesAgainAndWhatIsBuiltOnItButNotWhatItIsBuiltOn() throws IOException {
        bind("bound", "0.5", BindOptions.ALL);
        Map<String, String> before = bytes("bound");
        BindRun.Outcome same = bind("bound", "0.5", RESUME);
        assertThat(same.trained()).isZero();
        assertThat(bytes("bound")).isEqualTo(before);

        BindRun.Outcome changed = bind("bound", "0.25", RESUME);
        assertThat(changed.trained()).isEqualTo(4);
        assertThat(changed.reused()).isEqualTo(2);
        Map<String, String> after = bytes("bound");
        assertThat(after.keySet()).isEqualTo(before.keySet());
        after.forEach((file, content) ->
                assertThat(content.equals(before.get(file))).as(file).isEqualTo(file.startsWith("projectors/vt-u/")));

        bind("fresh", "0.25", BindOptions.ALL);
        assertThat(bytes("fresh")).isEqualTo(after);
    }

    @Test
    void aRunThatWasInterruptedWhileTuningEndsInTheSameBytes() throws IOException {
        bind("whole", "0.5", BindOptions.ALL);
        interrupted = true;
        assertThatThrownBy(() -> bind("resumed", "0.5", BindOptions.ALL))
                .isInstanceOf(PlainRetrieval.Interrupted.class);
        interrupted = false;
        BindRun.Outcome outcome = bind("resumed", "0.5", RESUME);
        assertThat(outcome.reused()).isEqualTo(2);
        assertThat(bytes("resumed")).isEqualTo(bytes("whole"));
    }

    @Test
    void onlyTheTunedSpaceNeedsItsDisplacementAndNotWhatIsBuiltOnIt() throws IOException {
        BindRun.Outcome outcome = bind("bound", "0.5", new BindOptions(false, "tuned", Long.MAX_VALUE));
        assertThat(outcome.trained()).isEqualTo(4);
        assertThat(outcome.complete()).isFalse();
    }

    @Test
    void thePlanSaysWhatIsTuned() throws IOException {
        Path file = Files.writeString(folder.resolve("freebind.yaml"), CONFIGURATION.replace("RATE", "0.5"));
        BindPlan plan = BindRun.plan(new ConfigurationReader().read(file), BindOptions.ALL);
        assertThat(plan.describe(2))
                .contains("audio projectors tuned against image: vt-u: displacement")
                .contains("embed tuned/image into vt-u: 12 rows")
                .contains("tune 2 projectors of audio against image: 12 pairs")
                .contains("\n6 projectors");
        assertThat(plan.steps(BindStep.Embed.class))
                .extracting(BindStep.Embed::modality)
                .contains(Modality.IMAGE, Modality.AUDIO);
    }

    @Test
    void pairsOfDifferentLengthAreAWrongConfiguration() throws IOException {
        write("pairs-audio", 6, 11);
        assertThatThrownBy(() -> bind("bound", "0.5", BindOptions.ALL))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("bonds.tuned.pairs")
                .hasMessageContaining("11 rows of audio but 12 of image");
    }
}
