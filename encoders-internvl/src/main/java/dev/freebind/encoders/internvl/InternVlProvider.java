package dev.freebind.encoders.internvl;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
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
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
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
    private static final String AS_STORED = "stored";
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
            EncoderOption.optional(
                    PADDING,
                    EncoderOption.Type.TEXT,
                    "model-card",
                    "What fills short captions: model-card (id 0, which is hidden) or freebind ([PAD], which is attended"
                            + " to, as in FreeBind's published code)."),
            EncoderOption.optional(
                    PRECISION,
                    EncoderOption.Type.TEXT,
                    AS_STORED,
                    "How weights are kept in memory: stored (as in the checkpoint), float32, bfloat16 or float16; the"
                            + " network computes in float32."),
            EncoderOption.optional(
                    IMAGE_SIZE,
                    EncoderOption.Type.INTEGER,
                    null,
                    "Pixels of the square images, a multiple of the patch size; another than the checkpoint's"
                            + " interpolates its positions."),
            EncoderOption.optional(DEVICE, EncoderOption.Type.TEXT, "auto", "Where to compute: auto, cpu or gpu."),
            EncoderOption.optional(
                    BATCH,
                    EncoderOption.Type.INTEGER,
                    "32",
                    "How many items go through the network together, 1 to 4096."));

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
        Padding padding = choice(
                options, PADDING, new TreeMap<>(Map.of("model-card", Padding.ZERO, "freebind", Padding.PAD_PIECE)));
        Optional<WeightPrecision> precision = choice(options, PRECISION, precisions());
        Device device = choice(
                options, DEVICE, new TreeMap<>(Map.of("auto", Device.AUTO, "cpu", Device.CPU, "gpu", Device.GPU)));
        OptionalInt imageSide = within(options, IMAGE_SIZE, MAXIMUM_IMAGE_SIZE);
        int batch = within(options, BATCH, MAXIMUM_BATCH).orElseThrow();
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

    private static SortedMap<String, Optional<WeightPrecision>> precisions() {
        SortedMap<String, Optional<WeightPrecision>> precisions = new TreeMap<>();
        precisions.put(AS_STORED, Optional.empty());
        precisions.put("float32", Optional.of(WeightPrecision.FLOAT32));
        precisions.put("bfloat16", Optional.of(WeightPrecision.BFLOAT16));
        precisions.put("float16", Optional.of(WeightPrecision.FLOAT16));
        return precisions;
    }

    private static <T> T choice(EncoderOptions options, String option, SortedMap<String, T> allowed) {
        String given = options.text(option).orElseThrow();
        T value = allowed.get(given);
        if (value == null) {
            throw new InvalidRequestException("encoder '" + NAME + "': option '" + option + "' is '" + given
                    + "'; allowed are " + String.join(", ", allowed.keySet()));
        }
        return value;
    }

    private static OptionalInt within(EncoderOptions options, String option, long most) {
        Optional<Long> given = options.integer(option);
        if (given.isEmpty()) {
            return OptionalInt.empty();
        }
        if (given.get() < 1 || given.get() > most) {
            throw new InvalidRequestException(
                    "encoder '" + NAME + "': option '" + option + "' is " + given.get() + "; it must be 1 to " + most);
        }
        return OptionalInt.of(given.get().intValue());
    }
}
