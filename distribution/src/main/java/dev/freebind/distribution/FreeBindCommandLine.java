package dev.freebind.distribution;

import dev.freebind.distribution.command.FreeBindCommand;
import dev.freebind.distribution.console.Console;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses arguments, runs the command they name, and turns every error into a message and an exit code. */
public final class FreeBindCommandLine {

    private final FreeBindCommand root;
    private final Console console;
    private final CommandResources resources;
    private final CommandLine commandLine;

    @Inject
    FreeBindCommandLine(
            FreeBindCommand root,
            Map<Class<?>, Provider<Callable<Integer>>> commands,
            Console console,
            CommandResources resources) {
        this.root = root;
        this.console = console;
        this.resources = resources;
        commandLine = new CommandLine(root, new CommandFactory(commands))
                .setOut(console.out())
                .setErr(console.err())
                .setUsageHelpAutoWidth(false)
                .setUsageHelpWidth(100)
                .setAbbreviatedSubcommandsAllowed(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOverwrittenOptionsAllowed(false)
                .setParameterExceptionHandler((error, arguments) -> explain(error))
                .setExecutionExceptionHandler((error, line, parsed) -> report(error))
                .setExecutionStrategy(this::runLast);
    }

    /** Runs one command and returns the exit code; never throws. */
    public int run(String... arguments) {
        try (resources) {
            return commandLine.execute(arguments);
        }
    }

    /** The commands and their options, for help, completion and the reference. */
    public CommandLine model() {
        return commandLine;
    }

    /** Errors, such as a heap that is full or a native library that does not load, deserve a message as well. */
    private int runLast(ParseResult parsed) {
        try {
            return new RunLast().execute(parsed);
        } catch (OutOfMemoryError | LinkageError error) {
            return report(error);
        }
    }

    private int report(Throwable error) {
        ErrorReport report = new ErrorReport(error);
        report.print(console.err(), root.isVerbose());
        return report.exitCode();
    }

    private int explain(ParameterException error) {
        PrintWriter err = console.err();
        CommandLine command = error.getCommandLine();
        err.println("freebind: " + message(error));
        UnmatchedArgumentException.printSuggestions(error, err);
        err.println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
        err.flush();
        return ExitCode.WRONG_REQUEST;
    }

    /** Without what picocli says twice. */
    private static String message(ParameterException error) {
        return String.valueOf(error.getMessage()).replaceFirst("^Error: ", "").replace("option option", "option");
    }

    /** Makes commands by Dagger and everything else, such as mixins and converters, by their constructor. */
    private record CommandFactory(Map<Class<?>, Provider<Callable<Integer>>> commands) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            Provider<Callable<Integer>> command = commands.get(type);
            return command == null ? CommandLine.defaultFactory().create(type) : type.cast(command.get());
        }
    }
}
