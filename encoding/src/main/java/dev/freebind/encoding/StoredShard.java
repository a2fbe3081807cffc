package dev.freebind.encoding;

import dev.freebind.api.DataException;
import dev.freebind.encoding.output.EncodedFiles;
import dev.freebind.encoding.output.EncodingManifest;
import dev.freebind.formats.npy.NpyFile;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Rows that an earlier run has left.
 *
 * @param manifest what the earlier run said
 * @param shard which of its shards
 * @param file where the rows are
 * @param firstRow of the rows in the file
 */
record StoredShard(EncodingManifest manifest, EncodingManifest.Shard shard, Path file, long firstRow) {

    /** The shards of a place; none if encoding left nothing there. */
    static List<StoredShard> at(EncodedFiles files) {
        EncodingManifest manifest = EncodingManifest.read(files.manifest()).orElse(null);
        List<StoredShard> stored = new ArrayList<>();
        if (manifest != null) {
            long row = 0;
            for (EncodingManifest.Shard shard : manifest.shards()) {
                boolean alone = files.form() != EncodedFiles.Form.FILE;
                stored.add(new StoredShard(manifest, shard, files.folder().resolve(shard.file()), alone ? 0 : row));
                row += shard.rows();
            }
        }
        return stored;
    }

    /** The numbers of its items that have no row. */
    Set<Long> skipped() {
        Set<Long> skipped = new TreeSet<>();
        for (EncodingManifest.Skipped item : manifest.skipped()) {
            if (item.item() >= shard.firstItem() && item.item() < shard.firstItem() + shard.items()) {
                skipped.add(item.item());
            }
        }
        return skipped;
    }

    /** Says whether the file still has these rows. */
    boolean isThere() {
        if (!Files.exists(file)) {
            return false;
        }
        try (NpyFile open = NpyFile.open(file)) {
            return open.dimension() == manifest.dimension()
                    && (firstRow == 0 ? open.rows() >= shard.rows() : open.rows() >= firstRow + shard.rows())
                    && (shard.sha256() == null || open.rows() == shard.rows());
        } catch (DataException e) {
            return false;
        }
    }

    /** Reads the rows of all its items but those that are to be left out. */
    void read(Set<Long> leftOut, Consumer<float[]> rows) {
        Set<Long> without = skipped();
        try (NpyFile open = NpyFile.open(file)) {
            long row = firstRow;
            for (long item = shard.firstItem(); item < shard.firstItem() + shard.items(); item++) {
                if (without.contains(item)) {
                    continue;
                }
                if (!leftOut.contains(item)) {
                    float[] values = new float[open.dimension()];
                    open.read(row, 1, FloatBuffer.wrap(values));
                    rows.accept(values);
                }
                row++;
            }
        }
    }
}
