package dev.freebind.encoders.imagebind;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.WeightPrecision;
import dev.freebind.tensorflow.training.TrainableEncoder;
import dev.freebind.text.ClipTokenizer;
import dev.freebind.text.TextTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Offers ImageBind: audio, image and text in one space, from {@code imagebind_huge.pth} or a model of the same build. */
public final class ImageBindProvider implements EncoderProvider {

    private static final String CHECKPOINT = "checkpoint";
    private static final String VOCABULARY = "vocabulary";
    private static final String TUNED = TrainableEncoder.TUNED_OPTION;
    private static final String CONFIG = "config";
    private static final String PRECISION = "precision";
    private static final String DEVICE = "device";
    private static final String BATCH = "batch";
    private static final String IMAGE_SIZE = "image-size";
    private static final long MAXIMUM_BATCH = 4096;
    private static final long MAXIMUM_IMAGE_SIZE = 4096;

    private static final List<EncoderOption> OPTIONS = List.of(
            EncoderOption.required(
                    CHECKPOINT,
                    EncoderOption.Type.PATH,
                    "The model's weights: imagebind_huge.pth, or the same tensors as safetensors."),
            EncoderOption.optional(
                    VOCABULARY,
                    EncoderOption.Type.PATH,
                    null,
                    "CLIP's merges, bpe_simple_vocab_16e6.txt.gz; without it only audio and image can be embedded."),
            EncoderOption.optional(
                    TUNED,
                    EncoderOption.Type.PATH,
                    null,
                    "Weights that take the place of the checkpoint's of the same names: what tuning a bound space wrote."),
            EncoderOption.optional(
                    CONFIG,
                    EncoderOption.Type.PATH,
                    null,
                    "The arguments of the model's constructor as JSON (vision_num_heads, …); only for models of other"
                            + " sizes than imagebind_huge."),
            EncoderOption.choice(
                    PRECISION,
                    WeightPrecision.FLOAT32,
                    "How weights are kept in memory; the network computes in float32."),
            EncoderOption.choice(DEVICE, Device.AUTO, "Where to compute."),
            EncoderOption.optional(
                            BATCH, EncoderOption.Type.INTEGER, "32", "How many items go through the network together.")
                    .within(1, MAXIMUM_BATCH),
            EncoderOption.optional(
                            IMAGE_SIZE,
                            EncoderOption.Type.INTEGER,
                            null,
                            "Pixels of the square that images are cut to, a multiple of a patch's 14; what the model was"
                                    + " trained with, 224, if missing.")
                    .within(1, MAXIMUM_IMAGE_SIZE));

    /** For the service loader. */
    public ImageBindProvider() {}

    @Override
    public String name() {
        return "imagebind";
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public List<Modality> modalities() {
        return List.of(Modality.AUDIO, Modality.IMAGE, Modality.TEXT);
    }

    /** Empty: 1024 in the published model, but the checkpoint decides. */
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
        return "ImageBind's code and weights by Meta are CC-BY-NC-SA 4.0: no commercial use.";
    }

    @Override
    public Encoder open(String spaceName, EncoderOptions options) {
        Path file = options.path(CHECKPOINT).orElseThrow();
        WeightPrecision precision =
                options.choice(PRECISION, WeightPrecision.class).orElseThrow();
        Device device = options.choice(DEVICE, Device.class).orElseThrow();
        int batch = options.integer(BATCH).orElseThrow().intValue();
        Integer imageSide = options.integer(IMAGE_SIZE).map(Long::intValue).orElse(null);
        TextTokenizer captions =
                options.path(VOCABULARY).map(ClipTokenizer::open).orElse(null);

        Checkpoint checkpoint =
                options.path(TUNED).map(tuned -> Checkpoint.open(file, tuned)).orElseGet(() -> Checkpoint.open(file));
        ImageBindNetwork network = null;
        Encoder opened = null;
        try {
            TensorClaims claims = new TensorClaims(checkpoint);
            Optional<Path> config = options.path(CONFIG);
            ImageBindSizes sizes = config.isPresent()
                    ? ImageBindSizes.read(config.get(), claims)
                    : ImageBindSizes.ofPublishedModel(claims);
            network = ImageBindNetwork.build(TensorFlowRuntime.start(device, 0), claims, sizes, precision, imageSide);
            if (captions != null) {
                requireFit(file, network.text(), captions);
            }
            opened = new ImageBindEncoder(
                    new EmbeddingSpace(spaceName, network.dimension(), openedModalities(captions)),
                    checkpoint,
                    network,
                    sizes,
                    ImageBindPreparation.images(network.vision().side()),
                    ImageBindPreparation.sounds(sizes.melBins(), sizes.audioFrames()),
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

    private List<Modality> openedModalities(@Nullable TextTokenizer captions) {
        List<Modality> opened = new ArrayList<>(modalities());
        if (captions == null) {
            opened.remove(Modality.TEXT);
        }
        return opened;
    }

    private static void requireFit(Path checkpoint, TextTower tower, TextTokenizer captions) {
        if (tower.contextLength() != captions.contextLength() || tower.vocabularySize() != captions.vocabularySize()) {
            throw new DataException(checkpoint + ": the text tower takes captions of " + tower.contextLength()
                    + " ids below " + tower.vocabularySize() + ", but CLIP's vocabulary makes "
                    + captions.contextLength() + " ids below " + captions.vocabularySize());
        }
    }
}
