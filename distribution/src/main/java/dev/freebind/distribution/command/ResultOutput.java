package dev.freebind.distribution.command;

import dev.freebind.distribution.console.Console;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.TextTable;

/** Results on standard output. */
final class ResultOutput {

    /** Width of the table where there is no terminal to ask. */
    private static final int WIDTH = 120;

    private ResultOutput() {}

    /** Prints the table. */
    static void print(Console console, Results results) {
        console.out().print(TextTable.render(results, console.isTerminal() ? console.columns() : WIDTH));
        console.out().flush();
    }
}
