package dev.freebind.formats;

import dev.freebind.api.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears under its name whole, or not at all.
 *
 * <p>The bytes go to a temporary file beside the target. {@link #commit()} forces them to the disk, renames the file over
 * whatever had the name, and forces the folder; {@link #close()} without a commit removes the temporary file. A temporary
 * file that a killed process left behind is removed by the next write of the same target. Missing parent folders are made.
 *
 * <p>For one thread; several may write the same target through objects of their own, and the last to commit wins.
 */
public final class AtomicFile implements AutoCloseable {

    private static final String SUFFIX = ".partial";

    /**
     * Temporary files of this process: a file lock is released when <em>any</em> channel of the process on that file closes,
     * so these must never be probed.
     */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.[0-9]+-[0-9]+" + Pattern.quote(SUFFIX));

    private static final AtomicLong COUNTER = new AtomicLong();

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private boolean open = true;

    private AtomicFile(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
    }

    /**
     * Begins to write.
     *
     * @param target the name the file gets at {@link #commit()}
     * @return to be closed by the caller
     * @throws DataException if the folder cannot be written, naming target and cause
     */
    public static AtomicFile create(Path target) {
        Path whole = target.toAbsolutePath();
        Path folder = whole.getParent();
        if (folder == null || Files.isDirectory(whole)) {
            throw new DataException("cannot write " + target + ": it is a folder");
        }
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder);
            }
            // The real folder, so that a temporary file has one name however the folder was reached.
            folder = folder.toRealPath();
            removeLeftovers(folder, prefix(whole));
            while (true) {
                Path temporary = folder.resolve(
                        prefix(whole) + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet() + SUFFIX);
                FileChannel channel = openAndLock(temporary);
                if (channel != null) {
                    return new AtomicFile(target, temporary, channel);
                }
            }
        } catch (IOException e) {
            throw FileErrors.cannotWrite(target, e);
        }
    }

    /** Writes a text as UTF-8. */
    public static void writeString(Path target, String text) {
        writeBytes(target, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes all bytes.
     *
     * @throws DataException if that fails, naming target and cause
     */
    public static void writeBytes(Path target, byte[] bytes) {
        try (AtomicFile file = create(target)) {
            file.write(ByteBuffer.wrap(bytes));
            file.commit();
        }
    }

    /** Says whether a file's name is that of a temporary file, of any target; whether somebody still writes it is not known. */
    public static boolean isTemporary(Path file) {
        return TEMPORARY.matcher(file.getFileName().toString()).matches();
    }

    /** The file to write to, from its beginning; closed by {@link #commit()} and {@link #close()}. */
    public FileChannel channel() {
        return channel;
    }

    /**
     * Appends everything from the buffer's position to its limit.
     *
     * @throws DataException if that fails, naming target and cause
     */
    public void write(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw FileErrors.cannotWrite(target, e);
        }
    }

    /**
     * Gives the file its name. Nothing can be written afterwards.
     *
     * @throws DataException if that fails, naming target and cause; the file that had the name before is then untouched
     * @throws IllegalStateException if committed or closed before
     */
    public void commit() {
        if (!open) {
            throw new IllegalStateException(target + " is already committed or closed");
        }
        try {
            channel.force(true);
            // Renamed while still open: the lock keeps other processes from removing it as a leftover.
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            open = false;
            OWN.remove(temporary);
            channel.close();
            forceFolder(target.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw FileErrors.cannotWrite(target, e);
        }
    }

    /** Removes the temporary file unless it was committed. Closing twice is harmless. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        try {
            Files.deleteIfExists(temporary);
            channel.close();
        } catch (IOException e) {
            throw FileErrors.cannotWrite(target, e);
        } finally {
            OWN.remove(temporary);
        }
    }

    private static String prefix(Path target) {
        return "." + target.getFileName() + ".";
    }

    /** A locked new file, or null if the name is taken or another process took the file for a leftover. */
    private static @Nullable FileChannel openAndLock(Path temporary) throws IOException {
        OWN.add(temporary);
        FileChannel channel = null;
        boolean usable = false;
        try {
            channel = FileChannel.open(
                    temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
            usable = locked(channel) && Files.exists(temporary);
            return usable ? channel : null;
        } catch (FileAlreadyExistsException e) {
            return null;
        } finally {
            if (!usable) {
                OWN.remove(temporary);
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    private static boolean locked(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException e) {
            // A file system without locks: nobody can lock our file to remove it either.
            return true;
        }
    }

    /** Removes temporary files of this target that no living process holds. */
    private static void removeLeftovers(Path folder, String prefix) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(
                folder, file -> file.getFileName().toString().startsWith(prefix) && isTemporary(file))) {
            for (Path file : found) {
                if (!OWN.contains(file)) {
                    removeIfUnlocked(file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void removeIfUnlocked(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // Gone meanwhile, or not ours to judge: a leftover takes space but does no harm.
        }
    }

    private static void forceFolder(@Nullable Path folder) throws IOException {
        if (folder == null) {
            return;
        }
        FileChannel channel;
        try {
            channel = FileChannel.open(folder, StandardOpenOption.READ);
        } catch (IOException e) {
            return; // Windows opens no folders, and needs no flush for a rename to last.
        }
        try (channel) {
            channel.force(true);
        }
    }
}
