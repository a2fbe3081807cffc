package dev.freebind.encoding.items;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The members of a WebDataset archive that have an extension: what follows the first dot of the name, as WebDataset has it.
 *
 * <p>Goes from header to header; members are read later, from where they lie, and never written anywhere. Nothing in an archive
 * is trusted: names are labels only, and headers and members are bounded.
 */
final class TarMembers {

    /** Most bytes of one member. */
    static final long MAX_MEMBER = 1L << 28;

    /** Most bytes of the headers of one member, long names included. */
    static final int MAX_HEADERS = 1 << 20;

    private TarMembers() {}

    static ItemCursor open(Path archive, @Nullable String extension, Modality modality) {
        List<String> endings =
                extension == null ? FileKinds.endings(modality) : List.of(extension.toLowerCase(Locale.ROOT));
        if (endings.isEmpty()) {
            throw new InvalidRequestException(archive + ": say which members hold " + modality
                    + ", for example items: {file: " + archive.getFileName() + ", column: npy}");
        }
        Members members = Members.open(archive);
        return ItemCursor.of(archive, () -> members.next(endings, modality), members.tar);
    }

    /** An archive that is gone through. */
    private static final class Members {
        private final Path archive;
        private final Headers headers;
        private final TarArchiveInputStream tar;

        private Members(Path archive, Headers headers) {
            this.archive = archive;
            this.headers = headers;
            this.tar = new TarArchiveInputStream(headers, StandardCharsets.UTF_8.name());
        }

        static Members open(Path archive) {
            try {
                return new Members(archive, new Headers(archive, FileChannel.open(archive, StandardOpenOption.READ)));
            } catch (IOException e) {
                throw BoundedReader.failure(archive, e);
            }
        }

        @Nullable
        SourceItem next(List<String> endings, Modality modality) throws IOException {
            while (true) {
                headers.budget = MAX_HEADERS;
                TarArchiveEntry entry;
                try {
                    entry = tar.getNextEntry();
                } catch (IOException | IllegalArgumentException e) {
                    throw new DataException(archive + ": is damaged, or no tar archive: " + e.getMessage(), e);
                }
                if (entry == null) {
                    return null;
                }
                String name = entry.getName();
                if (entry.isFile() && endings.contains(extension(name))) {
                    return item(entry, name, modality);
                }
            }
        }

        private SourceItem item(TarArchiveEntry entry, String name, Modality modality) throws IOException {
            SourceItem.OfMember member =
                    new SourceItem.OfMember(archive, name, headers.channel.position(), (int) entry.getSize());
            if (entry.isSparse() || entry.getSize() > MAX_MEMBER) {
                throw new DataException(member.label() + ": has " + entry.getSize() + " bytes; at most " + MAX_MEMBER
                        + " are read, and no sparse members");
            }
            if (!modality.equals(Modality.TEXT)) {
                return member;
            }
            if (member.size() > BoundedReader.MAX_RECORD) {
                throw new DataException(member.label() + ": has " + member.size() + " bytes; a text may have "
                        + BoundedReader.MAX_RECORD);
            }
            return new SourceItem.OfText(text((Item.Bytes) member.item()), member.label());
        }

        private static String text(Item.Bytes bytes) {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes.content()))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new DataException(bytes.label() + ": is not a text in UTF-8", e);
            }
        }

        private static String extension(String name) {
            String last = name.substring(name.lastIndexOf('/') + 1);
            return last.substring(last.indexOf('.') + 1).toLowerCase(Locale.ROOT);
        }
    }

    /** The archive's bytes: what is skipped is not read, and what is read for one header is bounded. */
    private static final class Headers extends InputStream {
        private final Path archive;
        private final FileChannel channel;
        private long budget = MAX_HEADERS;

        Headers(Path archive, FileChannel channel) {
            this.archive = archive;
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = channel.read(ByteBuffer.wrap(target, offset, length));
            budget -= read;
            if (budget < 0) {
                throw new DataException(archive + ": a header at byte " + channel.position() + " is larger than "
                        + MAX_HEADERS + " bytes; the archive is damaged");
            }
            return read;
        }

        @Override
        public long skip(long count) throws IOException {
            long skipped = Math.max(0, Math.min(count, channel.size() - channel.position()));
            channel.position(channel.position() + skipped);
            return skipped;
        }

        @Override
        public int available() throws IOException {
            return (int) Math.min(Integer.MAX_VALUE, channel.size() - channel.position());
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
