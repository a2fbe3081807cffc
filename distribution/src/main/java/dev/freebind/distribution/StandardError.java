package dev.freebind.distribution;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps remarks of TensorFlow's native library, which no setting of its own silences, out of what people see.
 *
 * <p>Closing Java's stream of descriptor 2 points the descriptor at {@code /dev/null}; before that the terminal, pipe or file
 * is opened once more for this program. A file that standard output goes to as well is left alone, because two independent
 * positions in it would overwrite each other.
 */
final class StandardError {

    private static final Path DEVICE = Path.of("/dev/stderr");

    private static final Path OUTPUT = Path.of("/dev/stdout");

    private StandardError() {}

    /**
     * A stream to where standard error goes, which native code no longer reaches; the given stream where that is not possible.
     *
     * @param stream Java's standard error
     * @param encoding its encoding
     */
    @SuppressForbidden(reason = "only this stream reaches descriptor 2")
    static PrintStream withoutNativeRemarks(PrintStream stream, Charset encoding) {
        try {
            if (!Files.exists(DEVICE) || (Files.isRegularFile(DEVICE) && Files.isSameFile(DEVICE, OUTPUT))) {
                return stream;
            }
            PrintStream own = new PrintStream(Files.newOutputStream(DEVICE, StandardOpenOption.APPEND), true, encoding);
            new FileOutputStream(FileDescriptor.err).close();
            return own;
        } catch (IOException | UnsupportedOperationException e) {
            return stream; // a socket, or a terminal of another user
        }
    }
}
