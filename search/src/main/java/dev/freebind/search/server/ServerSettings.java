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
 * @param limits what it takes on
 */
public record ServerSettings(
        InetSocketAddress address, Set<String> allowedHosts, List<Path> media, ServerLimits limits) {

    /** Checks and copies. */
    public ServerSettings {
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
