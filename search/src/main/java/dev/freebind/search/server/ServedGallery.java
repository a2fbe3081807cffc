package dev.freebind.search.server;

import dev.freebind.search.Gallery;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A gallery as it is served.
 *
 * @param gallery the items
 * @param base where relative paths of its metadata start, absolute; null for the media folders only
 */
public record ServedGallery(Gallery gallery, @Nullable Path base) {}
