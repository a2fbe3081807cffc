package dev.freebind.distribution.console;

import java.util.Locale;

/**
 * How far a piece of work is, and how that reads.
 *
 * @param label what is being done
 * @param unit what is counted, in the plural
 * @param done units done
 * @param total units in all, or -1 if that is not known
 * @param seconds since the beginning
 * @param remark shown at the end; may be empty
 */
record ProgressSnapshot(String label, String unit, long done, long total, double seconds, String remark) {

    private static final int BAR = 20;
    private static final String EIGHTHS = " ▏▎▍▌▋▊▉";

    /** One line: a bar, how much, how fast, how long still. Shortened to the given width. */
    String bar(int columns) {
        StringBuilder line = new StringBuilder(label).append(' ');
        if (total > 0) {
            line.append(bar()).append(String.format(Locale.ROOT, " %3d %%  ", (long) Math.floor(100 * fraction())));
        }
        line.append(facts());
        return line.codePointCount(0, line.length()) < columns
                ? line.toString()
                : line.substring(0, Math.max(0, columns - 2)) + "…";
    }

    /** The same without a bar, for a log. */
    String line() {
        return label + ": "
                + (total > 0 ? String.format(Locale.ROOT, "%d %%, ", (long) Math.floor(100 * fraction())) : "")
                + facts();
    }

    /** What is said when the work has ended: whether it was completed is seen from the count. */
    String summary() {
        boolean complete = total < 0 || done >= total;
        return label + ": " + count(done) + (complete ? "" : " of " + count(total)) + " " + unit + " in "
                + duration(seconds) + remarkInBrackets();
    }

    private String facts() {
        StringBuilder facts = new StringBuilder(count(done));
        if (total > 0) {
            facts.append('/').append(count(total));
        }
        facts.append(' ').append(unit);
        if (done > 0 && seconds > 0) {
            facts.append(", ").append(rate(done / seconds)).append("/s");
            if (total > done) {
                facts.append(", ")
                        .append(duration(seconds * (total - done) / done))
                        .append(" left");
            }
        }
        return facts + remarkInBrackets();
    }

    private String remarkInBrackets() {
        return remark.isEmpty() ? "" : " (" + remark + ")";
    }

    private double fraction() {
        return Math.min(1, (double) done / total);
    }

    private String bar() {
        int eighths = (int) Math.round(fraction() * BAR * 8);
        StringBuilder bar = new StringBuilder("▕").append("█".repeat(eighths / 8));
        if (eighths / 8 < BAR) {
            bar.append(EIGHTHS.charAt(eighths % 8)).append(" ".repeat(BAR - eighths / 8 - 1));
        }
        return bar.append('▏').toString();
    }

    /** Three significant digits and a suffix above a million. */
    private static String count(long number) {
        if (number < 1_000_000) {
            return String.format(Locale.ROOT, "%,d", number);
        }
        return number < 1_000_000_000L
                ? String.format(Locale.ROOT, "%.2fM", number / 1e6)
                : String.format(Locale.ROOT, "%.2fG", number / 1e9);
    }

    private static String rate(double rate) {
        return rate < 10 ? String.format(Locale.ROOT, "%.1f", rate) : count(Math.round(rate));
    }

    /** {@code 3.2 s}, {@code 4 min 10 s}, {@code 2 h 5 min}. */
    static String duration(double seconds) {
        if (seconds < 10) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }
}
