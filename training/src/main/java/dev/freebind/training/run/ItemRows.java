package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.formats.fingerprint.Fingerprint;
import dev.freebind.formats.npy.RowIndex;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The items of tuples: which item of a modality belongs to which start item, found once and kept as row numbers, and the rows of
 * those items in any space.
 */
final class ItemRows {

    private final Path output;
    private final CorpusEmbeddings corpora;
    private final CorpusRows rows;
    private final StepFingerprints fingerprints;
    private final NearestItems nearest;
    private final Progress progress;
    private final Map<Path, RowIndex> opened = new HashMap<>();

    /** Keeps what it finds below {@code output/work/tuples}. */
    ItemRows(
            Path output,
            CorpusEmbeddings corpora,
            CorpusRows rows,
            StepFingerprints fingerprints,
            NearestItems nearest,
            Progress progress) {
        this.output = output;
        this.corpora = corpora;
        this.rows = rows;
        this.fingerprints = fingerprints;
        this.nearest = nearest;
        this.progress = progress;
    }

    /** The row of a modality's items that belongs to a start item. */
    @FunctionalInterface
    interface Lookup {
        /** The row, in the order of the tuples' corpora, for a start row. */
        int of(int start);
    }

    /** Says which items of a modality belong to the start items; searches first where that was not done yet. */
    Lookup lookup(BindStep.ItemTuples tuples, Modality modality) throws IOException {
        if (modality.equals(tuples.start())) {
            return start -> start;
        }
        BindStep.Retrieve search = Objects.requireNonNull(tuples.searches().get(modality));
        RowIndex found = index(search);
        Lookup asking = lookup(tuples, search.hop().from());
        return start -> found.get(asking.of(start));
    }

    /**
     * The rows of a modality's items in a space, in the order of the start items.
     *
     * @param space as {@link CorpusRows#rows}
     */
    Embeddings rows(BindStep.ItemTuples tuples, String space, Modality modality) throws IOException {
        List<Embeddings> parts = new ArrayList<>();
        for (String corpus : tuples.corpora().getOrDefault(modality, List.of())) {
            parts.add(rows.rows(space, corpus));
        }
        Embeddings all = Embeddings.concatenation(parts);
        return modality.equals(tuples.start())
                ? all
                : new Gathered(all, lookup(tuples, modality), Math.toIntExact(tuples.rows()));
    }

    /** The corpus of a modality that a row belongs to. */
    Corpus corpus(BindStep.ItemTuples tuples, Modality modality, int row) {
        long end = 0;
        for (String name : tuples.corpora().getOrDefault(modality, List.of())) {
            Corpus corpus = corpora.corpus(name);
            end += corpora.rows(corpus);
            if (row < end) {
                return corpus;
            }
        }
        throw new IllegalArgumentException("row " + row + " of " + end + " rows of " + modality);
    }

    /** Where the row numbers of a search are kept: named by what they were found from, so that every bond shares them. */
    Path file(BindStep.Retrieve search) {
        return output.resolve("work/tuples")
                .resolve(search.hop().from() + "-" + search.hop().to() + "-"
                        + search.hop().retriever() + "-" + Fingerprint.abbreviate(fingerprints.of(search)) + ".npy");
    }

    private RowIndex index(BindStep.Retrieve search) throws IOException {
        Path file = file(search);
        RowIndex known = opened.get(file);
        if (known == null) {
            if (!Files.exists(file)) {
                Files.createDirectories(file.getParent());
                Embeddings queries = items(search.hop().retriever(), search.fromCorpora());
                Embeddings gallery = items(search.hop().retriever(), search.toCorpora());
                try (Progress.Task bar = progress.start(search.description(), search.rows(), "items")) {
                    RowIndex.write(
                            file, nearest.nearest(queries, gallery, 1, bar).rows());
                }
            }
            known = RowIndex.open(file, search.searched());
            opened.put(file, known);
        }
        return known;
    }

    private Embeddings items(String space, List<String> names) throws IOException {
        List<Embeddings> parts = new ArrayList<>();
        for (String corpus : names) {
            parts.add(rows.rows(space, corpus));
        }
        return Embeddings.concatenation(parts);
    }

    /**
     * The rows of items in the order of the tuples they belong to.
     *
     * @param items all items of a modality
     * @param lookup which one belongs to which tuple
     * @param count how many tuples there are
     */
    private record Gathered(Embeddings items, Lookup lookup, int count) implements Embeddings {
        @Override
        public long rows() {
            return count;
        }

        @Override
        public int dimension() {
            return items.dimension();
        }

        @Override
        public void read(long firstRow, int rows, FloatBuffer target) {
            Objects.checkFromIndexSize(firstRow, rows, (long) count);
            for (int i = 0; i < rows; i++) {
                items.read(lookup.of((int) firstRow + i), 1, target);
            }
        }

        @Override
        public String origin() {
            return "items of " + items.origin();
        }

        @Override
        public String origin(long row) {
            return items.origin(lookup.of((int) row));
        }
    }
}
