package dev.freebind.formats.fingerprint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.freebind.api.DataException;
import dev.freebind.api.Progress;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * SHA-256 of input files, remembered with size and modification time so that a large corpus is read once and not at every
 * resume. For one thread.
 */
public final class FileHashes {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final int BUFFER = 1 << 20;

    /** Hashing that takes less than a blink is not worth a line on the screen. */
    private static final long ANNOUNCED_BYTES = 64L << 20;

    private final Path store;
    private final Map<String, Known> known;

    /**
     * A hash and what it was taken of.
     *
     * @param size bytes
     * @param modified milliseconds since 1970
     * @param sha256 64 hexadecimal digits
     */
    public record Known(long size, long modified, String sha256) {}

    /**
     * Remembers in a file; one that is damaged is forgotten, as hashes can be taken again.
     *
     * @param store the file; its folder is made when the first hash is taken
     */
    public FileHashes(Path store) {
        this.store = store;
        this.known = read(store);
    }

    private static Map<String, Known> read(Path store) {
        try {
            return Files.exists(store)
                    ? JSON.readValue(store.toFile(), new TypeReference<TreeMap<String, Known>>() {})
                    : new TreeMap<>();
        } catch (JacksonException e) {
            return new TreeMap<>();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The file's hash.
     *
     * @param progress shown while a large file is read
     * @throws DataException if it cannot be read
     */
    public Known of(Path file, Progress progress) {
        String key = file.toString();
        try {
            long size = Files.size(file);
            long modified = Files.getLastModifiedTime(file).toMillis();
            Known before = known.get(key);
            if (before != null && before.size() == size && before.modified() == modified) {
                return before;
            }
            Known now = new Known(size, modified, hash(file, size, progress));
            known.put(key, now);
            remember();
            return now;
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
    }

    /** Where this cannot be written, hashes are taken again the next time. */
    private void remember() throws IOException {
        try {
            AtomicFile.writeString(store, JSON.writeValueAsString(known) + "\n");
        } catch (DataException e) {
            // A folder that may only be read is no reason not to read what is there.
        }
    }

    /**
     * A file's SHA-256, taken anew.
     *
     * @return 64 hexadecimal digits
     * @throws DataException if it cannot be read
     */
    public static String sha256(Path file) {
        try {
            return hash(file, 0, Progress.SILENT);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
    }

    private static String hash(Path file, long size, Progress progress) throws IOException {
        MessageDigest digest = Fingerprint.sha256();
        Progress shown = size > ANNOUNCED_BYTES ? progress : Progress.SILENT;
        try (InputStream in = Files.newInputStream(file);
                Progress.Task task = shown.start("checking " + file.getFileName(), size, "bytes")) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                task.advance(read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
