package dev.freebind.formats.pytorch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Writes zip archives as PyTorch does (data at multiples of 64, sizes behind the data), also ones that lie: whatever an entry
 * says about itself can be changed.
 */
public final class ArchiveAssembler {

    /** Name of the folder in the archive. */
    public static final String ROOT = "any name";

    private static final long UNSET = Long.MIN_VALUE;

    /** One entry and what the directory says about it. */
    public static final class Entry {
        public String name;
        public byte[] bytes;
        public int method;
        public int flags = 0x808;
        public long packed;
        public long size;
        /** Bytes of nothing that follow the content: a hole in the file. */
        public long hole;

        /** Place of the local header; the true one unless set. */
        public long header = UNSET;

        Entry(String name, byte[] bytes) {
            this.name = ROOT + "/" + name;
            this.bytes = bytes;
            packed = bytes.length;
            size = bytes.length;
        }

        public Entry deflated() {
            Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
            deflater.setInput(bytes);
            deflater.finish();
            byte[] room = new byte[bytes.length + 64];
            int count = deflater.deflate(room);
            deflater.end();
            bytes = Arrays.copyOf(room, count);
            packed = count;
            method = 8;
            return this;
        }

        public Entry hole(long count) {
            hole = count;
            packed += count;
            size += count;
            return this;
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private boolean large;

    public Entry entry(String name, byte[] bytes) {
        Entry entry = new Entry(name, bytes);
        entries.add(entry);
        return entry;
    }

    public Entry entry(String name, String text) {
        return entry(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A storage of floats. */
    public Entry floats(String key, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return entry("data/" + key, bytes.array());
    }

    /** Uses 64-bit sizes and places everywhere. */
    public ArchiveAssembler large() {
        large = true;
        return this;
    }

    public Path write(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer directory = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
            long at = 0;
            for (Entry entry : entries) {
                long header = at;
                byte[] name = entry.name.getBytes(StandardCharsets.UTF_8);
                int padding = (int) (64 - (header + 30 + name.length + 4) % 64);
                ByteBuffer local =
                        ByteBuffer.allocate(30 + name.length + 4 + padding).order(ByteOrder.LITTLE_ENDIAN);
                local.putInt(0x04034b50).putShort((short) 0).putShort((short) entry.flags);
                local.putShort((short) entry.method)
                        .putInt(0)
                        .putInt(0)
                        .putInt(0)
                        .putInt(0);
                local.putShort((short) name.length)
                        .putShort((short) (4 + padding))
                        .put(name);
                local.putShort((short) 0x4246).putShort((short) padding);
                local.rewind();
                at = write(file, at, local);
                at = write(file, at, ByteBuffer.wrap(entry.bytes)) + entry.hole;
                ByteBuffer behind = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
                at = write(file, at, behind.putInt(0x08074b50).rewind());
                describe(entry, name, entry.header == UNSET ? header : entry.header, directory);
            }
            long begin = at;
            at = write(file, at, directory.flip());
            write(file, at, end(begin, at - begin, at));
        }
        return path;
    }

    private static long write(FileChannel file, long at, ByteBuffer bytes) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            position += file.write(bytes, position);
        }
        return position;
    }

    private void describe(Entry entry, byte[] name, long header, ByteBuffer directory) {
        directory.putInt(0x02014b50).putShort((short) 0).putShort((short) 0).putShort((short) entry.flags);
        directory.putShort((short) entry.method).putInt(0).putInt(0);
        directory.putInt(large ? -1 : (int) entry.packed).putInt(large ? -1 : (int) entry.size);
        directory
                .putShort((short) name.length)
                .putShort((short) (large ? 33 : 0))
                .putShort((short) 0);
        directory.putShort((short) 0).putShort((short) 0).putInt(0).putInt(large ? -1 : (int) header);
        directory.put(name);
        if (large) {
            directory.putShort((short) 0x1234).putShort((short) 1).put((byte) 0);
            directory.putShort((short) 1).putShort((short) 24);
            directory.putLong(entry.size).putLong(entry.packed).putLong(header);
        }
    }

    private ByteBuffer end(long begin, long bytes, long at) {
        ByteBuffer end = ByteBuffer.allocate(98).order(ByteOrder.LITTLE_ENDIAN);
        if (large) {
            end.putInt(0x06064b50)
                    .putLong(44)
                    .putShort((short) 45)
                    .putShort((short) 45)
                    .putInt(0)
                    .putInt(0);
            end.putLong(entries.size()).putLong(entries.size()).putLong(bytes).putLong(begin);
            end.putInt(0x07064b50).putInt(0).putLong(at).putInt(1);
        }
        int count = large ? 0xffff : entries.size();
        end.putInt(0x06054b50).putInt(0).putShort((short) count).putShort((short) count);
        end.putInt(large ? -1 : (int) bytes).putInt(large ? -1 : (int) begin).putShort((short) 0);
        return end.flip();
    }
}
