package dev.freebind.search.server;

import java.util.Map;

/** A request that is not answered as asked: a status and a message for the one who asked. */
final class HttpProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> headers;

    HttpProblem(int status, String message) {
        this(status, message, Map.of());
    }

    HttpProblem(int status, String message, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.headers = headers;
    }

    /** The HTTP status. */
    int status() {
        return status;
    }

    /** Headers that explain it. */
    Map<String, String> headers() {
        return headers;
    }
}
