package dev.freebind.search.index;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.search.Gallery;
import dev.freebind.search.metadata.JsonLines;
import dev.freebind.search.metadata.Metadata;
import dev.freebind.search.metadata.MetadataRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Writes a gallery as an index, block by block. Nothing has its final name before all of it is written, and {@code index.json}
 * comes last: half an index is none, and stands in nobody's way.
 */
public final class IndexWriter {

    static final String EMBEDDINGS = "embeddings.npy";
    static final String METADATA = "metadata.jsonl";

    private static final int BLOCK = 1024;
    private static final int METADATA_BLOCK = 1 << 16;

    private IndexWriter() {}

    /**
     * Checks that an index can be written to a folder. What a killed process left half-written there does not count.
     *
     * @throws InvalidRequestException if something is there already
     */
    public static void checkEmpty(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            if (StreamSupport.stream(entries.spliterator(), false).anyMatch(entry -> !AtomicFile.isTemporary(entry))) {
                throw new InvalidRequestException(
                        folder + " is not empty; an index needs a folder of its own, so name another or remove it");
            }
        } catch (IOException e) {
            throw FileErrors.cannotWrite(folder, e);
        }
    }

    /**
     * Writes an index.
     *
     * @param gallery embeddings and metadata; rows are scaled to unit length, so that no query has to do it again
     * @param manifest what it says about itself; without a media folder, that becomes the deepest one that holds all files
     *     that the metadata names
     * @param folder made if it is missing
     * @param type F32, or F16 for half the size and scores that are right to about 1e-3
     * @throws DataException if a row is damaged or the folder cannot be written
     */
    public static void write(
            Gallery gallery, IndexManifest manifest, Path folder, ElementType type, Progress progress) {
        Embeddings rows = gallery.embeddings().normalised();
        Metadata metadata = gallery.metadata();
        CommonFolder files = new CommonFolder();
        try (NpyWriter embeddings = NpyWriter.create(folder.resolve(EMBEDDINGS), rows.dimension(), type)) {
            try (Progress.Task task = progress.start("index " + gallery.name(), rows.rows(), "rows")) {
                write(rows, embeddings, task);
            }
            if (metadata == null) {
                embeddings.commit();
            } else {
                try (AtomicFile lines = AtomicFile.create(folder.resolve(METADATA))) {
                    write(metadata, lines, manifest.base(), files);
                    embeddings.commit();
                    lines.commit();
                }
            }
        }
        IndexManifest complete = manifest.media() == null ? manifest.withMedia(files.folder()) : manifest;
        AtomicFile.writeString(folder.resolve(IndexManifest.FILE), complete.json());
    }

    private static void write(Embeddings rows, NpyWriter writer, Progress.Task task) {
        FloatBuffer block = FloatBuffer.allocate(Math.multiplyExact(BLOCK, rows.dimension()));
        for (long row = 0; row < rows.rows(); row += BLOCK) {
            int count = (int) Math.min(BLOCK, rows.rows() - row);
            block.clear();
            rows.read(row, count, block);
            writer.append(block.flip());
            task.advance(count);
        }
    }

    private static void write(Metadata metadata, AtomicFile file, @Nullable Path base, CommonFolder files) {
        try (Metadata.Cursor cursor = metadata.from(0)) {
            StringBuilder block = new StringBuilder();
            for (long row = 0; row < metadata.rows(); row++) {
                MetadataRow item = cursor.next();
                if (base != null) {
                    item.path().ifPresent(path -> files.add(base, path));
                }
                block.append(JsonLines.format(item)).append('\n');
                if (block.length() >= METADATA_BLOCK) {
                    flush(block, file);
                }
            }
            flush(block, file);
        }
    }

    private static void flush(StringBuilder block, AtomicFile file) {
        file.write(ByteBuffer.wrap(block.toString().getBytes(StandardCharsets.UTF_8)));
        block.setLength(0);
    }
}
