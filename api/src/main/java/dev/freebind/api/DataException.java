package dev.freebind.api;

/** A file, a row or a resource is damaged, missing or could not be written (exit code 1). */
public non-sealed class DataException extends FreeBindException {

    private static final long serialVersionUID = 1L;

    /** States what is wrong and where (file, row). */
    public DataException(String message) {
        super(message, null);
    }

    /** States the error and keeps what led to it. */
    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
