package dev.freebind.search.metadata;

import dev.freebind.api.DataException;
import java.nio.file.Path;
import java.util.List;

/** A kind of metadata file; found as a service, so that a heavy format can live in a module of its own. */
public interface MetadataFormat {

    /** The file name endings that mean this format, lower-case and without a dot. */
    List<String> extensions();

    /**
     * Opens a file.
     *
     * @return to be closed by the caller
     * @throws DataException if the file is missing or damaged
     */
    Metadata open(Path file);
}
