package dev.freebind.encoders.internvl;

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
import dev.freebind.text.LlamaTokenizer;
import dev.freebind.text.LlamaTokenizer.Padding;
import dev.freebind.text.TextTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Offers InternVL-C: image and text in one space, from InternVL-14B-224px or a model of the same build. */
public final class InternVlProvider implements EncoderProvider {

    private static final String NAME = "internvl";

    private static final String CHECKPOINT = "checkpoint";
    private static final String TOKENIZER = "tokenizer";
    private static final String CONFIG = "config";
    private static final String PADDING = "padding";
    private static final String PRECISION = "precision";
    private static final String IMAGE_SIZE = "image-size";
    private static final String DEVICE = "device";
    private static final String BATCH = "batch";

    private static final String TOKENIZER_FILE = "tokenizer.model";
    private static final String CONFIG_FILE = "config.json";
    private static final String MODEL_CARD = "model-card";
    private static final String FREEBIND = "freebind";
    private static final long MAXIMUM_BATCH = 4096;
    private static final long MAXIMUM_IMAGE_SIZE = 4096;

    private static final List<EncoderOption> OPTIONS = List.of(
            EncoderOption.required(
                    CHECKPOINT,
                    EncoderOption.Type.PATH,
                    "The model's folder, its pytorch_model.bin.index.json or model.safetensors.index.json, or a single"
                            + " file with all tensors."),
            EncoderOption.optional(
                    TOKENIZER,
                    EncoderOption.Type.PATH,
                    null,
                    "tokenizer.model or the folder it is in; if not given, the one beside the checkpoint, and without"
                            + " one only images can be embedded."),
            EncoderOption.optional(
                    CONFIG,
                    EncoderOption.Type.PATH,
                    null,
                    "The model's config.json; if not given, the one beside the checkpoint, and without one the sizes of"
                            + " InternVL-14B-224px."),
            EncoderOption.choice(
                    PADDING,
                    List.of(MODEL_CARD, FREEBIND),
                    MODEL_CARD,
                    "What fills short captions: model-card (id 0, which is hidden) or freebind ([PAD], which is attended"
                            + " to, as in FreeBind's published code)."),
            EncoderOption.choice(
                    PRECISION,
                    Precision.STORED,
                    "How weights are kept in memory; stored: as in the checkpoint. The network computes in float32."),
            EncoderOption.optional(
                            IMAGE_SIZE,
                            EncoderOption.Type.INTEGER,
                            null,
                            "Pixels of the square images, a multiple of the patch size; another than the checkpoint's"
                                    + " interpolates its positions.")
                    .within(1, MAXIMUM_IMAGE_SIZE),
            EncoderOption.choice(DEVICE, Device.AUTO, "Where to compute."),
            EncoderOption.optional(
                            BATCH, EncoderOption.Type.INTEGER, "32", "How many items go through the network together.")
                    .within(1, MAXIMUM_BATCH));

    /** How weights are kept. */
    private enum Precision {
        STORED(Optional.empty()),
        FLOAT32(Optional.of(WeightPrecision.FLOAT32)),
        BFLOAT16(Optional.of(WeightPrecision.BFLOAT16)),
        FLOAT16(Optional.of(WeightPrecision.FLOAT16));

        private final Optional<WeightPrecision> fixed;

        Precision(Optional<WeightPrecision> fixed) {
            this.fixed = fixed;
        }
    }

    /** For the service loader. */
    public InternVlProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public List<Modality> modalities() {
        return List.of(Modality.IMAGE, Modality.TEXT);
    }

    /** Empty: 768 in the published model, but the checkpoint decides. */
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
        return "InternVL's code and weights by OpenGVLab are MIT; the text tower and its tokenizer derive from Meta's"
                + " LLaMA, whose licence applies to them.";
    }

    @Override
    public Encoder open(String spaceName, EncoderOptions options) {
        Path file = options.path(CHECKPOINT).orElseThrow();
        Padding padding = options.choice(PADDING).orElseThrow().equals(FREEBIND) ? Padding.PAD_PIECE : Padding.ZERO;
        Optional<WeightPrecision> precision =
                options.choice(PRECISION, Precision.class).orElseThrow().fixed;
        Device device = options.choice(DEVICE, Device.class).orElseThrow();
        OptionalInt imageSide = options.integer(IMAGE_SIZE)
                .map(side -> OptionalInt.of(side.intValue()))
                .orElse(OptionalInt.empty());
        int batch = options.integer(BATCH).orElseThrow().intValue();
        TextTokenizer captions = given(options, TOKENIZER, file, TOKENIZER_FILE)
                .map(model -> LlamaTokenizer.forInternVlC(model, padding))
                .orElse(null);

        Checkpoint checkpoint = Checkpoint.open(file);
        InternVlNetwork network = null;
        Encoder opened = null;
        try {
            TensorClaims claims = new TensorClaims(checkpoint);
            InternVlSizes sizes = given(options, CONFIG, file, CONFIG_FILE)
                    .map(config -> InternVlSizes.read(config, claims))
                    .orElseGet(() -> InternVlSizes.ofPublishedModel(claims));
            network = InternVlNetwork.build(
                    TensorFlowRuntime.start(device, 0),
                    claims,
                    sizes,
                    precision.orElseGet(() -> InternVlNetwork.storedPrecision(claims)),
                    imageSide,
                    LlamaTokenizer.INTERNVL_CONTEXT_LENGTH);
            if (captions != null) {
                requireFit(file, network.text(), captions);
            }
            opened = new InternVlEncoder(
                    new EmbeddingSpace(spaceName, network.dimension(), openedModalities(captions)),
                    checkpoint,
                    network,
                    InternVlPreparation.images(network.image().side()),
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

    /** The file an option names, in the folder if it names one, or else the file of that name beside the checkpoint. */
    private static Optional<Path> given(EncoderOptions options, String option, Path checkpoint, String fileName) {
        Optional<Path> named = options.path(option);
        if (named.isPresent()) {
            return named.map(path -> Files.isDirectory(path) ? path.resolve(fileName) : path);
        }
        Path beside =
                Files.isDirectory(checkpoint) ? checkpoint.resolve(fileName) : checkpoint.resolveSibling(fileName);
        return Optional.of(beside).filter(Files::isRegularFile);
    }

    private static void requireFit(Path checkpoint, TextTower tower, TextTokenizer captions) {
        if (tower.vocabularySize() != captions.vocabularySize()) {
            throw new DataException(checkpoint + ": the text tower has embeddings for " + tower.vocabularySize()
                    + " ids, but the tokenizer has " + captions.vocabularySize()
                    + " pieces; give the tokenizer.model of this checkpoint");
        }
    }
}
