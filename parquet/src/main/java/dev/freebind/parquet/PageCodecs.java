package dev.freebind.parquet;

import dev.freebind.api.DataException;
import io.airlift.compress.Decompressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * How pages are decompressed: in Java alone, with Hadoop's codecs and native libraries left out, and never to more than what a page
 * says it holds.
 */
final class PageCodecs implements CompressionCodecFactory {

    /** A page of more is no page of metadata, but an attempt to fill the heap. */
    private static final int LARGEST_PAGE = 256 << 20;

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        throw new UnsupportedOperationException("nothing is written here");
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED -> new Pages((bytes, size) -> bytes);
            case SNAPPY -> new Pages((bytes, size) -> inflated(new SnappyDecompressor(), bytes, size));
            case ZSTD -> new Pages((bytes, size) -> inflated(new ZstdDecompressor(), bytes, size));
            case LZ4_RAW -> new Pages((bytes, size) -> inflated(new Lz4Decompressor(), bytes, size));
            case GZIP -> new Pages(PageCodecs::unzipped);
            default ->
                throw new DataException("it is compressed by " + codec
                        + ", which is not read; there are: UNCOMPRESSED, SNAPPY, GZIP, ZSTD, LZ4_RAW");
        };
    }

    private static byte[] inflated(Decompressor decompressor, byte[] bytes, int size) {
        byte[] page = new byte[size];
        int length = decompressor.decompress(bytes, 0, bytes.length, page, 0, size);
        if (length != size) {
            throw new IllegalStateException("a page of " + size + " bytes has " + length);
        }
        return page;
    }

    private static byte[] unzipped(byte[] bytes, int size) throws IOException {
        try (InputStream stream = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            byte[] page = stream.readNBytes(size);
            if (page.length != size) {
                throw new IllegalStateException("a page of " + size + " bytes has " + page.length);
            }
            return page;
        }
    }

    @Override
    public void release() {}

    /** Decompresses one page. */
    private interface PageDecompressor {
        byte[] decompress(byte[] bytes, int size) throws IOException;
    }

    private record Pages(PageDecompressor decompressor) implements BytesInputDecompressor {

        @Override
        public BytesInput decompress(BytesInput bytes, int size) throws IOException {
            try (InputStream stream = bytes.toInputStream()) {
                return BytesInput.from(page(stream.readAllBytes(), size));
            }
        }

        @Override
        public void decompress(ByteBuffer input, int compressedSize, ByteBuffer output, int size) throws IOException {
            byte[] bytes = new byte[compressedSize];
            input.get(bytes);
            output.put(page(bytes, size));
        }

        private byte[] page(byte[] bytes, int size) throws IOException {
            if (size < 0 || size > LARGEST_PAGE) {
                throw new IllegalStateException(
                        "a page says it holds " + size + " bytes; at most " + LARGEST_PAGE + " are read");
            }
            return decompressor.decompress(bytes, size);
        }

        @Override
        public void release() {}
    }
}
