package dev.freebind.api;

import org.jspecify.annotations.Nullable;

/**
 * An error whose message is written for the person who runs the software: what was found, where, what is allowed, how to
 * fix it.
 *
 * <p>The two kinds differ in whose turn it is: {@link InvalidRequestException} (the request or configuration is wrong, exit
 * code 2) and {@link DataException} (something needed is damaged, missing or failed while running, exit code 1).
 */
public abstract sealed class FreeBindException extends RuntimeException permits InvalidRequestException, DataException {

    private static final long serialVersionUID = 1L;

    FreeBindException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
