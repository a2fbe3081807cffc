package dev.freebind.distribution.command;

import dev.freebind.distribution.workflow.InstalledVersion;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code freebind}: the options that every command has. */
@Singleton
@Command(
        name = "freebind",
        versionProvider = InstalledVersion.class,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Binds pre-trained embedding spaces into one better space, without retraining the encoders.",
            "",
            "Try `freebind demo` first.",
            ""
        },
        commandListHeading = "Commands:%n",
        optionListHeading = "Options:%n",
        footer = {
            "",
            "Results go to standard output, progress and messages to standard error.",
            "Exit codes: 0 done; 1 failed while running; 2 the request or the configuration is wrong.",
            "Environment: JAVA_HOME; FREEBIND_OPTS, options for Java such as -Xmx4g; FREEBIND_PLUGINS, a folder of encoder"
                    + " plugins."
        },
        subcommands = {
            DemoCommand.class,
            MethodChecksCommand.class,
            EncodeCommand.class,
            BindCommand.class,
            EvaluateCommand.class,
            CompareCommand.class,
            SweepCommand.class,
            TuneFactorsCommand.class,
            LeaksCommand.class,
            EmbedCommand.class,
            IndexCommand.class,
            SearchCommand.class,
            ServeCommand.class,
            ImportCommand.class,
            ExportCommand.class,
            EncodersCommand.class,
            DoctorCommand.class,
            CompletionCommand.class
        })
public final class FreeBindCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and do nothing else.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version and do nothing else.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean version;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Show no progress.")
    private boolean quiet;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show where an error comes from.")
    private boolean verbose;

    @Inject
    @SuppressWarnings("NullAway.Init") // picocli sets the spec before it calls anything
    FreeBindCommand() {}

    /** Whether progress is to be shown. */
    public boolean isQuiet() {
        return quiet;
    }

    /** Whether errors show their stack trace. */
    public boolean isVerbose() {
        return verbose;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }
}
