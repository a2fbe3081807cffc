package dev.freebind.spi.encoders;

import dev.freebind.api.FreeBindException;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.ServiceConfigurationError;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Words for what broken plugins throw. */
final class PluginFailure {

    /** What a service loader begins its messages with. */
    private static final String SERVICE = EncoderProvider.class.getName() + ": ";

    /** A cause of a cause of a cause says little about the plugin. */
    private static final int DEPTH = 3;

    private PluginFailure() {}

    /** What went wrong, with what led to it. */
    static String reason(Throwable failure) {
        Set<String> reasons = new LinkedHashSet<>();
        for (Throwable error = failure; error != null && reasons.size() < DEPTH; error = error.getCause()) {
            reasons.add(words(error));
        }
        return String.join(": ", reasons);
    }

    private static String words(Throwable error) {
        @Nullable String message = error.getMessage();
        if (message == null || message.isBlank()) {
            return error.getClass().getSimpleName();
        }
        if (error instanceof NoClassDefFoundError || error instanceof ClassNotFoundException) {
            return "class " + message.replace('/', '.') + " is missing; put its jar into one folder with the plugin's";
        }
        if (error instanceof IncompatibleClassChangeError) {
            return message + " (compiled against other versions of its libraries or of FreeBind's API)";
        }
        if (error instanceof ServiceConfigurationError) {
            return message.startsWith(SERVICE) ? message.substring(SERVICE.length()) : message;
        }
        return error instanceof FreeBindException
                        || error instanceof IllegalArgumentException
                        || error instanceof IOException
                        || error instanceof LinkageError
                ? message
                : error.getClass().getSimpleName() + ": " + message;
    }
}
