package dev.freebind.media.audio;

import dev.freebind.api.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** One RIFF/WAVE sound: PCM of 8, 16, 24 and 32 bits, IEEE floats of 32 and 64 bits, plain or extensible headers. */
final class WavDecoder {

    private static final int PCM = 1;
    private static final int FLOAT = 3;
    private static final int EXTENSIBLE = 0xFFFE;

    /** The size that writers to pipes leave in the data chunk's header: the data goes to the end of the file. */
    private static final long UNKNOWN_SIZE = 0xFFFFFFFFL;

    private final String label;
    private final byte[] content;
    private final ByteBuffer bytes;
    private final long maxSamples;

    WavDecoder(String label, byte[] content, long maxSamples) {
        this.label = label;
        this.content = content;
        this.bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        this.maxSamples = maxSamples;
    }

    private record Format(int code, int channels, int rate, int bits) {
        int bytesPerSample() {
            return bits / 8;
        }
    }

    Sound decode() {
        int position = 12;
        Format format = null;
        while (content.length - position >= 8) {
            long length = bytes.getInt(position + 4) & 0xFFFFFFFFL;
            int start = position + 8;
            int left = content.length - start;
            if (SoundDecoder.startsWith(content, position, "fmt ")) {
                if (length < 16 || length > left) {
                    throw damaged("has a format chunk of " + length + " bytes at byte " + position);
                }
                format = readFormat(start, (int) length);
            } else if (SoundDecoder.startsWith(content, position, "data")) {
                if (format == null) {
                    throw damaged("has its data before its format");
                }
                if (length > left && length != UNKNOWN_SIZE) {
                    throw damaged(
                            "is truncated: its data chunk claims " + length + " bytes and " + left + " are there");
                }
                return read(format, start, (int) Math.min(length, left));
            }
            // Chunks have even lengths on disk.
            if (length + (length & 1) > left) {
                break;
            }
            position = start + (int) (length + (length & 1));
        }
        throw damaged(format == null ? "has no format chunk" : "has no data chunk: truncated");
    }

    private Format readFormat(int start, int length) {
        int code = bytes.getShort(start) & 0xFFFF;
        int channels = bytes.getShort(start + 2) & 0xFFFF;
        long rate = bytes.getInt(start + 4) & 0xFFFFFFFFL;
        int frame = bytes.getShort(start + 12) & 0xFFFF;
        int bits = bytes.getShort(start + 14) & 0xFFFF;
        if (code == EXTENSIBLE) {
            if (length < 40) {
                throw damaged("has an extensible format chunk of " + length + " bytes instead of 40");
            }
            // The first two bytes of the sub-format's identifier are the plain code.
            code = bytes.getShort(start + 24) & 0xFFFF;
        }
        boolean known = (code == PCM && (bits == 8 || bits == 16 || bits == 24 || bits == 32))
                || (code == FLOAT && (bits == 32 || bits == 64));
        if (!known) {
            throw damaged("has format code " + code + " with " + bits
                    + " bits; PCM (1) of 8, 16, 24, 32 bits and float (3) of 32, 64 bits are supported: convert it");
        }
        if (channels < 1 || channels > SoundDecoder.MAX_CHANNELS || rate < 1 || rate > SoundDecoder.MAX_RATE) {
            throw damaged("claims " + channels + " channels at " + rate + " Hz; allowed are 1 to "
                    + SoundDecoder.MAX_CHANNELS + " at up to " + SoundDecoder.MAX_RATE);
        }
        if (frame != channels * bits / 8) {
            throw damaged("claims " + frame + " bytes for " + channels + " channels of " + bits + " bits");
        }
        return new Format(code, channels, (int) rate, bits);
    }

    private Sound read(Format format, int start, int length) {
        int width = format.bytesPerSample();
        int step = width * format.channels();
        int frames = length / step;
        if (frames == 0) {
            throw damaged("has no samples");
        }
        if ((long) frames * format.channels() > maxSamples) {
            throw damaged("has " + frames + " samples in each of " + format.channels() + " channels; at most "
                    + maxSamples + " in all are allowed: cut it");
        }
        List<float[]> channels = new ArrayList<>();
        for (int channel = 0; channel < format.channels(); channel++) {
            float[] samples = new float[frames];
            read(format, start + channel * width, step, samples);
            channels.add(samples);
        }
        return new Sound(format.rate(), channels);
    }

    private void read(Format format, int start, int step, float[] samples) {
        int at = start;
        if (format.code() == FLOAT) {
            for (int i = 0; i < samples.length; i++, at += step) {
                float sample = format.bits() == 32 ? bytes.getFloat(at) : (float) bytes.getDouble(at);
                if (!Float.isFinite(sample)) {
                    throw damaged("has a sample that is no finite number: sample " + i);
                }
                samples[i] = sample;
            }
            return;
        }
        switch (format.bits()) {
            case 8 -> {
                for (int i = 0; i < samples.length; i++, at += step) {
                    samples[i] = ((content[at] & 0xFF) - 128) / 128f;
                }
            }
            case 16 -> {
                for (int i = 0; i < samples.length; i++, at += step) {
                    samples[i] = bytes.getShort(at) / 32_768f;
                }
            }
            case 24 -> {
                for (int i = 0; i < samples.length; i++, at += step) {
                    int value = (content[at] & 0xFF) | (content[at + 1] & 0xFF) << 8 | content[at + 2] << 16;
                    samples[i] = value / 8_388_608f;
                }
            }
            default -> {
                for (int i = 0; i < samples.length; i++, at += step) {
                    samples[i] = bytes.getInt(at) / 0x1p31f;
                }
            }
        }
    }

    private DataException damaged(String what) {
        return new DataException(label + ": the WAV sound " + what);
    }
}
