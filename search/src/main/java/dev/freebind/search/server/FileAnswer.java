package dev.freebind.search.server;

import dev.freebind.search.server.MediaFiles.MediaFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A media file, or the range of it that a player asks for (RFC 9110, section 14; one range). */
final class FileAnswer {

    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");
    private static final int BUFFER = 1 << 16;

    private FileAnswer() {}

    /**
     * Answers with a file.
     *
     * @param range the Range header; one that is not a single range of bytes means the whole file
     * @throws HttpProblem if the range lies outside
     */
    static Answer of(MediaFile file, @Nullable String range) throws IOException {
        long size = Files.size(file.path());
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", file.type());
        headers.put("Accept-Ranges", "bytes");
        headers.put("Cache-Control", "private, max-age=60");
        // should a browser ever take the file for a document
        headers.put("Content-Security-Policy", "default-src 'none'; sandbox");
        Matcher asked = range == null ? null : RANGE.matcher(range.strip());
        if (asked == null
                || !asked.matches()
                || (asked.group(1).isEmpty() && asked.group(2).isEmpty())) {
            return new Answer(200, headers, size, stream -> copy(file, 0, size, stream));
        }
        long first;
        long last;
        if (asked.group(1).isEmpty()) {
            first = Math.max(0, size - Long.parseLong(asked.group(2)));
            last = size - 1;
        } else {
            first = Long.parseLong(asked.group(1));
            last = asked.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(asked.group(2)));
        }
        if (first >= size || first > last) {
            throw new HttpProblem(416, "the file has " + size + " bytes", Map.of("Content-Range", "bytes */" + size));
        }
        headers.put("Content-Range", "bytes " + first + "-" + last + "/" + size);
        long length = last - first + 1;
        return new Answer(206, headers, length, stream -> copy(file, first, length, stream));
    }

    private static void copy(MediaFile file, long first, long length, OutputStream stream) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file.path(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            long at = first;
            while (at < first + length) {
                buffer.clear().limit((int) Math.min(BUFFER, first + length - at));
                int read = channel.read(buffer, at);
                if (read < 0) {
                    throw new IOException(file.path() + " has become shorter while it was sent");
                }
                stream.write(buffer.array(), 0, read);
                at += read;
            }
        }
    }
}
