package dev.freebind.distribution.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.distribution.sample.SampleSize;
import dev.freebind.distribution.sample.SampleWorld;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.tensorflow.Device;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.run.BindOptions;
import dev.freebind.training.run.Provenance;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tuning the audio side of a displaced space on paired sounds and images of the sample world, from end to end. */
class TunedWorldTest {

    private static final int PAIRS = 900;

    private static final String CONFIGURATION = """
            name: vt-u-tuned
            seed: 7
            spaces:
              unified: {modalities: [audio, image, text], dimension: 128, hub: image}
              vt:      {modalities: [image, text], dimension: 96}
            corpora:
              texts:  {modality: text,  embeddings: {unified: world/train/unified/text.npy, vt: world/train/vt/text.npy}}
              images: {modality: image, embeddings: {unified: world/train/unified/image.npy, vt: world/train/vt/image.npy}}
              sounds: {modality: audio, embeddings: {unified: world/train/unified/audio.npy}}
            bonds:
              vt-u:
                displace: unified
                into: vt
                train: {epochs: 5, batch: 200, hidden: 96, mixture: [[audio], [image], [audio, image, text]]}
              vt-u-tuned:
                tune: vt-u
                modality: audio
                against: image
                pairs:
                  audio: {embeddings: {unified: pairs/unified-audio.npy}}
                  image: {embeddings: {unified: pairs/unified-image.npy, vt: pairs/vt-image.npy}}
                train: {epochs: 8, batch: 75, accumulate: 2, learning-rate: 1e-3, hold-out: 0.1}
            evaluation:
              - name: unseen
                task: retrieval
                items:
                  audio: {embeddings: {unified: unseen/unified-audio.npy}}
                  image: {embeddings: {unified: unseen/unified-image.npy, vt: unseen/vt-image.npy}}
                  text:  {embeddings: {unified: unseen/unified-text.npy, vt: unseen/vt-text.npy}}
                pairs: [audio-image, audio-text, image-text]
                recall: [1, 5]
            """;

    @TempDir
    private static Path folder;

    private static BoundSpace space;
    private static Map<String, Double> recall;

    @BeforeAll
    static void bind() throws IOException {
        new SampleWorld(new SampleSize(900, PAIRS + 300, 1, 96, 200, 5, 1), 7).writeTo(folder.resolve("world"));
        for (String set : List.of("unified/audio", "unified/image", "unified/text", "vt/image", "vt/text")) {
            split(set);
        }
        Path configuration = Files.writeString(folder.resolve("freebind.yaml"), CONFIGURATION);
        Engines engines = new Engines(Device.CPU, 0);
        Binding.run(
                new ConfigurationReader().read(configuration),
                folder.resolve("space"),
                BindOptions.ALL,
                engines,
                Progress.SILENT);
        space = BoundSpace.open(folder.resolve("space"), engines.inference());
        recall = new HashMap<>();
        new SpaceEvaluation(space, engines.nearest(), Progress.SILENT)
                        .evaluate(
                                space.configuration().evaluation(),
                                new EvaluationRequest(List.of(), List.of(), Customisation.CONFIGURED))
                        .rows()
                        .stream()
                        .filter(row -> row.measure().direction().equals(Measure.MEAN))
                        .forEach(TunedWorldTest::remember);
    }

    private static void remember(ResultRow row) {
        recall.put(
                row.subject() + " " + row.measure().pair() + " " + row.measure().metric(), row.value());
    }

    /** The world's row-aligned items: the first are the pairs that are tuned on, the others are for measuring. */
    private static void split(String set) throws IOException {
        String name = set.replace('/', '-') + ".npy";
        try (NpyFile all = NpyFile.open(folder.resolve("world/test/" + set + ".npy"))) {
            copy(all.slice(0, PAIRS), folder.resolve("pairs"), name);
            copy(all.slice(PAIRS, all.rows() - PAIRS), folder.resolve("unseen"), name);
        }
    }

    private static void copy(Embeddings rows, Path to, String name) throws IOException {
        Files.createDirectories(to);
        try (NpyWriter writer = NpyWriter.create(to.resolve(name), rows.dimension(), ElementType.F32)) {
            FloatBuffer values = FloatBuffer.allocate((int) rows.rows() * rows.dimension());
            rows.read(0, (int) rows.rows(), values);
            writer.append(values.flip());
            writer.commit();
        }
    }

    @AfterAll
    static void close() {
        space.close();
    }

    private static float[] embeddings(String name, Modality modality, String... leaves) {
        Map<String, Embeddings> rows = new HashMap<>();
        for (String leaf : leaves) {
            try (NpyFile file = NpyFile.open(folder.resolve("unseen/" + leaf + "-" + modality + ".npy"))) {
                FloatBuffer values = FloatBuffer.allocate((int) file.rows() * file.dimension());
                file.read(0, (int) file.rows(), values);
                rows.put(leaf, Embeddings.of(values.array(), file.dimension(), leaf));
            }
        }
        Embeddings product = space.embed(name, modality, rows, Customisation.CONFIGURED);
        FloatBuffer values = FloatBuffer.allocate((int) product.rows() * product.dimension());
        product.read(0, (int) product.rows(), values);
        return values.array();
    }

    @Test
    void tuningRaisesTheRecallOfUnseenPairsOfTheTunedModalities() {
        assertThat(recall.get("vt-u-tuned audio-image recall@1"))
                .isGreaterThan(1.2 * recall.get("vt-u audio-image recall@1"));
        assertThat(recall.get("vt-u-tuned audio-image recall@5"))
                .isGreaterThan(1.2 * recall.get("vt-u audio-image recall@5"));
    }

    @Test
    void theOtherModalitiesDoNotMove() {
        assertThat(embeddings("vt-u-tuned", Modality.IMAGE, "unified", "vt"))
                .isEqualTo(embeddings("vt-u", Modality.IMAGE, "unified", "vt"));
        assertThat(embeddings("vt-u-tuned", Modality.TEXT, "unified", "vt"))
                .isEqualTo(embeddings("vt-u", Modality.TEXT, "unified", "vt"));
        assertThat(embeddings("vt-u-tuned", Modality.AUDIO, "unified"))
                .isNotEqualTo(embeddings("vt-u", Modality.AUDIO, "unified"));
        assertThat(recall.get("vt-u-tuned image-text recall@1")).isEqualTo(recall.get("vt-u image-text recall@1"));
    }

    @Test
    void theLossFallsAndHeldOutPairsAreFoundMoreOften() {
        List<Provenance.Epoch> curve = Provenance.read(folder.resolve("space")).orElseThrow().steps().stream()
                .filter(step -> step.projector().equals("vt-u-tuned/audio"))
                .findFirst()
                .orElseThrow()
                .epochs();
        assertThat(curve).hasSize(8);
        assertThat(curve.get(7).loss()).isLessThan(0.8 * curve.get(0).loss());
        assertThat(curve.get(7).heldOutRecall()).isGreaterThan(curve.get(0).heldOutRecall());
    }
}
