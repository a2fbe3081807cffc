package dev.freebind.media.audio;

import dev.freebind.api.DataException;
import dev.freebind.api.Item;
import dev.freebind.media.ItemContent;
import java.util.HexFormat;

/**
 * Decodes WAV (8- to 32-bit integers, 32- and 64-bit floats, plain or extensible headers) and FLAC (4 to 32 bits) sounds, told
 * apart by content.
 *
 * <p>Integers become fractions of full scale as libsndfile and torchaudio make them: signed values over 2^(bits − 1), 8-bit
 * WAV shifted by 128 first. Immutable, safe for use from several threads.
 */
public final class SoundDecoder {

    /** An hour of CD sound, 635 MB as floats. */
    public static final long DEFAULT_MAX_SAMPLES = 3600L * 44_100;

    /** Highest sample rate accepted, in Hz. */
    public static final int MAX_RATE = 768_000;

    /** Most channels accepted. */
    public static final int MAX_CHANNELS = 64;

    private final long maxSamples;

    /** A decoder with the default limit of {@link #DEFAULT_MAX_SAMPLES}. */
    public SoundDecoder() {
        this(DEFAULT_MAX_SAMPLES);
    }

    /**
     * A decoder with a limit of its own.
     *
     * @param maxSamples most samples of all channels together, 1 to 2^31 − 16; longer sounds are refused before memory is
     *     allocated
     */
    public SoundDecoder(long maxSamples) {
        if (maxSamples < 1 || maxSamples > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("the limit must be 1 to 2^31 - 16 samples: " + maxSamples);
        }
        this.maxSamples = maxSamples;
    }

    /**
     * Decodes one sound.
     *
     * @param item a file or bytes
     * @throws DataException if the item is missing, of another format, damaged, truncated, without samples or too long,
     *     naming it
     * @throws dev.freebind.api.InvalidRequestException if the item is a text
     */
    public Sound decode(Item item) {
        Item.Bytes bytes = ItemContent.of(item);
        byte[] content = bytes.content();
        if (startsWith(content, 0, "RIFF") && startsWith(content, 8, "WAVE")) {
            return new WavDecoder(bytes.label(), content, maxSamples).decode();
        }
        if (startsWith(content, 0, "fLaC")) {
            return new FlacDecoder(bytes.label(), content, maxSamples).decode();
        }
        throw new DataException(bytes.label() + " is not a WAV or FLAC sound; it begins with the bytes "
                + HexFormat.ofDelimiter(" ").formatHex(content, 0, Math.min(content.length, 8)));
    }

    static boolean startsWith(byte[] content, int offset, String text) {
        if (content.length < offset + text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (content[offset + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
