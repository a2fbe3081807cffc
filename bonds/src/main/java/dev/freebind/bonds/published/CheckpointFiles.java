package dev.freebind.bonds.published;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the files of a layout: below a folder, in a folder that is part of it, or a single file. */
final class CheckpointFiles {

    private static final List<String> ENDINGS = List.of(".pt", ".pth", ".bin", ".safetensors");

    /** FreeBind's tuned audio, as its code calls the file. */
    static final String TUNED_AUDIO = "InternVL_IB_audio_with_head";

    /** What else a file may be called: FreeBind's README has another name for it than its code. */
    private static final Map<String, String> OTHER_NAMES = Map.of(TUNED_AUDIO, "DrvtFT_audio_with_head");

    /** Folders below the given one in which other checkpoints are looked for, to be named as left alone. */
    private static final int DEPTH = 4;

    private final Path source;
    private final Map<String, Path> files = new LinkedHashMap<>();

    /**
     * Finds every file.
     *
     * @throws InvalidRequestException if the source does not exist, or is one file where the layout has several
     * @throws DataException if files are missing, naming all
     */
    CheckpointFiles(Path source, PublishedLayout layout) {
        this.source = source;
        List<String> names = layout.files();
        if (Files.isRegularFile(source)) {
            if (names.size() > 1) {
                throw new InvalidRequestException(source + " is one file, but these projectors lie in " + names.size()
                        + " (" + shortened(names) + "); name their folder");
            }
            names.forEach(name -> files.put(name, source));
            return;
        }
        if (!Files.isDirectory(source)) {
            throw new InvalidRequestException(source + ": there is no such file or folder");
        }
        // the source may be the one folder, or the one below it, in which everything lies
        int common = commonFolders(names);
        for (int inside = 0; inside <= common && files.size() < names.size(); inside++) {
            files.clear();
            for (String name : names) {
                Path found = find(name, inside);
                if (found != null) {
                    files.put(name, found);
                }
            }
        }
        if (files.size() < names.size()) {
            List<String> missing =
                    names.stream().filter(name -> find(name, 0) == null).toList();
            throw new DataException(
                    source + ": has no " + shortened(missing) + " (with an ending " + String.join(", ", ENDINGS) + ")");
        }
    }

    /** How many folders at their beginning all names have in common. */
    private static int commonFolders(List<String> names) {
        List<String> first = List.of(names.get(0).split("/", -1));
        int common = 0;
        while (common < first.size() - 1) {
            String folder = String.join("/", first.subList(0, common + 1)) + "/";
            if (!names.stream().allMatch(name -> name.startsWith(folder))) {
                break;
            }
            common++;
        }
        return common;
    }

    /** The file of a name without its first folders; {@code <mode>/best} may be {@code <mode>}. */
    private @Nullable Path find(String name, int inside) {
        List<String> parts = List.of(name.split("/", -1));
        String rest = String.join("/", parts.subList(inside, parts.size()));
        for (String candidate : List.of(rest, rest.replaceFirst("/best$", ""), OTHER_NAMES.getOrDefault(rest, rest))) {
            for (String ending : ENDINGS) {
                Path file = source.resolve(candidate + ending);
                if (Files.isRegularFile(file)) {
                    return file;
                }
            }
        }
        return null;
    }

    /** The file of a name. */
    Path file(String name) {
        Path file = files.get(name);
        if (file == null) {
            throw new IllegalArgumentException(name + " is not of this layout");
        }
        return file;
    }

    /** All files. */
    List<Path> all() {
        return List.copyOf(files.values());
    }

    /** Checkpoints beside those of the layout, sorted. */
    List<Path> leftAlone() {
        if (Files.isRegularFile(source)) {
            return List.of();
        }
        try (Stream<Path> below = Files.walk(source, DEPTH)) {
            return below.filter(Files::isRegularFile)
                    .filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
                    .filter(file -> !files.containsValue(file))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw FileErrors.cannotRead(source, e);
        }
    }

    private static String shortened(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(10, names.size())))
                + (names.size() > 10 ? " and " + (names.size() - 10) + " more" : "");
    }
}
