package dev.freebind.search.metadata;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.FilePattern;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** Opens metadata from the file names that a person gives. */
public final class MetadataFiles {

    private MetadataFiles() {}

    /**
     * The files that the patterns name, in order; for a folder that clip-retrieval wrote, its {@code metadata/*.parquet}.
     *
     * @throws DataException if a pattern matches nothing
     */
    public static List<Path> files(List<String> patterns) {
        List<Path> files = new ArrayList<>();
        for (String pattern : patterns) {
            for (Path match : new FilePattern(pattern).files()) {
                if (Files.isDirectory(match)) {
                    Path folder = Files.isDirectory(match.resolve("metadata")) ? match.resolve("metadata") : match;
                    files.addAll(new FilePattern(folder + "/*.{parquet,jsonl,ndjson,csv,tsv}").files());
                } else {
                    files.add(match);
                }
            }
        }
        return files;
    }

    /**
     * Opens all rows of some files, one file after the other.
     *
     * @param files at least one
     * @return to be closed by the caller
     * @throws InvalidRequestException if a file's ending is not known
     * @throws DataException if a file is missing or damaged
     */
    public static Metadata open(List<Path> files) {
        List<Metadata> parts = new ArrayList<>();
        boolean good = false;
        try {
            for (Path file : files) {
                parts.add(format(file).open(file));
            }
            Metadata all = parts.size() == 1 ? parts.get(0) : new ConcatenatedMetadata(List.copyOf(parts));
            good = true;
            return all;
        } finally {
            if (!good) {
                parts.forEach(Metadata::close);
            }
        }
    }

    private static MetadataFormat format(Path file) {
        String name = file.getFileName().toString();
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        TreeSet<String> known = new TreeSet<>();
        for (MetadataFormat format : ServiceLoader.load(MetadataFormat.class, MetadataFiles.class.getClassLoader())) {
            if (format.extensions().contains(extension)) {
                return format;
            }
            known.addAll(format.extensions());
        }
        throw new InvalidRequestException("metadata " + file + ": the ending '." + extension
                + "' is not known; there are: ." + String.join(", .", known));
    }
}
