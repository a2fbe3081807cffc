package dev.freebind.media.image;

import dev.freebind.api.DataException;
import dev.freebind.media.image.JpegScan.Band;
import dev.freebind.media.image.JpegScan.DamagedScanException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One JPEG image (ITU T.81): sequential and progressive, Huffman-coded, 8 bits; one, three or four components.
 *
 * <p>The pixels equal those of libjpeg and libjpeg-turbo with their default settings, hence Pillow's, on every JDK; the JDK's
 * own decoder depends on the library the JDK was built with.
 */
final class JpegDecoder implements PixelSource {

    /** Real progressive images have about ten; a forged one could ask for work without end. */
    private static final int MAX_SCANS = 100;

    /** A block of 64 samples takes at least a bit; colour at a quarter of the resolution takes some more. */
    private static final long MAX_PIXELS_PER_BYTE = 64 * 8;

    private static final int SOI = 0xD8;
    private static final int EOI = 0xD9;

    private final String label;
    private final byte[] content;
    private final long maxPixels;
    private final int[][] quantisation = new int[4][];
    private final @Nullable JpegHuffmanTable[] dcTables = new JpegHuffmanTable[4];
    private final @Nullable JpegHuffmanTable[] acTables = new JpegHuffmanTable[4];
    private final List<JpegComponent> components = new ArrayList<>();
    private ImageSize size = new ImageSize(1, 1);
    private boolean progressive;
    private int maxHorizontal = 1;
    private int maxVertical = 1;
    private int restartInterval;
    private boolean jfif;
    private boolean adobe;
    private int adobeTransform;
    private int scans;
    private int position = 2;
    private boolean ended;

    JpegDecoder(String label, byte[] content, long maxPixels) {
        this.label = label;
        this.content = content;
        this.maxPixels = maxPixels;
    }

    /** Decodes all of it. */
    RgbImage decode() {
        return RgbColumns.gather(columns(ImageRegion.all(size())), size());
    }

    @Override
    public ImageSize size() {
        while (components.isEmpty()) {
            readMarker();
        }
        return size;
    }

    /** The compressed data is read to its end; levels and colours are computed only where they are wanted. */
    @Override
    public PixelColumns columns(ImageRegion region) {
        size();
        components.forEach(component -> allocate(component, region));
        while (!ended) {
            readMarker();
        }
        for (JpegComponent component : components) {
            if (component.factors == null) {
                throw damaged("is truncated: component " + component.id + " has no data");
            }
            if (progressive) {
                component.reconstruct();
            }
        }
        return new JpegColumns(components, colours(), maxHorizontal, maxVertical, region);
    }

    private void readMarker() {
        int marker = nextMarker();
        if (marker < 0) {
            // Sequential data may be whole without the last marker, progressive data never tells.
            if (scans > 0 && !progressive) {
                ended = true;
                return;
            }
            throw damaged("is truncated: it ends after " + content.length + " bytes without its last marker");
        }
        if (marker == EOI) {
            if (scans == 0) {
                throw damaged("has no image data");
            }
            ended = true;
            return;
        }
        if (marker == SOI || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
            return;
        }
        int start = position + 2;
        if (start > content.length) {
            throw damaged("is truncated inside marker " + Integer.toHexString(marker));
        }
        int length = unsigned16(position) - 2;
        if (length < 0 || length > content.length - start) {
            throw damaged("is truncated: marker " + Integer.toHexString(marker) + " at byte " + (position - 2)
                    + " claims " + (length + 2) + " bytes and " + (content.length - position) + " are left");
        }
        position = start + length;
        switch (marker) {
            case 0xC0, 0xC1, 0xC2 -> readFrame(marker, start, length);
            case 0xC4 -> readHuffmanTables(start, length);
            case 0xDB -> readQuantisationTables(start, length);
            case 0xDD -> restartInterval = length >= 2 ? unsigned16(start) : 0;
            case 0xE0 -> jfif |= startsWith(start, length, "JFIF\0");
            case 0xEE -> {
                if (length >= 12 && startsWith(start, length, "Adobe")) {
                    adobe = true;
                    adobeTransform = content[start + 11] & 0xFF;
                }
            }
            case 0xDA -> {
                if (++scans > MAX_SCANS) {
                    throw damaged("has more than " + MAX_SCANS + " scans");
                }
                readScan(start, length);
            }
            case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF ->
                throw damaged("uses coding process " + Integer.toHexString(marker)
                        + " (lossless, hierarchical or arithmetic); sequential and progressive Huffman coding"
                        + " are supported: save it again");
            default -> {
                // Comments, metadata and profiles do not change the pixels.
            }
        }
    }

