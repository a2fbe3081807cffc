package dev.freebind.encoders.clap;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.media.audio.ChunkStart;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.WeightPrecision;
import dev.freebind.text.RobertaTokenizer;
import dev.freebind.text.TextTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Offers LAION-CLAP: audio and text in one space, from any of its official checkpoints with an HTSAT audio tower. */
public final class ClapProvider implements EncoderProvider {

    static final String VOCABULARY = "vocabulary";
    static final String TEXT_HEADS = "text-heads";

    private static final String CHECKPOINT = "checkpoint";
    private static final String CHUNKS = "chunks";
    private static final String SEED = "seed";
    private static final String PRECISION = "precision";
    private static final String DEVICE = "device";
    private static final String BATCH = "batch";

    private static final String MIDDLE = "middle";
    private static final String RANDOM = "random";
    private static final long MAXIMUM_BATCH = 4096;
    private static final long MAXIMUM_HEADS = 4096;

    private static final List<EncoderOption> OPTIONS = List.of(
            EncoderOption.required(
                    CHECKPOINT,
                    EncoderOption.Type.PATH,
                    "The model's weights: 630k-fusion-best.pt, music_speech_audioset_epoch_15_esc_89.98.pt, …; whether it"
                            + " fuses chunks of long sounds is seen from its tensors."),
            EncoderOption.optional(
                    VOCABULARY,
                    EncoderOption.Type.PATH,
                    null,
                    "The folder with vocab.json and merges.txt of roberta-base; without it only audio can be embedded."),
            EncoderOption.optional(
                            TEXT_HEADS,
                            EncoderOption.Type.INTEGER,
                            null,
                            "Attention heads of the text tower; only for widths that are not 64 columns to a head.")
                    .within(1, MAXIMUM_HEADS),
            EncoderOption.choice(
                    CHUNKS,
                    List.of(MIDDLE, RANDOM),
                    MIDDLE,
                    "Where sounds of more than ten seconds are listened to: middle (of each part, the same every time), or"
                            + " random as in the official code, though repeatable: by seed and sound."),
            EncoderOption.optional(SEED, EncoderOption.Type.INTEGER, "0", "Makes other choices if chunks are random."),
            EncoderOption.choice(
                    PRECISION,
                    WeightPrecision.FLOAT32,
                    "How weights are kept in memory; the network computes in float32."),
            EncoderOption.choice(DEVICE, Device.AUTO, "Where to compute."),
            EncoderOption.optional(
                            BATCH, EncoderOption.Type.INTEGER, "16", "How many items go through the network together.")
                    .within(1, MAXIMUM_BATCH));

    /** For the service loader. */
    public ClapProvider() {}

    @Override
    public String name() {
        return "clap";
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public List<Modality> modalities() {
        return List.of(Modality.AUDIO, Modality.TEXT);
    }

    /** Empty: 512 in the published models, but the checkpoint decides. */
    @Override
    public OptionalInt dimension() {
        return OptionalInt.empty();
    }

    @Override
    public List<EncoderOption> options() {
        return OPTIONS;
    }

    @Override
    public String licenceNote() {
        return "LAION-CLAP's code is in the public domain (CC0); the terms of its weights are on the page that offers them.";
    }

    @Override
    public Encoder open(String spaceName, EncoderOptions options) {
        Path file = options.path(CHECKPOINT).orElseThrow();
        WeightPrecision precision =
                options.choice(PRECISION, WeightPrecision.class).orElseThrow();
        Device device = options.choice(DEVICE, Device.class).orElseThrow();
        int batch = options.integer(BATCH).orElseThrow().intValue();
        OptionalInt textHeads = options.integer(TEXT_HEADS)
                .map(heads -> OptionalInt.of(heads.intValue()))
                .orElse(OptionalInt.empty());
        Function<float[], ChunkStart> starts = starts(
                options.choice(CHUNKS).orElseThrow(), options.integer(SEED).orElseThrow());
        TextTokenizer captions =
                options.path(VOCABULARY).map(RobertaTokenizer::open).orElse(null);

        Checkpoint checkpoint = Checkpoint.open(file);
        ClapNetwork network = null;
        Encoder opened = null;
        try {
            network = ClapNetwork.build(
                    TensorFlowRuntime.start(device, 0), new TensorClaims(checkpoint), textHeads, precision);
            if (captions != null) {
                requireFit(file, network.text(), captions);
            }
            opened = new ClapEncoder(
                    new EmbeddingSpace(spaceName, network.dimension(), opened(captions)),
                    checkpoint,
                    network,
                    SoundPreparation.of(network.audio().bins(), network.audio().fuses(), starts),
                    captions,
                    batch);
            return opened;
        } finally {
            if (opened == null) {
                if (network != null) {
                    network.close();
                }
                checkpoint.close();
            }
        }
    }

    private static List<Modality> opened(@Nullable TextTokenizer captions) {
        return captions == null ? List.of(Modality.AUDIO) : List.of(Modality.AUDIO, Modality.TEXT);
    }

    private static void requireFit(Path checkpoint, RobertaTower tower, TextTokenizer captions) {
        if (tower.vocabularySize() != captions.vocabularySize() || tower.maximumLength() < captions.contextLength()) {
            throw new DataException(checkpoint + ": the text tower takes captions of up to " + tower.maximumLength()
                    + " ids below " + tower.vocabularySize() + ", but the vocabulary makes " + captions.contextLength()
                    + " ids below " + captions.vocabularySize()
                    + "; give the vocabulary that the model was trained with");
        }
    }

    /** A sound's random choice depends on the sound alone, not on what was encoded before or beside it. */
    private static Function<float[], ChunkStart> starts(String name, long seed) {
        return name.equals(RANDOM)
                ? samples -> ChunkStart.random(new Random(31 * seed + Arrays.hashCode(samples)))
                : samples -> ChunkStart.MIDDLE;
    }
}
