package dev.freebind.search.server;

import dev.freebind.api.InvalidRequestException;
import java.time.Duration;

/**
 * How much a server takes on at once, and for how long.
 *
 * <p>How long a request may take to arrive is a matter of the JDK's server, set once for all servers of a process: a minute,
 * or as many seconds as the system property {@code sun.net.httpserver.maxReqTime} says when the first one starts.
 *
 * @param bodyBytes the largest body of a request
 * @param concurrentSearches how many run at once
 * @param searchWait how long others wait for their turn before they are refused
 * @param stopWait how long a server that stops lets the requests under way go on
 */
public record ServerLimits(int bodyBytes, int concurrentSearches, Duration searchWait, Duration stopWait) {

    /** Bodies with room for a sound of half a minute as an uncompressed WAV file in base64; two searches, as each uses all cores. */
    public static final ServerLimits DEFAULT =
            new ServerLimits(32 << 20, 2, Duration.ofSeconds(20), Duration.ofSeconds(5));

    /** Checks. */
    public ServerLimits {
        if (bodyBytes < 1 || concurrentSearches < 1 || searchWait.isNegative() || stopWait.isNegative()) {
            throw new InvalidRequestException("limits of a server must be above 0");
        }
    }
}
