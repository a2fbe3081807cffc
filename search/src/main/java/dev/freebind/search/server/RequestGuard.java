package dev.freebind.search.server;

import com.sun.net.httpserver.Headers;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a foreign site makes a visitor's browser send.
 *
 * <p>A site can point a name of its own at this machine (DNS rebinding); then the Host header holds that name, so only {@code
 * localhost}, addresses, which cannot be rebound, and names that were allowed are accepted. A site can also send requests here
 * under our own name; browsers mark those with Origin and Sec-Fetch-Site.
 */
final class RequestGuard {

    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[[0-9a-f:.]+]");

    private final Set<String> allowedHosts;

    /** Also accepts these names. */
    RequestGuard(Set<String> allowedHosts) {
        this.allowedHosts = allowedHosts;
    }

    /**
     * Checks a request.
     *
     * @param navigation whether this is a page, which other sites may link to
     * @throws HttpProblem if it must not be answered
     */
    void check(Headers headers, boolean navigation) {
        String host = headers.getFirst("Host");
        if (host == null || headers.getOrDefault("Host", List.of()).size() > 1 || !isAllowed(host)) {
            throw new HttpProblem(
                    403,
                    "this server is not known as '" + host + "'; ask it by its address, or start it with --allow-host "
                            + name(String.valueOf(host)));
        }
        String origin = headers.getFirst("Origin");
        if (origin != null && !origin.equalsIgnoreCase("http://" + host)) {
            throw new HttpProblem(403, "requests from other sites are refused");
        }
        String site = headers.getFirst("Sec-Fetch-Site");
        if (!navigation && isForeign(site)) {
            throw new HttpProblem(403, "requests from other sites are refused");
        }
    }

    private static boolean isForeign(@Nullable String site) {
        return site != null && !site.equals("same-origin") && !site.equals("none");
    }

    private boolean isAllowed(String host) {
        String name = name(host);
        return name.equals("localhost") || ADDRESS.matcher(name).matches() || allowedHosts.contains(name);
    }

    /** Without the port. */
    private static String name(String host) {
        return host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]*$", "");
    }
}