    /** The next marker's code with {@link #position} after it, or −1 at the end. */
    private int nextMarker() {
        while (position + 1 < content.length) {
            int code = content[position + 1] & 0xFF;
            if (content[position] == (byte) 0xFF && code != 0 && code != 0xFF) {
                position += 2;
                return code;
            }
            position++;
        }
        return -1;
    }

    private int unsigned16(int at) {
        return (content[at] & 0xFF) << 8 | (content[at + 1] & 0xFF);
    }

    private boolean startsWith(int start, int length, String text) {
        byte[] prefix = text.getBytes(StandardCharsets.US_ASCII);
        return length >= prefix.length
                && Arrays.equals(content, start, start + prefix.length, prefix, 0, prefix.length);
    }

    private void readFrame(int marker, int start, int length) {
        if (!components.isEmpty()) {
            throw damaged("has a second frame");
        }
        if (length < 6 || length != 6 + 3 * (content[start + 5] & 0xFF)) {
            throw damaged("has a frame header of " + length + " bytes");
        }
        int precision = content[start] & 0xFF;
        int count = content[start + 5] & 0xFF;
        if (precision != 8 || (count != 1 && count != 3 && count != 4)) {
            throw damaged("has " + count + " components of " + precision
                    + " bits; one, three or four of 8 bits are supported: save it again");
        }
        progressive = marker == 0xC2;
        size = ImageSize.checked(label, unsigned16(start + 3), unsigned16(start + 1), maxPixels);
        if (size.pixels() / MAX_PIXELS_PER_BYTE > content.length) {
            throw damaged("claims to be " + size.width() + " × " + size.height() + " pixels, but " + content.length
                    + " bytes cannot hold that many: truncated or forged");
        }
        for (int i = 0; i < count; i++) {
            int at = start + 6 + 3 * i;
            int horizontal = content[at + 1] >> 4 & 15;
            int vertical = content[at + 1] & 15;
            int table = content[at + 2] & 0xFF;
            if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4 || table > 3) {
                throw damaged("has sampling factors " + horizontal + " × " + vertical + " and quantisation table "
                        + table + "; allowed are 1 to 4 and 0 to 3");
            }
            components.add(new JpegComponent(content[at] & 0xFF, horizontal, vertical, table));
            maxHorizontal = Math.max(maxHorizontal, horizontal);
            maxVertical = Math.max(maxVertical, vertical);
        }
        components.forEach(this::measure);
    }

    private void measure(JpegComponent component) {
        if (maxHorizontal % component.horizontal != 0 || maxVertical % component.vertical != 0) {
            throw damaged("samples its components at resolutions that are not multiples of each other: "
                    + component.horizontal + " × " + component.vertical + " of " + maxHorizontal + " × " + maxVertical);
        }
        component.width = ceilDiv(size.width() * component.horizontal, maxHorizontal);
        component.height = ceilDiv(size.height() * component.vertical, maxVertical);
        component.blockColumns = ceilDiv(component.width, 8);
        component.blockRows = ceilDiv(component.height, 8);
        component.paddedColumns = unitColumns() * component.horizontal;
        component.paddedRows = unitRows() * component.vertical;
        if (samples(component) > Integer.MAX_VALUE / 2) {
            throw damaged("is too large to decode: " + size.width() + " × " + size.height() + " pixels");
        }
    }

    /** Samples with the padding to whole interleaved units. */
    private static long samples(JpegComponent component) {
        return 64L * component.paddedColumns * component.paddedRows;
    }

    private void allocate(JpegComponent component, ImageRegion region) {
        component.keep(region, maxHorizontal / component.horizontal, maxVertical / component.vertical);
        if (progressive) {
            component.coefficients = new short[(int) samples(component)];
        }
    }

    private int unitColumns() {
        return ceilDiv(size.width(), 8 * maxHorizontal);
    }

    private int unitRows() {
        return ceilDiv(size.height(), 8 * maxVertical);
    }

    private static int ceilDiv(int value, int divisor) {
        return (value + divisor - 1) / divisor;
    }

    private void readHuffmanTables(int start, int length) {
        int at = start;
        int end = start + length;
        while (at < end) {
            if (end - at < 17) {
                throw damaged("has a Huffman table that ends early");
            }
            int kind = content[at] & 0xFF;
            int[] counts = new int[16];
            int total = 0;
            for (int i = 0; i < 16; i++) {
                counts[i] = content[at + 1 + i] & 0xFF;
                total += counts[i];
            }
            at += 17;
            if ((kind & 0xEC) != 0 || total > 256 || total > end - at) {
                throw damaged("has a Huffman table " + Integer.toHexString(kind) + " with " + total + " codes");
            }
            try {
                JpegHuffmanTable table = new JpegHuffmanTable(counts, Arrays.copyOfRange(content, at, at + total));
                (kind < 16 ? dcTables : acTables)[kind & 3] = table;
            } catch (IllegalArgumentException e) {
                throw new DataException(label + ": the JPEG image has a Huffman table with " + e.getMessage(), e);
            }
            at += total;
        }
    }

    private void readQuantisationTables(int start, int length) {
        int at = start;
        int end = start + length;
        while (at < end) {
            int kind = content[at++] & 0xFF;
            int bytes = kind < 16 ? 1 : 2;
            if ((kind & 0xEC) != 0 || end - at < 64 * bytes) {
                throw damaged("has a quantisation table " + Integer.toHexString(kind) + " that is not whole");
            }
            int[] table = new int[64];
            for (int k = 0; k < 64; k++, at += bytes) {
                table[k] = bytes == 1 ? content[at] & 0xFF : unsigned16(at);
            }
            quantisation[kind & 3] = table;
        }
    }

    private void readScan(int start, int length) {
        int count = length < 1 ? 0 : content[start] & 0xFF;
        if (count < 1 || count > components.size() || length != 4 + 2 * count) {
            throw damaged("has a scan of " + count + " components, " + components.size() + " are declared");
        }
        int at = start + 1 + 2 * count;
        Band band =
                new Band(content[at] & 0xFF, content[at + 1] & 0xFF, content[at + 2] >> 4 & 15, content[at + 2] & 15);
        boolean fits = progressive
                ? (band.start() == 0 ? band.end() == 0 : count == 1 && band.end() >= band.start())
                        && band.end() <= 63
                        && band.low() <= 13
                        && (band.high() == 0 || band.high() == band.low() + 1)
                : band.start() == 0 && band.end() == 63;
        if (!fits) {
            throw damaged("has a scan with coefficients " + band.start() + " to " + band.end() + ", precision "
                    + band.high() + " to " + band.low());
        }
        List<JpegComponent> scanned = new ArrayList<>();
        int blocks = 0;
        for (int i = 0; i < count; i++) {
            JpegComponent component = component(content[start + 1 + 2 * i] & 0xFF, scanned);
            int tables = content[start + 2 + 2 * i] & 0xFF;
            component.dc = (tables >> 4) < 4 ? dcTables[tables >> 4] : null;
            component.ac = (tables & 15) < 4 ? acTables[tables & 15] : null;
            boolean needsDc = band.start() == 0 && band.high() == 0;
            boolean needsAc = band.end() > 0;
            int[] factors = quantisation[component.quantisation];
            if ((needsDc && component.dc == null) || (needsAc && component.ac == null) || factors == null) {
                throw damaged("uses a table that it does not define");
            }
            if (component.factors == null) {
                component.factors = factors;
            }
            scanned.add(component);
            blocks += component.horizontal * component.vertical;
        }
        if (count > 1 && blocks > 10) {
            throw damaged("interleaves " + blocks + " blocks; JPEG allows 10");
        }
        JpegBits bits = new JpegBits(content, position);
        try {
            new JpegScan(bits, scanned, band, progressive, restartInterval).read(unitColumns(), unitRows());
        } catch (DamagedScanException e) {
            throw new DataException(label + ": the JPEG image " + e.getMessage(), e);
        }
        position = bits.position;
    }

    private JpegComponent component(int id, List<JpegComponent> taken) {
        for (JpegComponent component : components) {
            if (component.id == id && !taken.contains(component)) {
                return component;
            }
        }
        throw damaged("has a scan of component " + id + ", which is not declared or named twice");
    }

    /** libjpeg's rules for telling what the components mean. */
    private JpegColours colours() {
        return switch (components.size()) {
            case 1 -> JpegColours.GREY;
            case 3 -> {
                if (jfif) {
                    yield JpegColours.YCBCR;
                }
                if (adobe) {
                    yield adobeTransform == 0 ? JpegColours.RGB : JpegColours.YCBCR;
                }
                boolean named =
                        components.get(0).id == 'R' && components.get(1).id == 'G' && components.get(2).id == 'B';
                yield named ? JpegColours.RGB : JpegColours.YCBCR;
            }
            default -> adobe && adobeTransform != 0 ? JpegColours.YCCK : JpegColours.CMYK;
        };
    }

    private DataException damaged(String what) {
        return new DataException(label + ": the JPEG image " + what);
    }
}
