package dev.freebind.formats.checkpoint;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A model's tensors from a {@code .pt}, {@code .pth}, {@code .bin} or {@code .safetensors} file, a sharded set given by its
 * {@code *.index.json}, or a folder with one of these.
 *
 * <p>Opening reads no tensor; values are read when asked for, straight into the caller's buffer. Safe for use from several
 * threads. Whoever opened it closes it.
 */
public final class Checkpoint implements TensorSource, AutoCloseable {

    /** What a folder is searched for, the best first. */
    private static final List<String> USUAL_NAMES = List.of(
            "model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin");

    private static final List<String> ENDINGS = List.of(".safetensors", ".pt", ".pth", ".bin");
    private static final String INDEX_ENDING = ".index.json";
    private static final int SHOWN = 10;

    private final Path path;
    private final List<TensorFile> files;
    private final Map<String, Place> places;
    private final Map<String, TensorSummary> tensors;

    /** The file that has a tensor, and its name there. */
    private record Place(TensorFile file, String name) {}

    private Checkpoint(
            Path path, List<TensorFile> files, Map<String, Place> places, Map<String, TensorSummary> tensors) {
        this.path = path;
        this.files = List.copyOf(files);
        this.places = new LinkedHashMap<>(places);
        this.tensors = new LinkedHashMap<>(tensors);
    }

    private Checkpoint(Path path, List<TensorFile> files, String prefix) {
        this(path, files, Map.of(), Map.of());
        for (TensorFile file : files) {
            file.tensors().forEach((name, tensor) -> add(file, name, name.substring(prefix.length()), tensor));
        }
    }

    private void add(TensorFile file, String nameInFile, String name, TensorSummary tensor) {
        Place other = places.put(name, new Place(file, nameInFile));
        if (other != null) {
            throw new DataException(
                    "tensor '" + name + "' is in two files: " + other.file.path() + " and " + file.path());
        }
        tensors.put(name, tensor);
    }

    /** Opens a checkpoint with {@link TensorSelection#AUTOMATIC}; otherwise as {@link #open(Path, TensorSelection)}. */
    public static Checkpoint open(Path path) {
        return open(path, TensorSelection.AUTOMATIC);
    }

    /**
     * Opens a checkpoint.
     *
     * @param path a file in a format that its content shows, an {@code *.index.json}, or a folder: then in this order its
     *     {@code model.safetensors.index.json}, {@code model.safetensors}, {@code pytorch_model.bin.index.json},
     *     {@code pytorch_model.bin}, or else the only file with a checkpoint's ending
     * @param selection which tensors of the file or of every shard, and under what names
     * @return to be closed by the caller
     * @throws InvalidRequestException if a folder has no checkpoint or several, or no tensor is selected
     * @throws DataException if a file is missing or damaged, a listed tensor is absent, or one is in two shards, naming it
     */
    public static Checkpoint open(Path path, TensorSelection selection) {
        Path found = Files.isDirectory(path) ? inFolder(path) : path;
        List<TensorFile> files = new ArrayList<>();
        Checkpoint opened = null;
        try {
            if (found.toString().endsWith(INDEX_ENDING)) {
                openShards(found, selection, files);
            } else {
                files.add(TensorFile.open(found, selection));
            }
            opened = new Checkpoint(found, files, prefix(files, selection, found));
            return opened;
        } finally {
            if (opened == null) {
                files.forEach(TensorFile::close);
            }
        }
    }

    /**
     * Opens a checkpoint some of whose tensors another file replaces, as weights that were trained further.
     *
     * @param path as {@link #open(Path)}
     * @param replacing a file of tensors that the checkpoint has as well, of the same shapes
     * @return to be closed by the caller
     * @throws InvalidRequestException as {@link #open(Path)}
     * @throws DataException as {@link #open(Path)}, or if a replacing tensor is not in the checkpoint or has another shape, naming
     *     it
     */
    public static Checkpoint open(Path path, Path replacing) {
        Checkpoint base = open(path);
        Checkpoint replaced = null;
        try {
            TensorFile over = TensorFile.open(replacing, TensorSelection.EVERYTHING);
            List<TensorFile> files = new ArrayList<>(base.files);
            files.add(over);
            replaced = new Checkpoint(base.path, files, base.places, base.tensors);
            replaced.replace(over);
            return replaced;
        } catch (RuntimeException | Error failure) {
            (replaced == null ? base : replaced).close();
            throw failure;
        }
    }

