package dev.freebind.distribution;

import dev.freebind.distribution.console.Console;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;

/** The entry point of the command line. */
public final class FreeBind {

    private FreeBind() {}

    /** Runs one command and ends the process with its exit code. */
    @SuppressForbidden(reason = "this is where standard output and error enter the program, and where it ends")
    public static void main(String[] arguments) {
        Charset errors = encoding("stderr.encoding");
        if (!List.of(arguments).contains("--verbose")) {
            System.setErr(StandardError.withoutNativeRemarks(System.err, errors));
        }
        Console console = new Console(
                new PrintWriter(System.out, true, encoding("stdout.encoding")),
                new PrintWriter(System.err, true, errors),
                Integer.getInteger(Console.COLUMNS_PROPERTY, 0));
        int exitCode = Wiring.factory().create(console).commandLine().run(arguments);
        console.out().flush();
        console.err().flush();
        System.exit(exitCode);
    }

    private static Charset encoding(String property) {
        return Charset.forName(
                System.getProperty(property, Charset.defaultCharset().name()));
    }
}
