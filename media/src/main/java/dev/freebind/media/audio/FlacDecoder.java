package dev.freebind.media.audio;

import dev.freebind.api.DataException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One FLAC sound (RFC 9639): all block sizes, predictors and stereo modes, 4 to 32 bits per sample.
 *
 * <p>Headers and frames are checked against their checksums; the checksum of all samples (MD5) is not.
 */
final class FlacDecoder {

    private static final int[] BLOCK_SIZES = {
        0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768
    };
    private static final int[] FRAME_BITS = {0, 8, 12, 0, 16, 20, 24, 32};
    private static final int[][] FIXED_PREDICTORS = {{}, {1}, {2, -1}, {3, -3, 1}, {4, -6, 4, -1}};
    private static final int MAX_BLOCK = 65_535;
    private static final int LEFT_SIDE = 8;
    private static final int SIDE_RIGHT = 9;
    private static final int MID_SIDE = 10;
    private static final int[] CRC16 = crc16Table();

    private final String label;
    private final byte[] content;
    private final long maxSamples;
    private final FlacBits bits;
    private int rate;
    private int channels;
    private int sampleBits;
    private long totalSamples;
    private int decoded;
    private float[][] samples = {};
    private long[][] block = {};

    FlacDecoder(String label, byte[] content, long maxSamples) {
        this.label = label;
        this.content = content;
        this.maxSamples = maxSamples;
        this.bits = new FlacBits(content, 4);
    }

    Sound decode() {
        try {
            readMetadata();
            while (bits.bytePosition() < content.length && (totalSamples == 0 || decoded < totalSamples)) {
                readFrame();
            }
        } catch (FlacBits.EndOfDataException e) {
            throw new DataException(
                    label + ": the FLAC sound is truncated: the file ends after " + decoded
                            + (totalSamples == 0 ? "" : " of " + totalSamples) + " samples",
                    e);
        }
        if (decoded < totalSamples) {
            throw damaged("is truncated: " + decoded + " of " + totalSamples + " samples are there");
        }
        if (decoded == 0) {
            throw damaged("has no samples");
        }
        List<float[]> result = new ArrayList<>();
        for (float[] channel : samples) {
            result.add(channel.length == decoded ? channel : Arrays.copyOf(channel, decoded));
        }
        return new Sound(rate, result);
    }

    private void readMetadata() throws FlacBits.EndOfDataException {
        boolean last = false;
        boolean informed = false;
        while (!last) {
            last = bits.take(1) == 1;
            int type = (int) bits.take(7);
            int length = (int) bits.take(24);
            int start = bits.bytePosition();
            if (length > content.length - start) {
                throw damaged("is truncated: metadata block " + type + " claims " + length + " bytes");
            }
            if (type == 0 && !informed) {
                if (length < 34) {
                    throw damaged("has a stream information block of " + length + " bytes");
                }
                bits.take(16 + 16);
                bits.take(24 + 24);
                rate = (int) bits.take(20);
                channels = (int) bits.take(3) + 1;
                sampleBits = (int) bits.take(5) + 1;
                totalSamples = bits.take(36);
                informed = true;
            }
            bits.seek(start + length);
        }
        if (!informed || rate < 1 || rate > SoundDecoder.MAX_RATE || sampleBits < 4) {
            throw damaged("claims " + rate + " Hz and " + sampleBits + " bits; allowed are up to "
                    + SoundDecoder.MAX_RATE + " Hz and 4 to 32 bits");
        }
        checkLength(totalSamples);
        samples = new float[channels][0];
        block = new long[channels][0];
    }

    private void checkLength(long length) {
        if (length * channels > maxSamples) {
            throw damaged("has " + length + " samples in each of " + channels + " channels; at most " + maxSamples
                    + " in all are allowed: cut it");
        }
    }

