package dev.freebind.parquet;

import dev.freebind.search.metadata.Metadata;
import dev.freebind.search.metadata.MetadataFormat;
import java.nio.file.Path;
import java.util.List;

/** {@code .parquet} files. */
public final class ParquetMetadataFormat implements MetadataFormat {

    /** For the service loader. */
    public ParquetMetadataFormat() {}

    @Override
    public List<String> extensions() {
        return List.of("parquet");
    }

    @Override
    public Metadata open(Path file) {
        return ParquetMetadata.open(file);
    }
}
