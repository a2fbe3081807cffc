package dev.freebind.media.image;

import dev.freebind.api.DataException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * One PNG image (ISO/IEC 15948): every colour type and depth, interlaced or not.
 *
 * <p>An image cannot blow up: sizes are checked against the limit and against what deflate can do before memory is allocated.
 */
final class PngDecoder {

    private static final int SIGNATURE_BYTES = 8;
    private static final int GREY = 0;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int GREY_ALPHA = 4;
    private static final int RGBA = 6;

    /** Deflate cannot do better than 1032 to 1. */
    private static final long MAX_RATIO = 1032;

    /** Rows are inflated together up to about this many bytes: a call into zlib per row would cost more than it does. */
    private static final int INFLATE_BYTES = 1 << 16;

    private static final int[][] ADAM7 = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };
    private static final int[][] WHOLE = {{0, 0, 1, 1}};

    private final String label;
    private final byte[] content;
    private final ByteBuffer numbers;
    private final long maxPixels;
    private final List<Segment> data = new ArrayList<>();
    private byte[] palette = new byte[0];
    private ImageSize size = new ImageSize(1, 1);
    private int depth;
    private int colourType;
    private boolean interlaced;

    private int nextSegment;
    private long inflated;

    PngDecoder(String label, byte[] content, long maxPixels) {
        this.label = label;
        this.content = content;
        this.numbers = ByteBuffer.wrap(content);
        this.maxPixels = maxPixels;
    }

    private record Segment(int offset, int length) {}

    RgbImage decode() {
        readChunks();
        int[][] passes = interlaced ? ADAM7 : WHOLE;
        long rawBytes = 0;
        for (int[] pass : passes) {
            long columns = columns(pass);
            rawBytes += columns == 0 ? 0 : (1 + rowBytes(columns)) * rows(pass);
        }
        long compressed = 0;
        for (Segment segment : data) {
            compressed += segment.length();
        }
        if (rawBytes > (compressed + 1) * MAX_RATIO) {
            throw damaged("claims to be " + size.width() + " × " + size.height() + " pixels, but " + compressed
                    + " bytes of compressed data cannot hold that many: truncated or forged");
        }
        byte[] pixels = new byte[Math.toIntExact(3 * size.pixels())];
        Inflater inflater = new Inflater();
        try {
            for (int[] pass : passes) {
                readPass(inflater, pass, rawBytes, pixels);
            }
        } finally {
            inflater.end();
        }
        return new RgbImage(size.width(), size.height(), pixels);
    }

    private void readChunks() {
        int position = SIGNATURE_BYTES;
        boolean headerSeen = false;
        CRC32 crc = new CRC32();
        while (position < content.length) {
            if (content.length - position < 12) {
                throw damaged("ends inside a chunk header at byte " + position);
            }
            long length = numbers.getInt(position) & 0xFFFFFFFFL;
            String type = new String(content, position + 4, 4, StandardCharsets.ISO_8859_1);
            int start = position + 8;
            if (length > content.length - start - 4) {
                throw damaged("chunk " + printable(type) + " at byte " + position + " needs " + length + " bytes and "
                        + (content.length - start) + " are left: truncated");
            }
            int end = start + (int) length;
            boolean critical = type.charAt(0) >= 'A' && type.charAt(0) <= 'Z';
            if (critical) {
                crc.reset();
                crc.update(content, start - 4, (int) length + 4);
                if ((int) crc.getValue() != numbers.getInt(end)) {
                    throw damaged("chunk " + printable(type) + " at byte " + position + " has a wrong checksum");
                }
            }
            if (!headerSeen && !type.equals("IHDR")) {
                throw damaged("begins with chunk " + printable(type) + " instead of IHDR");
            }
            switch (type) {
                case "IHDR" -> {
                    if (headerSeen) {
                        throw damaged("has a second IHDR at byte " + position);
                    }
                    readHeader(start, (int) length);
                    headerSeen = true;
                }
                case "PLTE" -> {
                    if (length % 3 != 0 || length > 768) {
                        throw damaged("has a palette of " + length + " bytes; allowed are up to 768 in threes");
                    }
                    palette = Arrays.copyOfRange(content, start, end);
                }
                case "IDAT" -> data.add(new Segment(start, (int) length));
                default -> {
                    // Nothing else changes the pixels that the official pipelines see.
                }
            }
            if (type.equals("IEND")) {
                break;
            }
            position = end + 4;
        }
        if (data.isEmpty()) {
            throw damaged("has no pixel data (no IDAT chunk)");
        }
        if (colourType == PALETTE && palette.length == 0) {
            throw damaged("has palette colours and no palette");
        }
    }

    private void readHeader(int start, int length) {
        if (length != 13) {
            throw damaged("has an IHDR of " + length + " bytes instead of 13");
        }
        size = ImageSize.checked(
                label, numbers.getInt(start) & 0xFFFFFFFFL, numbers.getInt(start + 4) & 0xFFFFFFFFL, maxPixels);
        depth = content[start + 8] & 0xFF;
        colourType = content[start + 9] & 0xFF;
        boolean known = switch (colourType) {
            case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case RGB, GREY_ALPHA, RGBA -> depth == 8 || depth == 16;
            default -> false;
        };
        if (!known) {
            throw damaged("has colour type " + colourType + " with " + depth + " bits, which PNG does not know");
        }
        if (content[start + 10] != 0 || content[start + 11] != 0 || (content[start + 12] & 0xFE) != 0) {
            throw damaged("has compression " + content[start + 10] + ", filter " + content[start + 11] + ", interlace "
                    + content[start + 12] + "; PNG knows 0, 0 and 0 or 1");
        }
        interlaced = content[start + 12] == 1;
    }

    private int channels() {
        return switch (colourType) {
            case RGB -> 3;
            case RGBA -> 4;
            case GREY_ALPHA -> 2;
            default -> 1;
        };
    }

    private long rowBytes(long columns) {
        return (columns * channels() * depth + 7) / 8;
    }

    private int columns(int[] pass) {
        return (size.width() - pass[0] + pass[2] - 1) / pass[2];
    }

    private int rows(int[] pass) {
        return (size.height() - pass[1] + pass[3] - 1) / pass[3];
    }

    private void readPass(Inflater inflater, int[] pass, long rawBytes, byte[] pixels) {
        int columns = columns(pass);
        int rows = rows(pass);
        if (columns == 0 || rows == 0) {
            return;
        }
        int stride = (int) rowBytes(columns);
        int bytesPerPixel = Math.max(1, channels() * depth / 8);
        int together = Math.min(rows, Math.max(1, INFLATE_BYTES / (stride + 1)));
        // The slot before the first row keeps the last row of the previous lot, zeros at the beginning.
        byte[] lot = new byte[(together + 1) * (stride + 1)];
        for (int row = 0; row < rows; row += together) {
            int count = Math.min(together, rows - row);
            inflate(inflater, lot, stride + 1, count * (stride + 1), rawBytes);
            for (int i = 1; i <= count; i++) {
                int at = i * (stride + 1);
                unfilter(lot[at], lot, at + 1, at - stride, stride, bytesPerPixel);
                int y = pass[1] + (row + i - 1) * pass[3];
                store(lot, at + 1, columns, pixels, (y * size.width() + pass[0]) * 3, pass[2] * 3);
            }
            System.arraycopy(lot, count * (stride + 1), lot, 0, stride + 1);
        }
    }

    private void inflate(Inflater inflater, byte[] target, int offset, int length, long rawBytes) {
        int at = offset;
        int end = offset + length;
        try {
            while (at < end) {
                int count = inflater.inflate(target, at, end - at);
                at += count;
                inflated += count;
                if (count > 0) {
                    continue;
                }
                if (inflater.needsDictionary()) {
                    throw damaged("needs a preset dictionary, which PNG does not allow");
                }
                if (inflater.finished() || nextSegment == data.size()) {
                    throw damaged("is truncated: " + inflated + " of " + rawBytes + " bytes of pixel data are there");
                }
                Segment segment = data.get(nextSegment++);
                inflater.setInput(content, segment.offset(), segment.length());
            }
        } catch (DataFormatException e) {
            throw new DataException(
                    label + " is a damaged PNG image: its compressed data is broken (" + e.getMessage() + ")", e);
        }
    }

    private void unfilter(int filter, byte[] lot, int row, int above, int stride, int step) {
        switch (filter) {
            case 0 -> {}
            case 1 -> {
                for (int i = row + step; i < row + stride; i++) {
                    lot[i] += lot[i - step];
                }
            }
            case 2 -> {
                for (int i = 0; i < stride; i++) {
                    lot[row + i] += lot[above + i];
                }
            }
            case 3 -> {
                for (int i = 0; i < step && i < stride; i++) {
                    lot[row + i] += (byte) ((lot[above + i] & 0xFF) >>> 1);
                }
                for (int i = step; i < stride; i++) {
                    lot[row + i] += (byte) (((lot[row + i - step] & 0xFF) + (lot[above + i] & 0xFF)) >>> 1);
                }
            }
            case 4 -> paeth(lot, row, above, stride, step);
            default -> throw damaged("has a row filter " + (filter & 0xFF) + "; PNG knows 0 to 4");
        }
    }

    private static void paeth(byte[] lot, int row, int above, int stride, int step) {
        if (step == 3 || step == 4) {
            paethOfColours(lot, row, above, stride, step);
            return;
        }
        for (int channel = 0; channel < Math.min(step, stride); channel++) {
            int left = 0;
            int upperLeft = 0;
            for (int i = channel; i < stride; i += step) {
                int up = lot[above + i] & 0xFF;
                left = (lot[row + i] + predictor(left, up, upperLeft)) & 0xFF;
                lot[row + i] = (byte) left;
                upperLeft = up;
            }
        }
    }

    /**
     * Three channels side by side: each waits for its own pixel to the left, so together they wait a third as long. A fourth
     * is alpha, or a part of it, which is dropped.
     */
    private static void paethOfColours(byte[] lot, int row, int above, int stride, int step) {
        int left0 = 0;
        int left1 = 0;
        int left2 = 0;
        int upperLeft0 = 0;
        int upperLeft1 = 0;
        int upperLeft2 = 0;
        for (int i = 0; i < stride; i += step) {
            int up0 = lot[above + i] & 0xFF;
            int up1 = lot[above + i + 1] & 0xFF;
            int up2 = lot[above + i + 2] & 0xFF;
            left0 = (lot[row + i] + predictor(left0, up0, upperLeft0)) & 0xFF;
            left1 = (lot[row + i + 1] + predictor(left1, up1, upperLeft1)) & 0xFF;
            left2 = (lot[row + i + 2] + predictor(left2, up2, upperLeft2)) & 0xFF;
            lot[row + i] = (byte) left0;
            lot[row + i + 1] = (byte) left1;
            lot[row + i + 2] = (byte) left2;
            upperLeft0 = up0;
            upperLeft1 = up1;
            upperLeft2 = up2;
        }
    }

    /**
     * Which of three neighbours is nearest to {@code left + up − upperLeft}; the first of them where two are. Without branches,
     * since in noise nobody can predict them.
     */
    private static int predictor(int left, int up, int upperLeft) {
        int toLeft = up - upperLeft;
        int toUp = left - upperLeft;
        int toUpperLeft = Math.abs(toLeft + toUp);
        toLeft = Math.abs(toLeft);
        toUp = Math.abs(toUp);
        int upIsFarther = (toUpperLeft - toUp) >> 31;
        int nearest = up ^ ((up ^ upperLeft) & upIsFarther);
        int leftIsFarther = ((toUp - toLeft) | (toUpperLeft - toLeft)) >> 31;
        return left ^ ((left ^ nearest) & leftIsFarther);
    }

    /** Writes one row's pixels as Pillow's {@code convert('RGB')} does, {@code step} bytes apart. */
    private void store(byte[] lot, int row, int columns, byte[] pixels, int target, int step) {
        int at = target;
        switch (colourType) {
            case RGB, RGBA -> {
                int sample = depth / 8;
                int pixel = channels() * sample;
                if (pixel == 3 && step == 3) {
                    System.arraycopy(lot, row, pixels, target, 3 * columns);
                    return;
                }
                for (int x = 0, i = row; x < columns; x++, i += pixel, at += step) {
                    pixels[at] = lot[i];
                    pixels[at + 1] = lot[i + sample];
                    pixels[at + 2] = lot[i + 2 * sample];
                }
            }
            case PALETTE -> {
                for (int x = 0; x < columns; x++, at += step) {
                    int colour = 3 * packed(lot, row, x);
                    // Pillow's palettes have 256 entries, black where the file gives none.
                    boolean given = colour < palette.length;
                    pixels[at] = given ? palette[colour] : 0;
                    pixels[at + 1] = given ? palette[colour + 1] : 0;
                    pixels[at + 2] = given ? palette[colour + 2] : 0;
                }
            }
            case GREY_ALPHA -> {
                int pixel = depth / 4;
                for (int x = 0, i = row; x < columns; x++, i += pixel, at += step) {
                    grey(pixels, at, lot[i]);
                }
            }
            default -> {
                int scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
                for (int x = 0; x < columns; x++, at += step) {
                    // Pillow keeps 16-bit grey as integers and clips them when it converts to 8 bits.
                    int value = depth == 16
                            ? Math.min(255, (lot[row + 2 * x] & 0xFF) << 8 | (lot[row + 2 * x + 1] & 0xFF))
                            : packed(lot, row, x) * scale;
                    grey(pixels, at, (byte) value);
                }
            }
        }
    }

    private int packed(byte[] lot, int row, int x) {
        if (depth == 8) {
            return lot[row + x] & 0xFF;
        }
        int bit = x * depth;
        return (lot[row + (bit >> 3)] & 0xFF) >> (8 - depth - (bit & 7)) & ((1 << depth) - 1);
    }

    private static void grey(byte[] pixels, int at, byte value) {
        pixels[at] = value;
        pixels[at + 1] = value;
        pixels[at + 2] = value;
    }

    private static String printable(String type) {
        return type.chars().allMatch(c -> c > ' ' && c < 127) ? type : "of unprintable type";
    }

    private DataException damaged(String what) {
        return new DataException(label + " is a damaged PNG image: it " + what);
    }
}
