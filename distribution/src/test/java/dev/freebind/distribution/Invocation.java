package dev.freebind.distribution;

import dev.freebind.distribution.console.Console;
import java.io.PrintWriter;
import java.io.StringWriter;

/** One run of the command line inside the test. */
public record Invocation(int exitCode, String out, String err) {

    /** Runs a command to its end. */
    public static Invocation of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Console console = new Console(new PrintWriter(out, true), new PrintWriter(err, true), 0);
        int exitCode = Wiring.factory().create(console).commandLine().run(arguments);
        return new Invocation(exitCode, out.toString(), err.toString());
    }
}
