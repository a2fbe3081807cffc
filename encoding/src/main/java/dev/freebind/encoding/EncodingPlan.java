package dev.freebind.encoding;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.DataCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What encoding will do, before anything is done.
 *
 * @param entries one for each collection in each space, space by space
 * @param notes what the user should know
 */
public record EncodingPlan(List<Entry> entries, List<String> notes) {

    /** Copies. */
    public EncodingPlan {
        entries = List.copyOf(entries);
        notes = List.copyOf(notes);
    }

    /**
     * One collection in one space.
     *
     * @param space the space
     * @param collection the corpus, {@code task/modality} or {@code task/classes}
     * @param modality of its items
     * @param files the files as the configuration has them
     * @param place the file or folder
     * @param items how many items there are
     * @param toEncode how many of them have no rows yet
     * @param skipped how many have none because they are broken
     */
    public record Entry(
            String space,
            String collection,
            Modality modality,
            EmbeddingFiles files,
            Path place,
            long items,
            long toEncode,
            long skipped) {

        /** Rows there will be. */
        public long rows() {
            return items - skipped;
        }
    }

    /**
     * How large the embeddings will be, by files.
     *
     * @param dimensions of the spaces; entries of others are left out
     */
    public Map<EmbeddingFiles, DataCheck.Shape> shapes(Map<String, Integer> dimensions) {
        Map<EmbeddingFiles, DataCheck.Shape> shapes = new HashMap<>();
        for (Entry entry : entries) {
            Integer dimension = dimensions.get(entry.space());
            if (dimension != null) {
                shapes.put(entry.files(), new DataCheck.Shape(entry.rows(), dimension));
            }
        }
        return shapes;
    }

    /** How many items are to be encoded, each counted in every space. */
    public long toEncode() {
        return entries.stream().mapToLong(Entry::toEncode).sum();
    }

    /** The plan as a person reads it; empty if there is nothing to encode. */
    public String describe() {
        if (toEncode() == 0) {
            return "";
        }
        StringBuilder text = new StringBuilder("to encode\n");
        List<Entry> open = new ArrayList<>(entries);
        open.removeIf(entry -> entry.toEncode() == 0);
        int space = width(open.stream().map(Entry::space).toList());
        int collection = width(open.stream().map(Entry::collection).toList());
        List<String> counts = open.stream().map(EncodingPlan::count).toList();
        for (int i = 0; i < counts.size(); i++) {
            Entry entry = open.get(i);
            text.append(String.format(
                    Locale.ROOT,
                    "  %-" + space + "s  %-" + collection + "s  %" + width(counts) + "s items  %s%n",
                    entry.space(),
                    entry.collection(),
                    counts.get(i),
                    shown(entry.place())));
        }
        return text.toString();
    }

    private static String count(Entry entry) {
        return entry.toEncode() == entry.items()
                ? String.format(Locale.ROOT, "%,d", entry.items())
                : String.format(Locale.ROOT, "%,d of %,d", entry.toEncode(), entry.items());
    }

    /** A path as people find it: relative if it is below the working directory. */
    public static Path shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        return path.startsWith(here) && !path.equals(here) ? here.relativize(path) : path;
    }

    private static int width(List<String> values) {
        return values.stream().mapToInt(String::length).max().orElse(1);
    }
}
