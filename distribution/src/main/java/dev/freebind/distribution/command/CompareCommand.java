package dev.freebind.distribution.command;

import dev.freebind.distribution.console.Console;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.result.Comparison;
import dev.freebind.evaluation.result.Selection;
import jakarta.inject.Inject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind compare}: a paired test between two result files or spaces. */
@Command(
        name = "compare",
        description = {
            "Compares two result files, or two spaces, with a paired test over queries.",
            "Each side is FILE, FILE#SPACE or FILE#SPACE@PRESET; FILE is what `evaluate --json` wrote."
        })
public final class CompareCommand implements Callable<Integer> {

    private static final int RESAMPLES = 10_000;

    private final Console console;

    @Parameters(index = "0", paramLabel = "A", description = "One side.")
    private String first = "";

    @Parameters(index = "1", paramLabel = "B", description = "The other side.")
    private String second = "";

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Decides the resampling (default: 0).")
    private long seed;

    @Inject
    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Comparison comparison =
                Comparison.of(Selection.parse(first), Selection.parse(second), new Bootstrap(RESAMPLES, seed));
        console.out().print(comparison.render());
        console.out().flush();
        return 0;
    }
}
