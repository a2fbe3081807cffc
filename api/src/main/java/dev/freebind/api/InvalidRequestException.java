package dev.freebind.api;

/** The request or the configuration is wrong; nothing was done (exit code 2). */
public non-sealed class InvalidRequestException extends FreeBindException {

    private static final long serialVersionUID = 1L;

    /** States what was found, what is allowed and how to fix it. */
    public InvalidRequestException(String message) {
        super(message, null);
    }

    /** States the error and keeps what led to it. */
    public InvalidRequestException(String message, Throwable cause) {
        super(message, cause);
    }
}
