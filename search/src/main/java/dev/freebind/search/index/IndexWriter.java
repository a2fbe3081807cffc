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
import org.jspecify.annotations.Nullable;

/** Writes a gallery as an index, block by block; {@code index.json} comes last, so that half an index is none. */
public final class IndexWriter {

    static final String EMBEDDINGS = "embeddings.npy";
    static final String METADATA = "metadata.jsonl";

    private static final int BLOCK = 1024;
    private static final int METADATA_BLOCK = 1 << 16;

    private IndexWriter() {}

    /**
     * Checks that an index can be written to a folder.
     *
     * @throws InvalidRequestException if something is there already
     */
    public static void checkEmpty(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            if (entries.iterator().hasNext()) {
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
        long rows = gallery.embeddings().rows();
        CommonFolder files = new CommonFolder();
        try (Progress.Task task = progress.start("index " + gallery.name(), rows, "rows")) {
            embeddings(gallery.embeddings().normalised(), folder.resolve(EMBEDDINGS), type, task);
            Metadata metadata = gallery.metadata();
            if (metadata != null) {
                metadata(metadata, folder.resolve(METADATA), manifest.base(), files);
            }
        }
        IndexManifest complete = manifest.media() == null ? manifest.withMedia(files.folder()) : manifest;
        AtomicFile.writeString(folder.resolve(IndexManifest.FILE), complete.json());
    }

    private static void embeddings(Embeddings embeddings, Path file, ElementType type, Progress.Task task) {
        FloatBuffer block = FloatBuffer.allocate(Math.multiplyExact(BLOCK, embeddings.dimension()));
        try (NpyWriter writer = NpyWriter.create(file, embeddings.dimension(), type)) {
            for (long row = 0; row < embeddings.rows(); row += BLOCK) {
                int count = (int) Math.min(BLOCK, embeddings.rows() - row);
                block.clear();
                embeddings.read(row, count, block);
                writer.append(block.flip());
                task.advance(count);
            }
            writer.commit();
        }
    }

    private static void metadata(Metadata metadata, Path target, @Nullable Path base, CommonFolder files) {
        try (AtomicFile file = AtomicFile.create(target);
                Metadata.Cursor cursor = metadata.from(0)) {
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
            file.commit();
        }
    }

    private static void flush(StringBuilder block, AtomicFile file) {
        file.write(ByteBuffer.wrap(block.toString().getBytes(StandardCharsets.UTF_8)));
        block.setLength(0);
    }
}
