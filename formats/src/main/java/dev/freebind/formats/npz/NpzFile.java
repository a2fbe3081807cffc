package dev.freebind.formats.npz;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * The arrays of an {@code .npz} archive, each read when asked for.
 *
 * <p>Nothing is extracted to disk. An archive cannot blow up: sizes are checked against what deflate can do, and an array
 * takes no more memory than its header and its entry agree on. Safe for use from several threads. Whoever opened it closes it.
 */
public final class NpzFile implements AutoCloseable {

    /** Most arrays in one archive. */
    public static final int MAX_ENTRIES = 65_536;

    /** Most bytes of all arrays of an archive together. */
    public static final long MAX_TOTAL_BYTES = 16L << 30;

    /** Deflate cannot do better than 1032 to 1. */
    private static final long MAX_RATIO = 1032;

    private static final int RATIO_SLACK = 1024;

    private static final String SUFFIX = ".npy";

    /** Archives have no time zone and no time before this; the same arrays must give the same bytes. */
    private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final Path path;
    private final ZipFile zip;
    private final Map<String, ZipEntry> entries;

    private NpzFile(Path path, ZipFile zip, Map<String, ZipEntry> entries) {
        this.path = path;
        this.zip = zip;
        this.entries = entries;
    }

    /**
     * Opens an archive.
     *
     * @return to be closed by the caller
     * @throws DataException if it is missing, damaged, or larger than the limits
     */
    public static NpzFile open(Path path) {
        try {
            ZipFile zip = new ZipFile(path.toFile());
            boolean good = false;
            try {
                NpzFile file = new NpzFile(path, zip, entries(zip, path));
                good = true;
                return file;
            } finally {
                if (!good) {
                    zip.close();
                }
            }
        } catch (ZipException | IllegalArgumentException e) {
            throw new DataException(path + ": not an npz file, or a damaged one (" + e.getMessage() + ")", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    private static Map<String, ZipEntry> entries(ZipFile zip, Path path) throws IOException {
        if (zip.size() > MAX_ENTRIES) {
            throw new DataException(path + ": has " + zip.size() + " entries; at most " + MAX_ENTRIES + " are read");
        }
        Map<String, ZipEntry> entries = new LinkedHashMap<>();
        long fileBytes = Files.size(path);
        long total = 0;
        for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
            ZipEntry entry = all.nextElement();
            if (!entry.getName().endsWith(SUFFIX)) {
                continue;
            }
            String name = entry.getName().substring(0, entry.getName().length() - SUFFIX.length());
            checkSize(entry, fileBytes, path + ", array '" + name + "'");
            total += entry.getSize();
            if (total > MAX_TOTAL_BYTES) {
                throw new DataException(path + ": the arrays take more than " + MAX_TOTAL_BYTES + " bytes");
            }
            if (entries.put(name, entry) != null) {
                throw new DataException(path + ": has two arrays of the name '" + name + "'");
            }
        }
        return Collections.unmodifiableMap(entries);
    }

    private static void checkSize(ZipEntry entry, long fileBytes, String where) {
        long size = entry.getSize();
        long compressed = entry.getCompressedSize();
        if (size < 0 || size > NpyArray.MAX_BYTES + RATIO_SLACK) {
            throw new DataException(where + ": says it has " + Long.toUnsignedString(size) + " bytes; at most "
                    + NpyArray.MAX_BYTES + " are read");
        }
        if (compressed > fileBytes) {
            throw new DataException(where + ": says it takes " + compressed + " bytes of a file that has " + fileBytes);
        }
        if (compressed < 0 || size / MAX_RATIO > compressed + RATIO_SLACK) {
            throw new DataException(
                    where + ": says it unpacks " + compressed + " bytes to " + size + ", which no compression can do");
        }
    }

    /** The names of the arrays, in the archive's order. */
    public Set<String> names() {
        return entries.keySet();
    }

    /**
     * Reads one array.
     *
     * @throws DataException if there is none of this name, listing those there are, or it is damaged
     * @throws IllegalStateException after {@link #close()}
     */
    public NpyArray array(String name) {
        ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw new DataException(path + ": has no array '" + name + "'; there are "
                    + names().stream().limit(20).toList());
        }
        String origin = path + ", array '" + name + "'";
        try (InputStream input = zip.getInputStream(entry)) {
            return NpyArray.read(input, entry.getSize(), origin);
        } catch (ZipException e) {
            throw new DataException(origin + ": is damaged (" + e.getMessage() + ")", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    /** Lets go of the file. Closing twice is harmless. */
    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    /**
     * Writes an archive, atomically and without compression; the same arrays give the same bytes.
     *
     * @param arrays by name, in the archive's order
     * @throws InvalidRequestException if a name is empty
     * @throws DataException if the file cannot be written, naming file and cause
     */
    public static void write(Path target, Map<String, NpyArray> arrays) {
        try (AtomicFile file = AtomicFile.create(target)) {
            // Finished, not closed: committing the file closes the channel.
            ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(file.channel()));
            for (Map.Entry<String, NpyArray> entry : arrays.entrySet()) {
                if (entry.getKey().isEmpty()) {
                    throw new InvalidRequestException(target + ": an array has an empty name");
                }
                write(zip, entry.getKey(), entry.getValue().encoded());
            }
            zip.finish();
            zip.flush();
            file.commit();
        } catch (IOException e) {
            throw FileErrors.cannotWrite(target, e);
        }
    }

    private static void write(ZipOutputStream zip, String name, ByteBuffer bytes) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(bytes.duplicate());
        ZipEntry entry = new ZipEntry(name + SUFFIX);
        entry.setTimeLocal(EPOCH);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.remaining());
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        byte[] chunk = new byte[Math.max(1, Math.min(1 << 16, bytes.remaining()))];
        while (bytes.hasRemaining()) {
            int count = Math.min(chunk.length, bytes.remaining());
            bytes.get(chunk, 0, count);
            zip.write(chunk, 0, count);
        }
        zip.closeEntry();
    }
}