    private void readFrame() throws FlacBits.EndOfDataException {
        int start = bits.bytePosition();
        if (bits.take(15) != 0x7FFC) {
            throw damaged("has no frame at byte " + start);
        }
        bits.take(1);
        int sizeCode = (int) bits.take(4);
        int rateCode = (int) bits.take(4);
        int assignment = (int) bits.take(4);
        int bitsCode = (int) bits.take(3);
        bits.take(1);
        skipFrameNumber(start);
        int size = sizeCode == 6
                ? (int) bits.take(8) + 1
                : sizeCode == 7 ? (int) bits.take(16) + 1 : BLOCK_SIZES[sizeCode];
        if (rateCode >= 12) {
            bits.take(rateCode == 12 ? 8 : 16);
        }
        int width = bitsCode == 0 ? sampleBits : FRAME_BITS[bitsCode];
        int frameChannels = assignment < LEFT_SIDE ? assignment + 1 : 2;
        int headerEnd = bits.bytePosition();
        if ((int) bits.take(8) != crc8(start, headerEnd)) {
            throw damaged("has a frame header with a wrong checksum at byte " + start);
        }
        if (size < 1
                || size > MAX_BLOCK
                || assignment > MID_SIDE
                || rateCode == 15
                || width != sampleBits
                || frameChannels != channels) {
            throw damaged("has a frame of " + size + " samples, " + frameChannels + " channels and " + width
                    + " bits at byte " + start + ", the stream has " + channels + " channels and " + sampleBits
                    + " bits");
        }
        for (int channel = 0; channel < channels; channel++) {
            if (block[channel].length < size) {
                block[channel] = new long[size];
            }
            boolean side = (assignment == LEFT_SIDE && channel == 1)
                    || (assignment == SIDE_RIGHT && channel == 0)
                    || (assignment == MID_SIDE && channel == 1);
            readSubframe(block[channel], size, width + (side ? 1 : 0), start);
        }
        bits.alignToByte();
        int end = bits.bytePosition();
        if ((int) bits.take(16) != crc16(start, end)) {
            throw damaged("has a frame with a wrong checksum at byte " + start);
        }
        separate(assignment, size);
        append(size);
    }

    /** The number of the frame or its first sample, coded like UTF-8 in up to seven bytes. */
    private void skipFrameNumber(int start) throws FlacBits.EndOfDataException {
        int first = (int) bits.take(8);
        int ones = Integer.numberOfLeadingZeros(~(first << 24));
        if (ones == 1 || ones == 8) {
            throw damaged("has a frame with a broken number at byte " + start);
        }
        for (int i = 1; i < ones; i++) {
            if ((bits.take(8) & 0xC0) != 0x80) {
                throw damaged("has a frame with a broken number at byte " + start);
            }
        }
    }

    private void readSubframe(long[] target, int size, int width, int start) throws FlacBits.EndOfDataException {
        if (bits.take(1) != 0) {
            throw damaged("has a broken subframe in the frame at byte " + start);
        }
        int type = (int) bits.take(6);
        int wasted = bits.take(1) == 0 ? 0 : bits.takeUnary() + 1;
        int left = width - wasted;
        if (left < 1) {
            throw damaged("claims " + wasted + " wasted bits of " + width + " in the frame at byte " + start);
        }
        if (type == 0) {
            Arrays.fill(target, 0, size, bits.takeSigned(left));
        } else if (type == 1) {
            for (int i = 0; i < size; i++) {
                target[i] = bits.takeSigned(left);
            }
        } else if (type >= 8 && type <= 12) {
            int order = type - 8;
            readPredicted(target, size, left, FIXED_PREDICTORS[order], order, start);
        } else if (type >= 32) {
            int order = type - 31;
            readPredicted(target, size, left, null, order, start);
        } else {
            throw damaged("has a subframe of unknown type " + type + " in the frame at byte " + start);
        }
        if (wasted > 0) {
            for (int i = 0; i < size; i++) {
                target[i] <<= wasted;
            }
        }
    }

