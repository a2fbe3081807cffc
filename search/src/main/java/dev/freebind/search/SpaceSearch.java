package dev.freebind.search;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import dev.freebind.api.Progress;
import dev.freebind.formats.npy.EmbeddingFiles;
import dev.freebind.formats.npy.EmbeddingShards;
import dev.freebind.search.metadata.MetadataRow;
import dev.freebind.search.query.Operand;
import dev.freebind.search.query.Query;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the items of galleries that are nearest to a query, by exact comparison with every one of them.
 *
 * <p>Safe for use from several threads. Closes nothing: space and galleries are the caller's.
 */
public final class SpaceSearch {

    /** Smaller galleries are done before anybody has read a line about it. */
    private static final long ANNOUNCED_ROWS = 100_000;

    private final SearchedSpace space;
    private final Map<String, Gallery> galleries = new LinkedHashMap<>();
    private final int threads;

    /**
     * Checks that the galleries belong to the space.
     *
     * @param galleries at least one, in the space; no two of the same name
     * @param threads how many share the work of a search; 0 for one per core
     * @throws InvalidRequestException if there is none, two have one name, dimensions differ, or {@code threads} is negative
     */
    public SpaceSearch(SearchedSpace space, List<Gallery> galleries, int threads) {
        if (threads < 0) {
            throw new InvalidRequestException(
                    "--threads " + threads + " is not possible; use 1 or more, or 0 for one per core");
        }
        this.space = space;
        this.threads = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        if (galleries.isEmpty()) {
            throw new InvalidRequestException("there is no gallery to search");
        }
        for (Gallery gallery : galleries) {
            if (gallery.embeddings().dimension() != space.space().dimension()) {
                throw new InvalidRequestException("gallery '" + gallery.name() + "' ("
                        + gallery.embeddings().origin() + ") has dimension "
                        + gallery.embeddings().dimension()
                        + ", but '" + space.space().name() + "' has "
                        + space.space().dimension());
            }
            if (this.galleries.put(gallery.name(), gallery) != null) {
                throw new InvalidRequestException("two galleries are named '" + gallery.name() + "'; rename one");
            }
        }
    }

    /** The space that is searched. */
    public SearchedSpace space() {
        return space;
    }

    /** The galleries in the order they were given. */
    public List<Gallery> galleries() {
        return List.copyOf(galleries.values());
    }

    /**
     * A gallery.
     *
     * @param name null for the only one
     * @throws InvalidRequestException if there is no such gallery, or several and none is named, listing them
     */
    public Gallery gallery(@Nullable String name) {
        Gallery found = name != null
                ? galleries.get(name)
                : galleries.size() == 1 ? galleries.values().iterator().next() : null;
        if (found == null) {
            throw new InvalidRequestException(
                    (name == null ? "which gallery is meant must be said" : "there is no gallery '" + name + "'")
                            + NearestName.hint(name == null ? "" : name, galleries.keySet()));
        }
        return found;
    }

    /**
     * The direction that a query means.
     *
     * @param inputs what its names stand for
     * @return {@code [dimension] float32} of unit length
     * @throws InvalidRequestException if something that the query names does not exist or does not fit, or its parts cancel
     *     out
     * @throws dev.freebind.api.DataException if a file is damaged
     */
    public float[] embed(Query query, QueryInputs inputs) {
        return query.direction(space.space().dimension(), operand -> embed(operand, inputs));
    }

    /**
     * The nearest items.
     *
     * @param direction {@code [dimension] float32} of unit length
     * @param gallery which to search
     * @param k how many, at least 1; more than there are means all
     * @param progress told when the gallery is large enough to take a while
     * @return best first; equal scores by ascending row
     * @throws InvalidRequestException if {@code k} is not positive
     * @throws dev.freebind.api.DataException if the gallery or its metadata is damaged, naming file and row
     */
    public List<Hit> find(float[] direction, Gallery gallery, int k, Progress progress) {
        NearestRows found = scan(direction, gallery.embeddings(), gallery.name(), k, progress);
        int[] rows = found.rows();
        float[] scores = found.scores();
        List<MetadataRow> metadata =
                gallery.describe(IntStream.of(rows).mapToObj(Long::valueOf).toList());
        List<Hit> hits = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) {
            hits.add(new Hit(rows[i], scores[i], metadata.get(i)));
        }
        return hits;
    }

    private NearestRows scan(float[] direction, Embeddings items, String name, int k, Progress progress) {
        Progress shown = items.rows() < ANNOUNCED_ROWS ? Progress.SILENT : progress;
        try (Progress.Task task = shown.start("search " + name, items.rows(), "rows")) {
            return GalleryScan.nearest(direction, items, k, threads, task);
        }
    }

    private float[] embed(Operand operand, QueryInputs inputs) {
        if (operand instanceof Operand.Raw raw) {
            return space.embed(known(raw.modality()), inputs.item(raw.modality(), raw.value()));
        }
        if (operand instanceof Operand.GalleryRow item) {
            return row(gallery(item.gallery()).embeddings().normalised(), item.row(), operand);
        }
        if (operand instanceof Operand.SpaceRow item) {
            try (EmbeddingShards file = EmbeddingFiles.open(List.of(inputs.embeddings(item.file())))) {
                if (file.dimension() != space.space().dimension()) {
                    throw new InvalidRequestException(operand + ": " + file.origin() + " has dimension "
                            + file.dimension() + ", but '" + space.space().name() + "' has "
                            + space.space().dimension()
                            + "; for embeddings of a leaf space write MODALITY@LEAF:FILE#ROW");
                }
                return row(file.normalised(), item.row(), operand);
            }
        }
        return leafRow((Operand.LeafRow) operand, inputs);
    }

    private Modality known(Modality modality) {
        if (!space.space().knows(modality)) {
            throw new InvalidRequestException("'" + space.space().name() + "' cannot embed " + modality + "; it knows "
                    + space.space().modalities().stream().map(Modality::name).collect(Collectors.joining(", ")));
        }
        return modality;
    }

    private float[] leafRow(Operand.LeafRow operand, QueryInputs inputs) {
        known(operand.modality());
        Map<String, EmbeddingShards> opened = new LinkedHashMap<>();
        try {
            Map<String, Embeddings> leaves = new LinkedHashMap<>();
            operand.files().forEach((leaf, name) -> {
                EmbeddingShards file = EmbeddingFiles.open(List.of(inputs.embeddings(name)));
                opened.put(leaf, file);
                leaves.put(leaf, one(file, operand.row(), operand));
            });
            return row(embed(operand, leaves), 0, operand);
        } finally {
            opened.values().forEach(EmbeddingShards::close);
        }
    }

    private Embeddings embed(Operand.LeafRow operand, Map<String, Embeddings> leaves) {
        try {
            return space.embed(operand.modality(), leaves);
        } catch (InvalidRequestException e) {
            throw new InvalidRequestException(operand + ": " + e.getMessage(), e);
        }
    }

    private static float[] row(Embeddings embeddings, long row, Operand operand) {
        FloatBuffer values = FloatBuffer.allocate(embeddings.dimension());
        one(embeddings, row, operand).read(0, 1, values);
        return values.array();
    }

    private static Embeddings one(Embeddings embeddings, long row, Operand operand) {
        if (row >= embeddings.rows()) {
            throw new InvalidRequestException(operand + ": there is no row " + row + "; " + embeddings.origin()
                    + " has " + embeddings.rows() + ", counted from 0");
        }
        return embeddings.slice(row, 1);
    }
}
