package dev.freebind.media.image;

import dev.freebind.api.DataException;
import dev.freebind.api.Item;
import dev.freebind.media.ItemContent;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Decodes PNG, JPEG and WebP images, told apart by content, to the pixels that Pillow's {@code Image.open(…).convert('RGB')}
 * gives.
 *
 * <p>Greyscale is replicated to three channels, palettes are looked up, alpha and transparency are dropped. 16-bit colour
 * keeps the high byte; 16-bit greyscale is clipped at 255, as Pillow does. Lossy WebP may differ by a few levels: its decoder
 * interpolates colour differently than Pillow's.
 *
 * <p>Immutable, safe for use from several threads.
 */
public final class ImageDecoder {

    /** Pixels above which Pillow warns of a decompression bomb. */
    public static final long DEFAULT_MAX_PIXELS = 89_478_485;

    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    private final long maxPixels;

    /** A decoder with the default limit of {@link #DEFAULT_MAX_PIXELS}. */
    public ImageDecoder() {
        this(DEFAULT_MAX_PIXELS);
    }

    /**
     * A decoder with a limit of its own.
     *
     * @param maxPixels most pixels of an image, 1 to 700,000,000; larger images are refused before memory is allocated
     */
    public ImageDecoder(long maxPixels) {
        if (maxPixels < 1 || maxPixels > 700_000_000) {
            throw new IllegalArgumentException("the limit must be 1 to 700,000,000 pixels: " + maxPixels);
        }
        this.maxPixels = maxPixels;
    }

    /**
     * Decodes one image.
     *
     * @param item a file or bytes
     * @throws DataException if the item is missing, of another format, damaged, truncated or too large, naming it
     * @throws dev.freebind.api.InvalidRequestException if the item is a text
     */
    public RgbImage decode(Item item) {
        Item.Bytes bytes = ItemContent.of(item);
        return isJpeg(bytes.content()) ? jpeg(bytes).decode() : decodeOther(bytes);
    }

    /**
     * Opens an image, to decode as much of it as is needed.
     *
     * @param item a file or bytes
     * @throws DataException as {@link #decode}, some of it later
     */
    PixelSource open(Item item) {
        Item.Bytes bytes = ItemContent.of(item);
        return isJpeg(bytes.content()) ? jpeg(bytes) : new DecodedImage(decodeOther(bytes));
    }

    /** Formats whose pixels depend on those before are decoded at once. */
    private record DecodedImage(RgbImage image) implements PixelSource {
        @Override
        public ImageSize size() {
            return new ImageSize(image.width(), image.height());
        }

        @Override
        public PixelColumns columns(ImageRegion region) {
            return new RgbColumns(image, region);
        }
    }

    private static boolean isJpeg(byte[] content) {
        return content.length > 2 && (content[0] & 0xFF) == 0xFF && (content[1] & 0xFF) == 0xD8;
    }

    private JpegDecoder jpeg(Item.Bytes bytes) {
        return new JpegDecoder(bytes.label(), bytes.content(), maxPixels);
    }

    private RgbImage decodeOther(Item.Bytes bytes) {
        byte[] content = bytes.content();
        if (startsWith(content, 0, PNG)) {
            return new PngDecoder(bytes.label(), content, maxPixels).decode();
        }
        if (content.length > 15 && startsWith(content, 0, ascii("RIFF")) && startsWith(content, 8, ascii("WEBP"))) {
            return WebpDecoder.decode(bytes.label(), content, maxPixels);
        }
        throw new DataException(bytes.label() + " is not a PNG, JPEG or WebP image; it begins with the bytes "
                + HexFormat.ofDelimiter(" ").formatHex(content, 0, Math.min(content.length, 8)));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static boolean startsWith(byte[] content, int offset, byte[] prefix) {
        if (content.length < offset + prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (content[offset + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