    private void readPredicted(long[] target, int size, int width, int @Nullable [] fixed, int order, int start)
            throws FlacBits.EndOfDataException {
        if (order > size) {
            throw damaged("predicts from " + order + " of " + size + " samples in the frame at byte " + start);
        }
        for (int i = 0; i < order; i++) {
            target[i] = bits.takeSigned(width);
        }
        int[] coefficients;
        int shift = 0;
        if (fixed != null) {
            coefficients = fixed;
        } else {
            int precision = (int) bits.take(4) + 1;
            shift = (int) bits.takeSigned(5);
            if (precision == 16 || shift < 0) {
                throw damaged("has a predictor of precision " + precision + ", shift " + shift
                        + " in the frame at byte " + start);
            }
            coefficients = new int[order];
            for (int i = 0; i < order; i++) {
                coefficients[i] = (int) bits.takeSigned(precision);
            }
        }
        readResiduals(target, size, order, start);
        for (int i = order; i < size; i++) {
            long sum = 0;
            for (int k = 0; k < order; k++) {
                sum += coefficients[k] * target[i - 1 - k];
            }
            target[i] += sum >> shift;
        }
    }

    private void readResiduals(long[] target, int size, int order, int start) throws FlacBits.EndOfDataException {
        int method = (int) bits.take(2);
        int partitionOrder = (int) bits.take(4);
        int partitions = 1 << partitionOrder;
        if (method > 1 || size % partitions != 0 || size / partitions < order) {
            throw damaged("splits " + size + " residuals by method " + method + " into " + partitions
                    + " parts in the frame at byte " + start);
        }
        int parameterBits = method == 0 ? 4 : 5;
        int escape = (1 << parameterBits) - 1;
        int i = order;
        for (int partition = 1; partition <= partitions; partition++) {
            int end = size / partitions * partition;
            int parameter = (int) bits.take(parameterBits);
            if (parameter == escape) {
                int width = (int) bits.take(5);
                for (; i < end; i++) {
                    target[i] = width == 0 ? 0 : bits.takeSigned(width);
                }
            } else {
                for (; i < end; i++) {
                    target[i] = bits.takeRice(parameter);
                }
            }
        }
    }

    private void separate(int assignment, int size) {
        if (assignment < LEFT_SIDE) {
            return;
        }
        long[] first = block[0];
        long[] second = block[1];
        for (int i = 0; i < size; i++) {
            long a = first[i];
            long b = second[i];
            switch (assignment) {
                case LEFT_SIDE -> second[i] = a - b;
                case SIDE_RIGHT -> first[i] = a + b;
                default -> {
                    long twice = a << 1 | (b & 1);
                    first[i] = (twice + b) >> 1;
                    second[i] = (twice - b) >> 1;
                }
            }
        }
    }

    private void append(int size) {
        long needed = (long) decoded + size;
        checkLength(needed);
        float scale = 1f / (1L << (sampleBits - 1));
        for (int channel = 0; channel < channels; channel++) {
            if (samples[channel].length < needed) {
                // A claimed total is believed only as far as the file has gone.
                long room = Math.max(needed, Math.min(2 * needed, totalSamples == 0 ? 2 * needed : totalSamples));
                samples[channel] = Arrays.copyOf(samples[channel], Math.toIntExact(room));
            }
            for (int i = 0; i < size; i++) {
                samples[channel][decoded + i] = block[channel][i] * scale;
            }
        }
        decoded = (int) needed;
    }

    private int crc8(int start, int end) {
        int crc = 0;
        for (int i = start; i < end; i++) {
            crc ^= content[i] & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc << 1 ^ ((crc & 0x80) == 0 ? 0 : 0x07)) & 0xFF;
            }
        }
        return crc;
    }

    private int crc16(int start, int end) {
        int crc = 0;
        for (int i = start; i < end; i++) {
            crc = (crc << 8 ^ CRC16[crc >> 8 ^ (content[i] & 0xFF)]) & 0xFFFF;
        }
        return crc;
    }

    private static int[] crc16Table() {
        int[] table = new int[256];
        for (int i = 0; i < 256; i++) {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc << 1 ^ ((crc & 0x8000) == 0 ? 0 : 0x8005)) & 0xFFFF;
            }
            table[i] = crc;
        }
        return table;
    }

    private DataException damaged(String what) {
        return new DataException(label + ": the FLAC sound " + what);
    }
}
