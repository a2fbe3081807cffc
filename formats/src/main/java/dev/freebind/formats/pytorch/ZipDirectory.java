package dev.freebind.formats.pytorch;

import dev.freebind.api.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a zip archive and where their bytes lie in the file.
 *
 * <p>{@link java.util.zip.ZipFile} does not say at which position an entry's bytes begin, which is needed to read a part of a
 * storage. The central directory is believed only as far as the file's size and the other entries allow: nothing overlaps,
 * nothing lies outside. Local headers are read when their entry is. Checksums are not compared: PyTorch may be told not to
 * compute them, and doing so would mean reading storages of gigabytes to get one row.
 */
final class ZipDirectory {

    /** Most entries of an archive. */
    static final int MAX_ENTRIES = 1 << 18;

    /** Longest central directory that is read, in bytes. */
    static final int MAX_DIRECTORY_BYTES = 1 << 26;

    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int LOCATOR64_SIGNATURE = 0x07064b50;
    private static final int CENTRAL_SIGNATURE = 0x02014b50;
    private static final int LOCAL_SIGNATURE = 0x04034b50;

    private static final int END_BYTES = 22;
    private static final int END64_BYTES = 56;
    private static final int LOCATOR64_BYTES = 20;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int MAX_COMMENT = 0xffff;

    private static final int ENCRYPTED = 1;
    private static final int SIZES_FOLLOW = 1 << 3;
    private static final int DIRECTORY_ENCRYPTED = 1 << 13;

    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int ZIP64_EXTRA = 1;
    private static final long SATURATED = 0xffffffffL;

    private final FileBytes file;
    private final Map<String, Entry> entries;

    /**
     * One entry, as the central directory describes it.
     *
     * @param method {@link #STORED} or {@link #DEFLATED}
     * @param packed bytes in the file
     * @param bytes bytes when unpacked
     * @param header position of the local header
     * @param end position at which the next entry or the central directory begins
     */
    record Entry(String name, int nameBytes, int method, long packed, long bytes, long header, long end) {

        boolean isStored() {
            return method == STORED;
        }
    }

    /** Where the central directory lies. */
    private record Place(long begin, long bytes, long entries) {}

    private ZipDirectory(FileBytes file, Map<String, Entry> entries) {
        this.file = file;
        this.entries = entries;
    }

    /**
     * Reads and checks the central directory.
     *
     * @throws DataException if the file is not a zip archive, or one that lies
     */
    static ZipDirectory read(FileBytes file) {
        Place place = place(file);
        if (place.bytes > MAX_DIRECTORY_BYTES || place.entries < 0 || place.entries > MAX_ENTRIES) {
            throw damaged(
                    file,
                    "says it has " + Long.toUnsignedString(place.entries) + " entries listed in " + place.bytes
                            + " bytes; at most " + MAX_ENTRIES + " in " + MAX_DIRECTORY_BYTES + " bytes are read");
        }
        ByteBuffer bytes = file.read(place.begin, (int) place.bytes);
        List<Entry> listed = new ArrayList<>();
        for (long i = 0; i < place.entries; i++) {
            listed.add(entry(bytes, file));
        }
        if (bytes.hasRemaining()) {
            throw damaged(
                    file, "has " + bytes.remaining() + " bytes behind the last of its " + place.entries + " entries");
        }
        return new ZipDirectory(file, byName(listed, place.begin, file));
    }

    private static Place place(FileBytes file) {
        long size = file.size();
        int tail = (int) Math.min(size, END_BYTES + MAX_COMMENT);
        ByteBuffer bytes = file.read(size - tail, tail);
        for (int at = tail - END_BYTES; at >= 0; at--) {
            if (bytes.getInt(at) == END_SIGNATURE && u2(bytes, at + 20) == tail - END_BYTES - at) {
                return place(file, bytes, at, size - tail + at);
            }
        }
        throw new DataException(
                file.path() + ": the end of the zip archive is missing; the file is incomplete, copy it again");
    }

