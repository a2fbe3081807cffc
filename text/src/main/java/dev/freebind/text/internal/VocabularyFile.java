package dev.freebind.text.internal;

import dev.freebind.api.DataException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Reads a vocabulary file of bounded size into memory; every error names the file. */
public final class VocabularyFile {

    /** The official files have at most 3.2 MB. */
    private static final int MAXIMUM_TEXT_BYTES = 1 << 25;

    private VocabularyFile() {}

    /** The bytes of a file; more than {@code limit} of them are a {@link DataException}. */
    public static byte[] bytes(Path file, int limit) {
        if (Files.isDirectory(file)) {
            throw new DataException("cannot read " + file + ": it is a folder");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new DataException(file + " is larger than " + limit + " bytes; no vocabulary of this kind is");
            }
            return bytes;
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + inWords(e), e);
        }
    }

    /** The lines of a UTF-8 file, which may be gzip-compressed; CR before LF is dropped, as is a last empty line. */
    public static List<String> lines(Path file) {
        String text = text(file);
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('\n', from);
            int next = end < 0 ? text.length() : end + 1;
            end = end < 0 ? text.length() : end;
            lines.add(text.substring(from, end > from && text.charAt(end - 1) == '\r' ? end - 1 : end));
            from = next;
        }
        return lines;
    }

    /** The text of a UTF-8 file, which may be gzip-compressed. */
    public static String text(Path file) {
        byte[] bytes = bytes(file, MAXIMUM_TEXT_BYTES);
        if (bytes.length > 2 && (bytes[0] & 0xFF) == 0x1F && (bytes[1] & 0xFF) == 0x8B) {
            bytes = unzip(file, bytes);
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw new DataException(file + " is not UTF-8 text: byte " + in.position() + " is wrong");
        }
        return out.flip().toString();
    }

    /** Decodes UTF-8 strictly. */
    public static String strictUtf8(ByteBuffer bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    }

    private static byte[] unzip(Path file, byte[] bytes) {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            byte[] unzipped = in.readNBytes(MAXIMUM_TEXT_BYTES + 1);
            if (unzipped.length > MAXIMUM_TEXT_BYTES) {
                throw new DataException(
                        file + " unpacks to more than " + MAXIMUM_TEXT_BYTES + " bytes; no vocabulary does");
            }
            return unzipped;
        } catch (IOException e) {
            throw new DataException(file + " is a damaged gzip file: " + e.getMessage(), e);
        }
    }

    private static String inWords(IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        return String.valueOf(cause.getMessage());
    }
}
