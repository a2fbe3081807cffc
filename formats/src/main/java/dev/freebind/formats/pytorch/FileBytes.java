package dev.freebind.formats.pytorch;

import dev.freebind.api.DataException;
import dev.freebind.formats.FileErrors;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The bytes of an open file by position; safe for use from several threads. */
final class FileBytes implements AutoCloseable {

    private final Path path;
    private final Reading reading;
    private final Closeable closing;
    private final long size;

    /** Reads at a position without moving anything, as {@link FileChannel#read(ByteBuffer, long)} does. */
    interface Reading {
        int read(ByteBuffer target, long position) throws IOException;
    }

    /**
     * Bytes that may come from elsewhere.
     *
     * @param path how messages name them
     */
    FileBytes(Path path, Reading reading, Closeable closing, long size) {
        this.path = path;
        this.reading = reading;
        this.closing = closing;
        this.size = size;
    }

    /**
     * Opens a file.
     *
     * @throws DataException if it cannot be read
     */
    static FileBytes open(Path path) {
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                return new FileBytes(path, channel::read, channel, channel.size());
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    Path path() {
        return path;
    }

    /** Bytes of the file when it was opened. */
    long size() {
        return size;
    }

    /**
     * Fills the buffer from its position to its limit.
     *
     * @param position of the first byte in the file
     * @throws DataException if the file ends before, or cannot be read
     * @throws IllegalStateException after {@link #close()}
     */
    void read(long position, ByteBuffer target) {
        long at = position;
        try {
            while (target.hasRemaining()) {
                int read = reading.read(target, at);
                if (read < 0) {
                    throw new DataException(path + ": the file is cut off; byte " + at + " is missing");
                }
                at += read;
            }
        } catch (ClosedByInterruptException e) {
            throw FileErrors.cannotRead(path, e);
        } catch (ClosedChannelException e) {
            throw new IllegalStateException(path + " is closed", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }

    /**
     * Some bytes as a new little-endian buffer on the heap.
     *
     * @param count checked by the caller against {@link #size()}, so that a lie costs no memory
     */
    ByteBuffer read(long position, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        read(position, bytes);
        return bytes.flip();
    }

    @Override
    public void close() {
        try {
            closing.close();
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }
}
