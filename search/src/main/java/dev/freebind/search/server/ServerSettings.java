package dev.freebind.search.server;

import dev.freebind.api.InvalidRequestException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a server behaves.
 *
 * @param address where it listens; port 0 takes a free one
 * @param allowedHosts names besides {@code localhost} that it may be asked by
 * @param media the folders whose files it may show, absolute
 * @param bodyBytes the largest body of a request
 * @param concurrentSearches how many run at once; others wait a little
 */
public record ServerSettings(
        InetSocketAddress address, Set<String> allowedHosts, List<Path> media, int bodyBytes, int concurrentSearches) {

    /** Room for a sound of half a minute as an uncompressed WAV file in base64. */
    public static final int BODY_BYTES = 32 << 20;

    /** Checks and copies. */
    public ServerSettings {
        if (bodyBytes < 1 || concurrentSearches < 1) {
            throw new InvalidRequestException("limits of a server must be above 0");
        }
        if (address.isUnresolved()) {
            throw new InvalidRequestException("'" + address.getHostString() + "' is not an address of this machine");
        }
        allowedHosts =
                allowedHosts.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
        media = List.copyOf(media);
    }

    /** Whether only programs on this machine reach it. */
    public boolean isLoopback() {
        return address.getAddress().isLoopbackAddress();
    }
}
