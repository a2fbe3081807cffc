package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.distribution.console.Console;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code docs/cli.md} is generated from the commands themselves. */
class CommandReferenceTest {

    private static final String REGENERATE = "./mvnw -pl distribution -am test -Dtest=CommandReferenceTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dfreebind.regenerate=true";

    @Test
    void theReferenceSaysWhatTheProgramSays() throws Exception {
        Path file = Path.of(System.getProperty("freebind.root"), "docs", "cli.md");
        String generated = reference();
        if (Boolean.getBoolean("freebind.regenerate")) {
            Files.writeString(file, generated);
        }

        assertThat(Files.exists(file) ? Files.readString(file) : "")
                .as("docs/cli.md has drifted from the commands; run: " + REGENERATE)
                .isEqualTo(generated);
    }

    private static String reference() {
        Console console = new Console(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), 0);
        CommandLine root = Wiring.factory().create(console).commandLine().model();
        StringBuilder text =
                new StringBuilder("# Command line reference\n\nGenerated from the program; do not edit.\n");
        append(text, root);
        root.getSubcommands().values().forEach(command -> append(text, command));
        return text.toString();
    }

    private static void append(StringBuilder text, CommandLine command) {
        text.append("\n## ").append(command.getCommandSpec().qualifiedName()).append("\n\n```\n");
        text.append(command.getUsageMessage(CommandLine.Help.Ansi.OFF).replace("\r\n", "\n"));
        text.append("```\n");
    }
}
