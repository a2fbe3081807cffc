package dev.freebind.search.index;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The deepest folder that holds all of some files. */
final class CommonFolder {

    private @Nullable Path folder;
    private boolean none;

    /**
     * Takes a file into account.
     *
     * @param base where a relative path starts
     * @param path as metadata name it; what is not a path, such as an address, is left out
     */
    void add(Path base, String path) {
        if (none || path.contains("://")) {
            return;
        }
        Path parent;
        try {
            parent = base.resolve(path).normalize().getParent();
        } catch (InvalidPathException e) {
            return;
        }
        Path common = folder == null ? parent : folder;
        while (common != null && parent != null && !parent.startsWith(common)) {
            common = common.getParent();
        }
        folder = common;
        none = common == null || parent == null;
    }

    /** Null if there is none, or only the whole file system. */
    @Nullable
    Path folder() {
        return none || folder == null || folder.getNameCount() == 0 ? null : folder;
    }
}
