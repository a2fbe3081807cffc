package dev.freebind.training.run;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder of a bound space while a run writes there: other runs are kept out until it is closed, and what a killed run left
 * half-written is gone.
 */
final class OutputFolder implements AutoCloseable {

    /** Where results are that later steps need, or that are of use to a later run. */
    private static final List<String> ROOMS =
            List.of("projectors", "routers", "encoders", "work/pairs", "work/embeddings", "work/tuples");

    private final Path path;
    private final FileChannel lock;

    private OutputFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Takes the folder for a run, making it where there is none.
     *
     * @throws InvalidRequestException as {@link #check}, or if another run is writing there
     * @throws dev.freebind.api.DataException if it cannot be written to
     */
    static OutputFolder open(Path path, BindOptions options) {
        check(path, options);
        try {
            Path work = Files.createDirectories(path.resolve("work"));
            FileChannel channel =
                    FileChannel.open(work.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            OutputFolder folder = new OutputFolder(path, channel);
            boolean ready = false;
            try {
                folder.lock();
                folder.removeTemporaries();
                ready = true;
            } finally {
                if (!ready) {
                    channel.close();
                }
            }
            return folder;
        } catch (IOException e) {
            throw FileErrors.cannotWrite(path, e);
        }
    }

    /**
     * Checks that a run may write to a folder.
     *
     * @throws InvalidRequestException if it is a file, or holds something and nothing is to be resumed
     */
    static void check(Path path, BindOptions options) {
        try {
            if (Files.exists(path) && !Files.isDirectory(path)) {
                throw new InvalidRequestException(path + " is a file; --output takes a folder");
            }
            if (!options.resume() && Files.isDirectory(path)) {
                try (Stream<Path> content = Files.list(path)) {
                    if (content.findAny().isPresent()) {
                        throw new InvalidRequestException(
                                path + " is not empty; use --resume to continue there, or choose another folder");
                    }
                }
            }
        } catch (IOException e) {
            throw FileErrors.cannotWrite(path, e);
        }
    }

    private void lock() throws IOException {
        boolean free;
        try {
            free = lock.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            free = false; // another run in this process
        }
        if (!free) {
            throw new InvalidRequestException(
                    path + ": another run is writing there; wait for it or choose another folder");
        }
    }

    private void removeTemporaries() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.filter(AtomicFile::isTemporary).toList()) {
                Files.delete(file);
            }
        }
    }

    Path path() {
        return path;
    }

    /** Where everything is that may be deleted after binding. */
    Path work() {
        return path.resolve("work");
    }

    /** Removes results that nothing uses any more: all but these files and folders. */
    void removeStale(Set<Path> keep) throws IOException {
        for (String room : ROOMS) {
            Path folder = path.resolve(room);
            if (Files.isDirectory(folder)) {
                removeAllBut(folder, keep);
            }
        }
    }

    private static void removeAllBut(Path folder, Set<Path> keep) throws IOException {
        List<Path> content;
        try (Stream<Path> list = Files.list(folder)) {
            content = list.toList();
        }
        for (Path path : content) {
            if (!keep.contains(path)) {
                if (Files.isDirectory(path)) {
                    removeAllBut(path, keep);
                } else {
                    Files.delete(path);
                }
            }
        }
        try (Stream<Path> left = Files.list(folder)) {
            if (left.findAny().isEmpty()) {
                Files.delete(folder);
            }
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
