package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The distribution that the build has put together, run as a user runs it: one process for each command.
 *
 * @param home the folder that holds {@code bin} and {@code lib}
 * @param environment variables beside those of this process
 */
record Installation(Path home, Map<String, String> environment) {

    private static final Path ROOT = Path.of(System.getProperty("freebind.root"));

    /** A command that hangs is stopped after this many seconds, and the test fails. */
    private static final long LIMIT_SECONDS = 600;

    /** What the `package` phase left. */
    static Installation built() {
        Path parent = ROOT.resolve("distribution/target/freebind");
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(parent, "freebind-*")) {
            List<Path> found = new ArrayList<>();
            homes.forEach(found::add);
            assertThat(found).as("distributions in " + parent).hasSize(1);
            return new Installation(found.get(0), Map.of("FREEBIND_OPTS", "-Xmx1g"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same with one more variable. */
    Installation with(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new Installation(home, more);
    }

    Path launcher() {
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        return home.resolve(windows ? "bin/freebind.bat" : "bin/freebind");
    }

    /**
     * What a command did.
     *
     * @param exitCode 137 if it was killed
     */
    record Run(int exitCode, String out, String err) {
        Run succeeded() {
            assertThat(exitCode).as(err + out).isZero();
            return this;
        }

        Run failedWith(int code) {
            assertThat(exitCode).as(err + out).isEqualTo(code);
            assertThat(err).startsWith("freebind: ").doesNotContain("Exception").doesNotContain("\tat ");
            assertThat(out).isEmpty();
            return this;
        }
    }

    /** Runs a command to its end. */
    Run run(Path folder, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(launcher().toString()));
        command.addAll(arguments);
        return end(start(folder, command));
    }

    Run run(Path folder, String... arguments) {
        return run(folder, List.of(arguments));
    }

    /** Runs another program, such as a shell around the launcher. */
    Run runProgram(Path folder, List<String> command) {
        return end(start(folder, command));
    }

    /**
     * Kills a command that is still running after some time.
     *
     * @return true if it had to be killed
     */
    boolean killedAfter(long milliseconds, Path folder, String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(launcher().toString()));
        command.addAll(List.of(arguments));
        Process process = start(folder, command);
        CompletableFuture<String> out = text(process.getInputStream());
        CompletableFuture<String> err = text(process.getErrorStream());
        boolean ended = process.waitFor(milliseconds, TimeUnit.MILLISECONDS);
        process.destroyForcibly().waitFor();
        if (ended) {
            assertThat(process.exitValue()).as(err.join() + out.join()).isZero();
        }
        return !ended;
    }

    /** Starts a command that runs until it is stopped, by the caller. */
    Process started(Path folder, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(launcher().toString()));
        command.addAll(arguments);
        return start(folder, command);
    }

    private Process start(Path folder, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("FREEBIND_") || name.startsWith("TF_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Run end(Process process) {
        CompletableFuture<String> out = text(process.getInputStream());
        CompletableFuture<String> err = text(process.getErrorStream());
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("did not end in " + LIMIT_SECONDS + " s: " + err.join());
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new IllegalStateException(e);
        }
        return new Run(process.exitValue(), out.join(), err.join());
    }

    private static CompletableFuture<String> text(InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
