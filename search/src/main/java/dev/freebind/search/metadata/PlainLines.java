package dev.freebind.search.metadata;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A text file with one label in a line. */
public final class PlainLines implements MetadataFormat {

    /** For the service loader. */
    public PlainLines() {}

    @Override
    public List<String> extensions() {
        return List.of("txt");
    }

    @Override
    public Metadata open(Path file) {
        return new RecordMetadata(
                RecordFile.open(file, false), 0, (line, where) -> new MetadataRow(Map.of("label", line)));
    }
}
