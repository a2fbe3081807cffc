package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.FilePattern;
import dev.freebind.formats.NaturalOrder;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens the embeddings of one corpus in one space from the file names of a configuration.
 *
 * <p>A name is an {@code .npy} file, a glob (see {@link FilePattern}), or a folder that clip-retrieval wrote: its
 * {@code img_emb} or {@code text_emb} with {@code img_emb_0.npy, img_emb_1.npy, …}, or the folder above if only one of them is
 * there.
 */
public final class EmbeddingFiles {

    private static final Pattern SHARD = Pattern.compile("(.*_emb)_\\d+\\.npy");
    private static final String FOLDER_SUFFIX = "_emb";

    private EmbeddingFiles() {}

    /**
     * Opens all files that the patterns name, one after the other; those of one pattern in natural order. Reads headers only, so
     * this is also the way to learn the number of rows and the dimension.
     *
     * @param patterns at least one
     * @return to be closed by the caller
     * @throws DataException if a pattern matches nothing, a file is damaged, or two files differ in dimension, naming both
     * @throws InvalidRequestException if a pattern is malformed, a folder leaves open which embeddings are meant, or a file is
     *     named twice
     */
    public static EmbeddingShards open(List<String> patterns) {
        List<NpyFile> opened = new ArrayList<>();
        boolean good = false;
        try {
            for (Path file : files(patterns)) {
                opened.add(NpyFile.open(file));
            }
            EmbeddingShards shards = new EmbeddingShards(opened);
            good = true;
            return shards;
        } finally {
            if (!good) {
                opened.forEach(NpyFile::close);
            }
        }
    }

    /**
     * The files that the patterns name, in reading order; none is opened.
     *
     * @throws DataException if a pattern matches nothing or a folder cannot be listed
     * @throws InvalidRequestException as {@link #open}
     */
    public static List<Path> files(List<String> patterns) {
        if (patterns.isEmpty()) {
            throw new InvalidRequestException("no embedding file is named");
        }
        Set<Path> files = new LinkedHashSet<>();
        for (String pattern : patterns) {
            for (Path match : new FilePattern(pattern).files()) {
                List<Path> parts = Files.isDirectory(match) ? clipRetrievalShards(match) : List.of(match);
                for (Path file : parts) {
                    if (!files.add(file.toAbsolutePath().normalize())) {
                        throw new InvalidRequestException(
                                "embedding file " + file + " is named twice, the second time by " + pattern);
                    }
                }
            }
        }
        return List.copyOf(files);
    }

    private static List<Path> clipRetrievalShards(Path folder) {
        SortedMap<String, List<Path>> direct = shardsByPrefix(folder);
        if (direct.isEmpty()) {
            for (Path child : children(folder)) {
                if (child.getFileName().toString().endsWith(FOLDER_SUFFIX) && Files.isDirectory(child)) {
                    shardsByPrefix(child)
                            .forEach((prefix, shards) -> direct.put(
                                    child.getFileName() + (child.endsWith(prefix) ? "" : "/" + prefix), shards));
                }
            }
        }
        if (direct.isEmpty()) {
            throw new DataException(folder + " is a folder without embeddings: it has neither img_emb/img_emb_0.npy nor"
                    + " text_emb/text_emb_0.npy (clip-retrieval's layout); name its files, for example " + folder
                    + "/*.npy");
        }
        if (direct.size() > 1) {
            throw new InvalidRequestException("the folder " + folder + " holds several kinds of embeddings, "
                    + String.join(" and ", direct.keySet()) + "; name one of them, for example " + folder + "/"
                    + direct.firstKey());
        }
        return direct.values().iterator().next();
    }

    private static SortedMap<String, List<Path>> shardsByPrefix(Path folder) {
        SortedMap<String, List<Path>> shards = new TreeMap<>();
        for (Path child : children(folder)) {
            Matcher matcher = SHARD.matcher(child.getFileName().toString());
            if (matcher.matches()) {
                shards.computeIfAbsent(matcher.group(1), prefix -> new ArrayList<>())
                        .add(child);
            }
        }
        return shards;
    }

    private static List<Path> children(Path folder) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(children::add);
        } catch (DirectoryIteratorException e) {
            throw new DataException("cannot list the folder " + folder + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(folder, e);
        }
        children.sort(Comparator.comparing(Path::toString, NaturalOrder.INSTANCE));
        return children;
    }
}
