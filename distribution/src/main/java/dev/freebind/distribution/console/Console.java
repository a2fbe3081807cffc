package dev.freebind.distribution.console;

import java.io.PrintWriter;

/**
 * Where a command writes.
 *
 * @param out results
 * @param err messages and progress
 * @param columns width of the terminal that {@code err} goes to; 0 if it goes to a file or a pipe
 */
public record Console(PrintWriter out, PrintWriter err, int columns) {

    /** The launcher sets this to the width of the terminal if standard error is one. */
    public static final String COLUMNS_PROPERTY = "freebind.columns";

    /** Says whether a line on {@code err} can be drawn again. */
    public boolean isTerminal() {
        return columns > 0;
    }
}