    private static Place place(FileBytes file, ByteBuffer tail, int at, long endAt) {
        long bytes = u4(tail, at + 12);
        long begin = u4(tail, at + 16);
        long entries = u2(tail, at + 10);
        boolean large = entries == 0xffff || bytes == SATURATED || begin == SATURATED;
        long directoryEnd = endAt;
        if (endAt >= LOCATOR64_BYTES) {
            ByteBuffer locator = file.read(endAt - LOCATOR64_BYTES, LOCATOR64_BYTES);
            if (locator.getInt(0) == LOCATOR64_SIGNATURE) {
                directoryEnd = locator.getLong(8);
                if (directoryEnd < 0 || directoryEnd > endAt - LOCATOR64_BYTES - END64_BYTES) {
                    throw damaged(
                            file, "says its ZIP64 end record begins at byte " + Long.toUnsignedString(directoryEnd));
                }
                ByteBuffer end = file.read(directoryEnd, END64_BYTES);
                if (end.getInt(0) != END64_SIGNATURE || end.getInt(16) != 0 || end.getInt(20) != 0) {
                    throw damaged(file, "has a damaged ZIP64 end record");
                }
                entries = end.getLong(32);
                bytes = end.getLong(40);
                begin = end.getLong(48);
                large = false;
            }
        }
        if (large) {
            throw damaged(file, "is too large for its end record and has no ZIP64 one");
        }
        if (u2(tail, at + 4) != 0 && u2(tail, at + 4) != 0xffff) {
            throw damaged(file, "is one part of an archive in several files");
        }
        if (bytes < 0 || begin < 0 || begin > directoryEnd || bytes != directoryEnd - begin) {
            throw damaged(
                    file,
                    "says its directory takes " + Long.toUnsignedString(bytes) + " bytes from byte "
                            + Long.toUnsignedString(begin) + " on, but it must end at byte " + directoryEnd);
        }
        return new Place(begin, bytes, entries);
    }

    private static Entry entry(ByteBuffer directory, FileBytes file) {
        int at = directory.position();
        if (directory.remaining() < CENTRAL_BYTES || directory.getInt(at) != CENTRAL_SIGNATURE) {
            throw damaged(file, "has a directory that is cut off or damaged at its byte " + at);
        }
        int nameBytes = u2(directory, at + 28);
        int extraBytes = u2(directory, at + 30);
        int commentBytes = u2(directory, at + 32);
        if (directory.remaining() < CENTRAL_BYTES + nameBytes + extraBytes + commentBytes) {
            throw damaged(file, "has a directory that is cut off at its byte " + at);
        }
        String name = name(directory, at + CENTRAL_BYTES, nameBytes);
        if (name == null) {
            throw damaged(file, "has an entry whose name is not UTF-8, at byte " + at + " of its directory");
        }
        int flags = u2(directory, at + 8);
        if ((flags & (ENCRYPTED | DIRECTORY_ENCRYPTED)) != 0) {
            throw damaged(file, "has the encrypted entry '" + name + "'");
        }
        int method = u2(directory, at + 10);
        if (method != STORED && method != DEFLATED) {
            throw damaged(
                    file, "has the entry '" + name + "' packed by method " + method + "; only 0 and 8 can be unpacked");
        }
        long packed = u4(directory, at + 20);
        long bytes = u4(directory, at + 24);
        long header = u4(directory, at + 42);
        if (packed == SATURATED || bytes == SATURATED || header == SATURATED) {
            ByteBuffer large = zip64(directory, at + CENTRAL_BYTES + nameBytes, extraBytes);
            bytes = widened(bytes, large, name, file);
            packed = widened(packed, large, name, file);
            header = widened(header, large, name, file);
        }
        if (bytes < 0 || packed < 0 || header < 0 || (method == STORED && packed != bytes)) {
            throw damaged(
                    file,
                    "has the entry '" + name + "' of " + Long.toUnsignedString(bytes) + " bytes that takes "
                            + Long.toUnsignedString(packed) + " in the file at byte " + Long.toUnsignedString(header));
        }
        directory.position(at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes);
        return new Entry(name, nameBytes, method, packed, bytes, header, 0);
    }

    /** The 64-bit numbers of an entry, in the order bytes, packed, header, only those that do not fit in 32 bits. */
    private static @Nullable ByteBuffer zip64(ByteBuffer directory, int from, int extraBytes) {
        int at = from;
        int end = from + extraBytes;
        while (at + 4 <= end) {
            int length = u2(directory, at + 2);
            if (u2(directory, at) == ZIP64_EXTRA && at + 4 + length <= end) {
                return directory.slice(at + 4, length).order(directory.order());
            }
            at += 4 + length;
        }
        return null;
    }

    private static long widened(long value, @Nullable ByteBuffer large, String name, FileBytes file) {
        if (value != SATURATED) {
            return value;
        }
        if (large == null || large.remaining() < Long.BYTES) {
            throw damaged(file, "has the entry '" + name + "' without the 64-bit sizes that it needs");
        }
        return large.getLong();
    }

