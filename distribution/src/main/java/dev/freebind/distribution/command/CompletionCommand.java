package dev.freebind.distribution.command;

import dev.freebind.distribution.console.Console;
import jakarta.inject.Inject;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code freebind completion}: a script that completes commands and options in bash and zsh. */
@Command(
        name = "completion",
        description = {"Prints a completion script for bash and zsh.", "Use it with: source <(freebind completion)"})
public final class CompletionCommand implements Callable<Integer> {

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Inject
    @SuppressWarnings("NullAway.Init") // picocli sets the spec before it calls anything
    CompletionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.out().print(AutoComplete.bash("freebind", spec.root().commandLine()));
        console.out().flush();
        return 0;
    }
}
