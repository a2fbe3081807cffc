package dev.freebind.search;

import java.util.List;
import java.util.Locale;

/** Hits as a table for a terminal; every line ends with LF. */
public final class HitTable {

    private static final int SHORTEST_LABEL = 20;

    private HitTable() {}

    /**
     * Draws the hits of one gallery.
     *
     * @param hits best first
     * @param width columns of the terminal
     */
    public static String render(Gallery gallery, List<Hit> hits, int width) {
        int rowWidth = Math.max(
                "row".length(), Long.toString(gallery.embeddings().rows() - 1).length());
        int rankWidth = Math.max("rank".length(), Integer.toString(hits.size()).length());
        String line = "%" + rankWidth + "s  %7s  %" + rowWidth + "s  %s";
        int room = Math.max(SHORTEST_LABEL, width - rankWidth - rowWidth - 7 - 3 * 2);
        StringBuilder table = new StringBuilder();
        table.append(gallery.name() + ": " + gallery.modality() + ", "
                + gallery.embeddings().rows() + " rows\n");
        append(table, String.format(Locale.ROOT, line, "rank", "score", "row", ""));
        for (int i = 0; i < hits.size(); i++) {
            Hit hit = hits.get(i);
            append(
                    table,
                    String.format(
                            Locale.ROOT,
                            line,
                            i + 1,
                            String.format(Locale.ROOT, "%.4f", hit.score()),
                            hit.row(),
                            shown(hit.metadata().label().orElse(""), room)));
        }
        return table.toString();
    }

    private static void append(StringBuilder table, String line) {
        table.append(line.stripTrailing()).append('\n');
    }

    /** On one line, without what would steer the terminal. */
    private static String shown(String label, int room) {
        String plain = label.replaceAll("\\s+", " ")
                .replaceAll("[\\p{Cc}\\p{Cf}]", "\uFFFD")
                .strip();
        return plain.length() <= room ? plain : plain.substring(0, room - 1) + "…";
    }
}