    private static @Nullable String name(ByteBuffer bytes, int at, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.slice(at, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Gives every entry its end, and refuses entries that reach beyond it. */
    private static Map<String, Entry> byName(List<Entry> listed, long directoryBegin, FileBytes file) {
        List<Entry> inFile = new ArrayList<>(listed);
        inFile.sort(Comparator.comparingLong(Entry::header));
        Map<String, Entry> ends = new LinkedHashMap<>();
        for (int i = 0; i < inFile.size(); i++) {
            Entry entry = inFile.get(i);
            boolean last = i + 1 == inFile.size();
            long end = last ? directoryBegin : Math.min(directoryBegin, inFile.get(i + 1).header);
            // Written so that nothing overflows: all numbers but 'packed' are within the file.
            if (entry.header > end || entry.packed > end - entry.header - LOCAL_BYTES - entry.nameBytes) {
                throw damaged(
                        file,
                        "has the entry '" + entry.name + "' of " + entry.packed + " bytes at byte " + entry.header
                                + ", which reaches beyond byte " + end + ", where "
                                + (last ? "the directory" : "'" + inFile.get(i + 1).name + "'") + " begins");
            }
            Entry placed =
                    new Entry(entry.name, entry.nameBytes, entry.method, entry.packed, entry.bytes, entry.header, end);
            if (ends.put(entry.name, placed) != null) {
                throw damaged(file, "has two entries of the name '" + entry.name + "'");
            }
        }
        return Collections.unmodifiableMap(ends);
    }

    /** All entries, in the order in which they lie in the file. */
    Collection<Entry> entries() {
        return entries.values();
    }

    /** The entry of this name, or null. */
    @Nullable
    Entry entry(String name) {
        return entries.get(name);
    }

    /**
     * Position in the file of a stored entry's first byte.
     *
     * @throws DataException if the local header contradicts the directory
     */
    long dataBegin(Entry entry) {
        ByteBuffer header = file.read(entry.header, LOCAL_BYTES);
        int flags = u2(header, 6);
        long begin = entry.header + LOCAL_BYTES + u2(header, 26) + u2(header, 28);
        long packed = u4(header, 18);
        boolean sizesAgree = (flags & SIZES_FOLLOW) != 0 || packed == SATURATED || packed == entry.packed;
        if (header.getInt(0) != LOCAL_SIGNATURE
                || u2(header, 8) != entry.method
                || u2(header, 26) != entry.nameBytes
                || !sizesAgree
                || !entry.name.equals(
                        name(file.read(entry.header + LOCAL_BYTES, entry.nameBytes), 0, entry.nameBytes))) {
            throw damaged(file, "has a header of the entry '" + entry.name + "' that contradicts its directory");
        }
        if (begin > entry.end || entry.packed > entry.end - begin) {
            throw damaged(
                    file,
                    "has the entry '" + entry.name + "' of " + entry.packed + " bytes at byte " + begin
                            + ", which reaches beyond byte " + entry.end + ", where something else begins");
        }
        return begin;
    }

    /**
     * The bytes of a small entry, unpacked.
     *
     * @param most most bytes that are read
     * @return little-endian
     * @throws DataException if the entry is larger or damaged
     */
    ByteBuffer content(Entry entry, int most) {
        if (entry.bytes > most || entry.packed > most) {
            throw damaged(
                    file,
                    "has the entry '" + entry.name + "' of " + entry.bytes + " bytes; at most " + most + " are read");
        }
        ByteBuffer packed = file.read(dataBegin(entry), (int) entry.packed);
        return entry.isStored() ? packed : inflated(packed, entry);
    }

    private ByteBuffer inflated(ByteBuffer packed, Entry entry) {
        // Grown by what really comes out, so that a directory that promises much costs nothing.
        int room = (int) Math.min(entry.bytes, Math.max(1024, 4L * packed.remaining()));
        byte[] content = new byte[room];
        int filled = 0;
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            while (!inflater.finished()) {
                if (filled == content.length && filled < entry.bytes) {
                    content = Arrays.copyOf(content, (int) Math.min(entry.bytes, 2L * filled));
                }
                // One byte more than promised is asked for, to notice when there is one.
                byte[] beyond = new byte[1];
                boolean full = filled == content.length;
                int count =
                        full ? inflater.inflate(beyond) : inflater.inflate(content, filled, content.length - filled);
                if ((full && count > 0) || (count == 0 && !inflater.finished())) {
                    throw damaged(
                            file, "has the packed entry '" + entry.name + "' that is not " + entry.bytes + " bytes");
                }
                filled += count;
            }
        } catch (DataFormatException e) {
            throw new DataException(file.path() + ": the packed entry '" + entry.name + "' is damaged", e);
        } finally {
            inflater.end();
        }
        if (filled != entry.bytes) {
            throw damaged(file, "has the packed entry '" + entry.name + "' that is not " + entry.bytes + " bytes");
        }
        return ByteBuffer.wrap(content, 0, filled).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int u2(ByteBuffer bytes, int at) {
        return bytes.getShort(at) & 0xffff;
    }

    private static long u4(ByteBuffer bytes, int at) {
        return bytes.getInt(at) & 0xffffffffL;
    }

    private static DataException damaged(FileBytes file, String how) {
        return new DataException(file.path() + ": the zip archive " + how);
    }
}
