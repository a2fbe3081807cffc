package dev.freebind.search.index;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.search.Gallery;
import dev.freebind.search.SearchedSpace;
import dev.freebind.search.metadata.JsonLines;
import dev.freebind.search.metadata.Metadata;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An opened index; rows are read where they lie, and are unit rows as {@link IndexWriter} has written them. Whoever opened it
 * closes it.
 */
public final class IndexFolder implements AutoCloseable {

    /** Rows looked at when an index is opened. */
    private static final int SAMPLED_ROWS = 16;

    /** Rows that were rounded to float16 deviate by far less. */
    private static final double LARGEST_DEVIATION = 0.01;

    private final Path folder;
    private final IndexManifest manifest;
    private final NpyFile embeddings;
    private final @Nullable Metadata metadata;
    private final Gallery gallery;

    private IndexFolder(
            Path folder, IndexManifest manifest, NpyFile embeddings, @Nullable Metadata metadata, Gallery gallery) {
        this.folder = folder;
        this.manifest = manifest;
        this.embeddings = embeddings;
        this.metadata = metadata;
        this.gallery = gallery;
    }

    /**
     * Opens an index.
     *
     * @return to be closed by the caller
     * @throws InvalidRequestException if the folder is no index
     * @throws DataException if it is damaged; of the rows, only some are looked at
     */
    public static IndexFolder open(Path folder) {
        IndexManifest manifest = IndexManifest.read(folder);
        NpyFile embeddings = NpyFile.open(folder.resolve(IndexWriter.EMBEDDINGS));
        Metadata metadata = null;
        boolean good = false;
        try {
            if (embeddings.rows() != manifest.rows() || embeddings.dimension() != manifest.dimension()) {
                throw new DataException(embeddings.origin() + " has " + embeddings.rows() + " rows of "
                        + embeddings.dimension() + " values, but " + folder.resolve(IndexManifest.FILE) + " says "
                        + manifest.rows() + " of " + manifest.dimension() + "; make the index again");
            }
            checkUnitRows(embeddings);
            Path file = folder.resolve(IndexWriter.METADATA);
            metadata = Files.exists(file) ? new JsonLines().open(file) : null;
            Gallery gallery = new Gallery(manifest.name(), manifest.modality(), embeddings, metadata);
            good = true;
            return new IndexFolder(folder, manifest, embeddings, metadata, gallery);
        } finally {
            if (!good) {
                embeddings.close();
                if (metadata != null) {
                    metadata.close();
                }
            }
        }
    }

    /** Looks at rows from the first to the last: a file that took the place of the index's own seldom has unit rows. */
    private static void checkUnitRows(NpyFile embeddings) {
        FloatBuffer row = FloatBuffer.allocate(embeddings.dimension());
        long samples = Math.min(SAMPLED_ROWS, embeddings.rows());
        for (long sample = 0; sample < samples; sample++) {
            long at = samples == 1 ? 0 : sample * (embeddings.rows() - 1) / (samples - 1);
            embeddings.read(at, 1, row.clear());
            double squares = 0;
            for (float value : row.array()) {
                squares += (double) value * value;
            }
            double norm = Math.sqrt(squares);
            if (!(Math.abs(norm - 1) <= LARGEST_DEVIATION)) {
                throw new DataException(embeddings.origin(at) + ": has norm " + norm
                        + ", but the rows of an index have norm 1; make the index again");
            }
        }
    }

    /** Where it lies. */
    public Path folder() {
        return folder;
    }

    /** What it says about itself. */
    public IndexManifest manifest() {
        return manifest;
    }

    /** The items; valid until this is closed. */
    public Gallery gallery() {
        return gallery;
    }

    /**
     * Checks that queries embedded in a space can be compared with this index.
     *
     * @throws InvalidRequestException if they would lie in another space, or in this one before it was trained again
     */
    public void check(SearchedSpace space) {
        if (!manifest.space().equals(space.space().name())) {
            throw new InvalidRequestException("index " + folder + " was made in the space '" + manifest.space()
                    + "', not in '" + space.space().name() + "'");
        }
        if (!manifest.fingerprint().equals(space.fingerprint())) {
            throw new InvalidRequestException("index " + folder + " was made with other projectors or factors of '"
                    + manifest.space() + "' than there are now, so scores would mean nothing; make the index again with"
                    + " 'freebind index'");
        }
    }

    @Override
    public void close() {
        embeddings.close();
        if (metadata != null) {
            metadata.close();
        }
    }
}
