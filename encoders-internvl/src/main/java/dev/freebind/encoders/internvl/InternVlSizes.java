package dev.freebind.encoders.internvl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.checkpoint.TensorClaims;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the shapes of a checkpoint do not tell. Widths, depths, vocabulary, patches and positions are read off the tensors.
 *
 * @param imageHeads attention heads of the image tower
 * @param poolingHeads attention heads of the image tower's pooling
 * @param textHeads attention heads of the text tower
 * @param imageEpsilon of the image tower's RMS norms
 * @param textEpsilon of the text tower's RMS norms
 * @param queryKeyNorm whether the image tower normalises queries and keys
 * @param imageQkvBias whether the image tower's projections to queries, keys and values have a bias
 * @param rotaryBase of the text tower's rotary positions
 */
record InternVlSizes(
        int imageHeads,
        int poolingHeads,
        int textHeads,
        double imageEpsilon,
        double textEpsilon,
        boolean queryKeyNorm,
        boolean imageQkvBias,
        double rotaryBase) {

    /** Those of InternVL-14B-224px. */
    static final InternVlSizes PUBLISHED = new InternVlSizes(25, 16, 32, 1e-6, 1e-6, true, false, 10_000);

    private static final int PUBLISHED_IMAGE_WIDTH = 3200;
    private static final int PUBLISHED_TEXT_WIDTH = 4096;

    private static final String VISION = "vision_config";
    private static final String LANGUAGE = "qllama_config";

    /**
     * The published model's sizes, if the checkpoint has its widths.
     *
     * @throws InvalidRequestException if it has others, asking for the option {@code config}
     */
    static InternVlSizes ofPublishedModel(TensorClaims claims) {
        long imageWidth = ImageTower.width(claims);
        long textWidth = TextTower.width(claims);
        if (imageWidth != PUBLISHED_IMAGE_WIDTH || textWidth != PUBLISHED_TEXT_WIDTH) {
            throw new InvalidRequestException(claims.source().origin() + ": the towers have widths " + imageWidth
                    + " (image) and " + textWidth + " (text), not " + PUBLISHED_IMAGE_WIDTH + " and "
                    + PUBLISHED_TEXT_WIDTH + " as in InternVL-14B-224px, and the number of attention heads cannot be"
                    + " read off the tensors; put the model's config.json beside the checkpoint, or give the option"
                    + " 'config'");
        }
        return PUBLISHED;
    }

    /**
     * Reads the model's {@code config.json}. The three numbers of heads are needed, the rest is as in the published model
     * if missing. Sizes that the checkpoint tells too are compared with it.
     *
     * @throws DataException if the file is no JSON object, lacks a number of heads, contradicts the checkpoint, or describes
     *     another kind of network
     */
    static InternVlSizes read(Path file, TensorClaims claims) {
        Config config = new Config(file, object(file), claims.source().origin());
        config.requireSame(VISION, "hidden_size", ImageTower.width(claims));
        config.requireSame(VISION, "num_hidden_layers", ImageTower.layers(claims));
        config.requireSame(LANGUAGE, "hidden_size", TextTower.width(claims));
        config.requireSame(LANGUAGE, "num_hidden_layers", TextTower.layers(claims));
        config.requireText(VISION, "hidden_act", "gelu");
        config.requireText(VISION, "norm_type", "rms_norm");
        config.requireText(LANGUAGE, "hidden_act", "silu");
        config.requireNone(LANGUAGE, "rope_scaling");
        config.requireZero("use_backbone_lora");
        config.requireZero("use_qllama_lora");
        int textHeads = config.heads(LANGUAGE, "num_attention_heads", TextTower.width(claims));
        if (TextTower.width(claims) / textHeads % 2 != 0) {
            throw config.wrong(LANGUAGE, "num_attention_heads", "heads must be of even size for rotary positions");
        }
        return new InternVlSizes(
                config.heads(VISION, "num_attention_heads", ImageTower.width(claims)),
                config.heads("", "attn_pool_num_heads", ImageTower.width(claims)),
                textHeads,
                config.positive(VISION, "layer_norm_eps", PUBLISHED.imageEpsilon),
                config.positive(LANGUAGE, "rms_norm_eps", PUBLISHED.textEpsilon),
                config.flag(VISION, "qk_normalization", PUBLISHED.queryKeyNorm),
                config.flag(VISION, "qkv_bias", PUBLISHED.imageQkvBias),
                config.positive(LANGUAGE, "rope_theta", PUBLISHED.rotaryBase));
    }

    private static JsonNode object(Path file) {
        JsonNode config;
        try {
            config = new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new DataException(file + ": is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
        if (config == null || !config.isObject()) {
            throw new DataException(file + ": must be a JSON object with " + VISION + ", " + LANGUAGE + ", …");
        }
        return config;
    }

    /** A configuration file; sections are named by their key, the top level by an empty text. */
    private record Config(Path file, JsonNode root, String checkpoint) {

        private JsonNode value(String section, String key) {
            return (section.isEmpty() ? root : root.path(section)).path(key);
        }

        private static String name(String section, String key) {
            return section.isEmpty() ? key : section + "." + key;
        }

        private static boolean given(JsonNode value) {
            return !value.isMissingNode() && !value.isNull();
        }

        DataException wrong(String section, String key, String allowed) {
            JsonNode value = value(section, key);
            return new DataException(file + ": " + name(section, key) + " is "
                    + (value.isMissingNode() ? "missing" : value) + "; " + allowed);
        }

        void requireSame(String section, String key, long inCheckpoint) {
            JsonNode value = value(section, key);
            if (given(value) && !(value.isIntegralNumber() && value.asLong() == inCheckpoint)) {
                throw wrong(
                        section,
                        key,
                        "but " + checkpoint + " has " + inCheckpoint
                                + ": they belong to different models, or a shard is missing");
            }
        }

        void requireText(String section, String key, String supported) {
            JsonNode value = value(section, key);
            if (given(value) && !value.asText().equals(supported)) {
                throw wrong(section, key, "only " + supported + " is supported");
            }
        }

        void requireNone(String section, String key) {
            if (given(value(section, key))) {
                throw wrong(section, key, "it is not supported");
            }
        }

        void requireZero(String key) {
            JsonNode value = value("", key);
            if (given(value) && value.asInt(-1) != 0) {
                throw wrong("", key, "checkpoints with LoRA weights are not supported: merge them first");
            }
        }

        int heads(String section, String key, long width) {
            JsonNode value = value(section, key);
            if (!value.isIntegralNumber()
                    || !value.canConvertToInt()
                    || value.intValue() < 1
                    || width % value.intValue() != 0) {
                throw wrong(section, key, "it must be a divisor of the width, " + width);
            }
            return value.intValue();
        }

        double positive(String section, String key, double otherwise) {
            JsonNode value = value(section, key);
            if (!given(value)) {
                return otherwise;
            }
            if (!value.isNumber() || !(value.doubleValue() > 0) || Double.isInfinite(value.doubleValue())) {
                throw wrong(section, key, "it must be a number above 0");
            }
            return value.doubleValue();
        }

        boolean flag(String section, String key, boolean otherwise) {
            JsonNode value = value(section, key);
            if (!given(value)) {
                return otherwise;
            }
            if (!value.isBoolean()) {
                throw wrong(section, key, "it must be true or false");
            }
            return value.booleanValue();
        }
    }
}
