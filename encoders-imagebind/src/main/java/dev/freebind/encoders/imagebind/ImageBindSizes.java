package dev.freebind.encoders.imagebind;

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
import org.jspecify.annotations.Nullable;

/**
 * The sizes that the shapes of a checkpoint do not tell. Widths, depths, vocabulary, context length and patches are read off
 * the tensors.
 *
 * @param imageHeads attention heads of the image tower
 * @param audioHeads attention heads of the audio tower
 * @param textHeads attention heads of the text tower
 * @param audioStride step of the audio stem's kernel, in bins and frames
 * @param melBins filter bank features per frame
 * @param audioFrames frames of a clip
 */
record ImageBindSizes(int imageHeads, int audioHeads, int textHeads, int audioStride, int melBins, int audioFrames) {

    /** Those of {@code imagebind_huge}, the only model that was published. */
    static final ImageBindSizes HUGE = new ImageBindSizes(16, 12, 16, 10, 128, 204);

    private static final int HUGE_IMAGE_WIDTH = 1280;
    private static final int HUGE_AUDIO_WIDTH = 768;
    private static final int HUGE_TEXT_WIDTH = 1024;

    ImageBindSizes {
        if (imageHeads < 1 || audioHeads < 1 || textHeads < 1 || audioStride < 1 || melBins < 1 || audioFrames < 1) {
            throw new InvalidRequestException("ImageBind: sizes must be at least 1: " + imageHeads + ", " + audioHeads
                    + " and " + textHeads + " heads, audio stride " + audioStride + ", " + melBins + " mel bins, "
                    + audioFrames + " frames");
        }
    }

    /**
     * The published model's sizes, if the checkpoint has its widths.
     *
     * @throws InvalidRequestException if it has others, asking for the option {@code config}
     */
    static ImageBindSizes ofPublishedModel(TensorClaims claims) {
        requireWidth(claims, Tower.VISION, HUGE_IMAGE_WIDTH);
        requireWidth(claims, Tower.AUDIO, HUGE_AUDIO_WIDTH);
        requireWidth(claims, Tower.TEXT, HUGE_TEXT_WIDTH);
        return HUGE;
    }

    private static void requireWidth(TensorClaims claims, Tower tower, int width) {
        long found = tower.width(claims);
        if (found != width) {
            throw new InvalidRequestException(claims.source().origin() + ": the " + tower + " tower has width " + found
                    + ", not " + width + " as in imagebind_huge, and the number of attention heads cannot be read off"
                    + " the tensors; give the option 'config', a JSON file with vision_num_heads, audio_num_heads and"
                    + " text_num_heads");
        }
    }

    /**
     * Reads the arguments of the model's constructor: {@code vision_num_heads}, {@code audio_num_heads} and
     * {@code text_num_heads} are needed; {@code audio_stride}, {@code audio_num_mel_bins} and {@code audio_target_len} are
     * those of the published model if missing; widths and numbers of blocks are compared with the checkpoint; the rest is
     * not looked at.
     *
     * @throws DataException if the file is no JSON object, lacks a number of heads, or contradicts the checkpoint
     */
    static ImageBindSizes read(Path file, TensorClaims claims) {
        JsonNode config;
        try {
            config = new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new DataException(file + ": is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
        if (config == null || !config.isObject()) {
            throw new DataException(file + ": must be a JSON object with vision_num_heads, audio_num_heads, …");
        }
        for (Tower tower : Tower.values()) {
            requireSame(file, config, tower.key() + "_embed_dim", tower.width(claims));
            requireSame(file, config, tower.key() + "_num_blocks", tower.blocks(claims));
        }
        for (Tower tower : Tower.values()) {
            String key = tower.key() + "_num_heads";
            if (tower.width(claims) % number(file, config, key, null) != 0) {
                throw new DataException(file + ": " + key + " is " + config.get(key)
                        + ", which does not divide the width " + tower.width(claims) + " of the checkpoint");
            }
        }
        return new ImageBindSizes(
                number(file, config, Tower.VISION.key() + "_num_heads", null),
                number(file, config, Tower.AUDIO.key() + "_num_heads", null),
                number(file, config, Tower.TEXT.key() + "_num_heads", null),
                number(file, config, "audio_stride", HUGE.audioStride),
                number(file, config, "audio_num_mel_bins", HUGE.melBins),
                number(file, config, "audio_target_len", HUGE.audioFrames));
    }

    private static void requireSame(Path file, JsonNode config, String key, long inCheckpoint) {
        if (config.has(key) && number(file, config, key, null) != inCheckpoint) {
            throw new DataException(file + ": " + key + " is " + config.get(key) + ", but the checkpoint has "
                    + inCheckpoint + "; they belong to different models");
        }
    }

    private static int number(Path file, JsonNode config, String key, @Nullable Integer otherwise) {
        JsonNode value = config.get(key);
        if (value == null && otherwise != null) {
            return otherwise;
        }
        if (value == null || !value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() < 1) {
            throw new DataException(file + ": " + key + " is " + (value == null ? "missing" : value)
                    + "; it must be a whole number of at least 1");
        }
        return value.intValue();
    }
}
