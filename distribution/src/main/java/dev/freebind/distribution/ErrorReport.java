package dev.freebind.distribution;

import dev.freebind.api.FreeBindException;
import dev.freebind.api.InvalidRequestException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * An error as the user of the command line sees it.
 *
 * @param error what was thrown
 */
record ErrorReport(Throwable error) {

    /** The exit code of the process. */
    int exitCode() {
        return cause() instanceof InvalidRequestException ? ExitCode.WRONG_REQUEST : ExitCode.FAILED;
    }

    /** Prints the message; the stack trace only if asked for. */
    void print(PrintWriter err, boolean verbose) {
        err.println("freebind: " + message() + (verbose || cause() instanceof FreeBindException ? "" : advice()));
        if (verbose) {
            error.printStackTrace(err);
        }
        err.flush();
    }

    /** What happened, without names of classes. */
    String message() {
        Throwable cause = cause();
        if (cause instanceof OutOfMemoryError) {
            return "the Java heap is too small; give it more, for example FREEBIND_OPTS=-Xmx4g";
        }
        if (cause instanceof FileSystemException file) {
            String reason = file instanceof NoSuchFileException
                    ? "no such file or folder"
                    : file instanceof AccessDeniedException ? "permission denied" : file.getReason();
            return file.getFile() + ": " + (reason == null ? "cannot be read or written" : reason);
        }
        String message = cause.getMessage();
        return message == null || message.isBlank() ? "something unexpected went wrong" : message;
    }

    private String advice() {
        return "\n(not an error this program foresees; --verbose shows where it comes from)";
    }

    /** What was thrown first where it was only wrapped to get through. */
    private Throwable cause() {
        Throwable cause = error;
        while (cause.getCause() != null
                && (cause instanceof UncheckedIOException
                        || cause instanceof ExecutionException
                        || cause instanceof CompletionException
                        || cause instanceof picocli.CommandLine.ExecutionException)) {
            cause = cause.getCause();
        }
        return cause;
    }
}