    private void replace(TensorFile over) {
        over.tensors().forEach((name, tensor) -> {
            TensorSummary replacedTensor = tensors.get(name);
            if (replacedTensor == null || !replacedTensor.shape().equals(tensor.shape())) {
                throw new DataException(over.path() + ": tensor '" + name + "' of shape " + tensor.shape()
                        + " cannot replace one of " + path + ", which has "
                        + (replacedTensor == null ? "none of this name" : "one of shape " + replacedTensor.shape()));
            }
            places.put(name, new Place(over, name));
            tensors.put(name, tensor);
        });
    }

    private static Path inFolder(Path folder) {
        for (String name : USUAL_NAMES) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        List<Path> candidates;
        try (Stream<Path> all = Files.list(folder)) {
            candidates = all.filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw FileErrors.cannotRead(folder, e);
        }
        if (candidates.size() != 1) {
            throw new InvalidRequestException(folder + ": has "
                    + (candidates.isEmpty()
                            ? "no checkpoint (" + String.join(", ", USUAL_NAMES) + ", or one file ending in "
                                    + String.join(", ", ENDINGS) + ")"
                            : candidates.size() + " files that may be the checkpoint: "
                                    + shortened(candidates.stream()
                                            .map(file -> file.getFileName().toString())
                                            .toList())
                                    + "; name one of them"));
        }
        return candidates.get(0);
    }

    private static void openShards(Path indexFile, TensorSelection selection, List<TensorFile> files) {
        ShardIndex index = ShardIndex.read(indexFile);
        List<String> missing = index.shards().stream()
                .filter(name -> !Files.isRegularFile(indexFile.resolveSibling(name)))
                .toList();
        if (!missing.isEmpty()) {
            throw new DataException(
                    indexFile + ": names files that are not there: " + shortened(missing) + "; copy them beside it");
        }
        for (String name : index.shards()) {
            TensorFile file = TensorFile.open(indexFile.resolveSibling(name), selection);
            files.add(file);
            List<String> absent = index.files().entrySet().stream()
                    .filter(listed -> listed.getValue().equals(name))
                    .map(Map.Entry::getKey)
                    .filter(tensor -> !file.tensors().containsKey(tensor))
                    .toList();
            if (!absent.isEmpty()) {
                throw new DataException(file.path() + ": lacks tensors that " + indexFile.getFileName() + " lists: "
                        + shortened(absent));
            }
        }
    }

    private static String prefix(List<TensorFile> files, TensorSelection selection, Path path) {
        List<String> names =
                files.stream().flatMap(file -> file.tensors().keySet().stream()).toList();
        if (names.isEmpty()) {
            throw new InvalidRequestException(path + ": has no tensor"
                    + (selection.dictionary() == null || selection.dictionary().isEmpty()
                            ? ""
                            : " in a dictionary '" + selection.dictionary() + "'"));
        }
        String prefix = selection.prefix();
        if (prefix == null) {
            boolean wrapped = names.stream().allMatch(name -> name.startsWith(TensorSelection.WRAPPER_PREFIX));
            return wrapped ? TensorSelection.WRAPPER_PREFIX : "";
        }
        List<String> lacking =
                names.stream().filter(name -> !name.startsWith(prefix)).toList();
        if (!lacking.isEmpty()) {
            throw new InvalidRequestException(
                    path + ": has tensors whose names do not begin with '" + prefix + "': " + shortened(lacking));
        }
        return prefix;
    }

    private static String shortened(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
                + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
    }

    /** The file or index that was opened. */
    @Override
    public String origin() {
        return path.toString();
    }

    @Override
    public Map<String, TensorSummary> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    private Place place(String name) {
        Place place = places.get(name);
        if (place == null) {
            tensor(name); // throws, listing what there is
            throw new IllegalStateException(name);
        }
        return place;
    }

    @Override
    public void read(String name, FloatBuffer target) {
        Place place = place(name);
        place.file.read(place.name, target);
    }

    @Override
    public void readRows(String name, long first, long count, FloatBuffer target) {
        Place place = place(name);
        place.file.readRows(place.name, first, count, target);
    }

    @Override
    public void readBytes(String name, ByteBuffer target) {
        Place place = place(name);
        place.file.readBytes(place.name, target);
    }

    @Override
    public float[] floats(String name) {
        Place place = place(name);
        return place.file.floats(place.name);
    }

    @Override
    public long[] longs(String name) {
        Place place = place(name);
        return place.file.longs(place.name);
    }

    /** Lets go of all files. Closing twice is harmless. */
    @Override
    public void close() {
        files.forEach(TensorFile::close);
    }
}
