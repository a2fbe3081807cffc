package dev.freebind.encoding.output;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the embeddings of one collection of items in one space go.
 *
 * @param form how the configured path is meant
 * @param folder the folder of the manifest, absolute
 * @param stem how names in it begin: of shards, and unless it is a folder of its own also of manifest and list
 */
public record EncodedFiles(Form form, Path folder, String stem) {

    private static final Map<Modality, String> NAMES = Map.of(Modality.IMAGE, "img");
    private static final String NPY = ".npy";
    private static final Pattern WILDCARDS = Pattern.compile("[*?\\[{\\\\]");

    /** How a path is meant. */
    public enum Form {
        /** A folder of shards. */
        FOLDER,
        /** A folder as clip-retrieval has it. */
        CLIP_RETRIEVAL,
        /** {@code prefix-*.npy}: shards in a folder that may hold other things. */
        PATTERN,
        /** One file. */
        FILE
    }

    /**
     * The place that a configuration names.
     *
     * @param layout for folders
     * @return empty if encoding cannot write there: several paths, or wildcards other than one {@code *} in the file's name
     */
    public static Optional<EncodedFiles> of(EmbeddingFiles files, Modality modality, Layout layout) {
        if (files.files().size() != 1) {
            return Optional.empty();
        }
        String path = files.files().get(0).absolute();
        int slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
        String name = path.substring(slash + 1);
        if (!WILDCARDS.matcher(path).find()) {
            return Optional.of(
                    name.endsWith(NPY)
                            ? new EncodedFiles(Form.FILE, parent(Path.of(path)), name)
                            : inFolder(Path.of(path), modality, layout));
        }
        String stem = name.endsWith("*" + NPY) ? name.substring(0, name.length() - NPY.length() - 1) : "*";
        String folder = path.substring(0, Math.max(0, slash));
        return WILDCARDS.matcher(stem).find() || WILDCARDS.matcher(folder).find()
                ? Optional.empty()
                : Optional.of(new EncodedFiles(Form.PATTERN, Path.of(folder), stem));
    }

    private static EncodedFiles inFolder(Path folder, Modality modality, Layout layout) {
        return new EncodedFiles(
                layout == Layout.CLIP_RETRIEVAL ? Form.CLIP_RETRIEVAL : Form.FOLDER,
                folder,
                NAMES.getOrDefault(modality, modality.name()) + "_emb");
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        return parent == null ? file : parent;
    }

    /** Where the shards of one file are kept until all are there. */
    public EncodedFiles parts() {
        return new EncodedFiles(Form.FOLDER, folder.resolve(stem + ".parts"), "part");
    }

    /** A shard; the file itself if there is only one. */
    public Path shard(int index) {
        return switch (form) {
            case FOLDER -> folder.resolve(stem + "_" + index + NPY);
            case CLIP_RETRIEVAL -> folder.resolve(stem).resolve(stem + "_" + index + NPY);
            case PATTERN -> folder.resolve(stem + index + NPY);
            case FILE -> folder.resolve(stem);
        };
    }

    /** The manifest. */
    public Path manifest() {
        return switch (form) {
            case FOLDER, CLIP_RETRIEVAL -> folder.resolve("manifest.json");
            case PATTERN -> folder.resolve(stem + "manifest.json");
            case FILE -> folder.resolve(stem + ".json");
        };
    }

    /** The list of items. */
    public Path items() {
        return switch (form) {
            case FOLDER, CLIP_RETRIEVAL -> folder.resolve("items.jsonl");
            case PATTERN -> folder.resolve(stem + "items.jsonl");
            case FILE -> folder.resolve(stem + ".items.jsonl");
        };
    }

    /** clip-retrieval's metadata of a shard. */
    public Path metadata(int index) {
        return folder.resolve("metadata").resolve("metadata_" + index + ".jsonl");
    }

    /** What people call it: the folder, the file, or the pattern. */
    public Path place() {
        return switch (form) {
            case FOLDER, CLIP_RETRIEVAL -> folder;
            case PATTERN -> folder.resolve(stem + "#" + NPY);
            case FILE -> folder.resolve(stem);
        };
    }

    /** Says whether embeddings are there that encoding has not made: npy files without its manifest. */
    public boolean holdsOthers() {
        if (EncodingManifest.read(manifest()).isPresent()) {
            return false;
        }
        return switch (form) {
            case FILE ->
                Files.exists(shard(0))
                        && EncodingManifest.read(parts().manifest()).isEmpty();
            case PATTERN -> npy(folder).stream().anyMatch(name -> name.startsWith(stem));
            case FOLDER, CLIP_RETRIEVAL -> {
                List<String> names = new ArrayList<>(npy(folder));
                names.addAll(npy(folder.resolve(stem)));
                yield !names.isEmpty();
            }
        };
    }

    private static List<String> npy(Path folder) {
        List<String> names = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    String name = String.valueOf(file.getFileName());
                    if (name.endsWith(NPY) && !AtomicFile.isTemporary(file)) {
                        names.add(name);
                    }
                }
            } catch (IOException e) {
                throw FileErrors.cannotRead(folder, e);
            }
        }
        return names;
    }
}
