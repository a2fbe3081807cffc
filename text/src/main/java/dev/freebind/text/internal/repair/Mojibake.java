package dev.freebind.text.internal.repair;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Undoes the reading of UTF-8 bytes as Latin-1 or Windows-1252 ({@code cafÃ©} for {@code café}).
 *
 * <p>Text is touched only when it has neighbours that hardly occur otherwise, judged by the character classes of ftfy's
 * heuristic (R. Speer, "ftfy", 2019, doi 10.5281/zenodo.2591652) as far as the two encodings have them. Mistakes involving
 * other encodings (Mac Roman, code page 437, Windows-1250, -1251, …) are left alone.
 */
final class Mojibake {

    private static final int MAXIMUM_ROUNDS = 32;

    /** Windows-1252 for bytes 0x80 to 0x9F; the five it leaves unassigned stand for themselves, as in browsers. */
    private static final String HIGH_CONTROLS_AS_1252 = windows1252();

    private static final String C1 = "\u0080-\u009F";
    private static final String RARE =
            "\u00A4\u00A6\u00A8\u00AA\u00AC\u00AF\u00B8\u00BA\u0192\u02C6\u02DC\u2020\u2021\u2030\uFFFD";
    private static final String COMMON = "\u00A0\u00AD\u00B4\u00B7\u2013\u2014\u2019\u2026";
    private static final String LEGAL = "\u00A7\u00B6";
    private static final String CURRENCY = "\u00A2\u00A3\u00A5\u20AC";
    private static final String OPENING = "\u00A1\u00A9\u00AB\u00BF\u2018\u201A\u201C\u201E\u2022\u2039";
    private static final String CLOSING = "\u00AE\u00BB\u201D\u203A\u2122";
    private static final String NUMERIC = "\u00B1-\u00B3\u00B5\u00B9\u00BC-\u00BE\u00D7\u00F7";
    private static final String UPPER = "\u00C0-\u00D1\u00D8\u00DC\u00DD\u0152\u0160\u0178\u017D";
    private static final String LOWER = "\u00DF-\u00F1\u00FC\u0153\u0161\u017E";

    private static final String ARABIC_SECOND =
            "[" + COMMON + CURRENCY + RARE + NUMERIC + OPENING + "\u0178\u0160\u00AE\u00B0\u00B5\u00BB]";

    private static final Pattern SUSPICIOUS = Pattern.compile(String.join(
            "|",
            "[" + C1 + "]",
            "[" + RARE + LOWER + UPPER + OPENING + CLOSING + CURRENCY + NUMERIC + LEGAL + "][" + RARE + "]",
            "[a-zA-Z]\u00DE[" + RARE + "]",
            "[" + RARE + "][" + LOWER + UPPER + OPENING + CLOSING + CURRENCY + NUMERIC + LEGAL + "]",
            "[" + LOWER + CLOSING + CURRENCY + NUMERIC + "][" + UPPER + "]",
            "[" + CLOSING + CURRENCY + NUMERIC + "][" + LOWER + "]",
            "[" + LOWER + CLOSING + "][" + CURRENCY + "]",
            "[\\p{IsWhite_Space}\\x1C-\\x1F][" + UPPER + "][" + CURRENCY + "]",
            "[" + UPPER + "][" + NUMERIC + LEGAL + "\u00B0]",
            "[" + LOWER + UPPER + CURRENCY + CLOSING + "][" + OPENING + "][" + NUMERIC + "]",
            "[" + LOWER + UPPER + CURRENCY + NUMERIC + LEGAL + "][" + CLOSING + "][" + OPENING + "]",
            "[" + CURRENCY + NUMERIC + "][" + OPENING + "]",
            "[a-z][" + UPPER + "][" + OPENING + CURRENCY + "]",
            "[" + LOWER + UPPER + "][" + OPENING + CLOSING + "][\\p{L}\\p{N}_]",
            // the ligature oe is followed by a plain letter where it is meant
            "[\u0152\u0153][^A-Za-z]",
            // the first bytes of two-byte Latin, Greek and Cyrillic characters
            "[\u00C2\u00C3\u00CE\u00D0][\u20AC\u0153\u0160\u0161\u00A2\u00A3\u0178\u017E\u00A0\u00AD\u00AE\u00A9\u00B0\u00B7\u00BB"
                    + OPENING + CLOSING + "\u2013\u2014\u00B4]",
            "\u00D7[\u00B2\u00B3]",
            // two Arabic letters
            "[\u00D8\u00D9]" + ARABIC_SECOND + "[\u00D8\u00D9]" + ARABIC_SECOND,
            // South Asian scripts
            "\u00E0[\u00B2\u00B5\u00B9\u00BC-\u00BE]",
            // a grave and a acute, also with the no-break space turned into a space
            "\u00C3[\u00A0\u00A1]",
            "[a-z][\\p{IsWhite_Space}\\x1C-\\x1F]?[\u00C2\u00C3] ",
            "^[\u00C2\u00C3] ",
            "[a-z.,?!" + CLOSING + "]\u00C2[ " + OPENING + CLOSING + "]"));

    /** Latin-1 or Windows-1252 characters for the bytes that begin a UTF-8 sequence of two, three and four. */
    private static final String FIRST_OF_TWO = chars(0xC2, 0xDF) + "\u0160\u017D";

    private static final String FIRST_OF_THREE = chars(0xE0, 0xEF);
    private static final String FIRST_OF_FOUR = "\u00F0\u00F3\u0161";

    /** Characters for continuation bytes, in any of the encodings that ftfy knows, as far as these two have them. */
    private static final String CONTINUATION_STRICT = chars(0x80, 0xBF)
            + "\u00C6\u00D8\u00E6\u00F8\u0152\u0153\u0160\u0161\u0178\u017D\u017E\u0192\u02C6\u02DC\u2020\u2021\u2030\u2039\u203A"
            + "\u20AC\u2122";

    private static final String CONTINUATION =
            CONTINUATION_STRICT + " \u2013\u2014\u2018\u2019\u201A\u201C\u201D\u201E\u2022\u2026";

    /** "à" as a word or before one of a few word ends, whose no-break byte became a space that is also a space. */
    private static final Pattern LOST_A_GRAVE = Pattern.compile("\u00C3 (?! |quele|quela|quilo|s )");

    /** UTF-8 sequences, one char per byte, in which byte A0 has become a space. */
    private static final Pattern LOST_NO_BREAK_SPACE = Pattern.compile("[\u00C2\u00C3\u00C5\u00CE\u00D0\u00D9] "
            + "|[\u00E2\u00E3] [\u0080-\u0084\u0086-\u009F\u00A1-\u00BF]"
            + "|[\u00E0-\u00E3][\u0080-\u0084\u0086-\u009F\u00A1-\u00BF] "
            + "|\u00F0 [\u0080-\u00BF][\u0080-\u00BF]"
            + "|\u00F0[\u0080-\u00BF] [\u0080-\u00BF]"
            + "|\u00F0[\u0080-\u00BF][\u0080-\u00BF] ");

    /** UTF-8 sequences, one char per byte, of which bytes were lost (1A) or became a question mark. */
    private static final Pattern LOST_BYTES = Pattern.compile("[\u00C2-\u00DF]\u001A"
            + "|[\u00C2\u00C3]\\?"
            + "|[\u00E0-\u00EF][\u001A?][\u001A\u0080-\u00BF]"
            + "|[\u00E0-\u00EF][\u001A\u0080-\u00BF][\u001A?]"
            + "|[\u00F0-\u00F4][\u001A?][\u001A\u0080-\u00BF][\u001A\u0080-\u00BF]"
            + "|[\u00F0-\u00F4][\u001A\u0080-\u00BF][\u001A?][\u001A\u0080-\u00BF]"
            + "|[\u00F0-\u00F4][\u001A\u0080-\u00BF][\u001A\u0080-\u00BF][\u001A?]"
            + "|\u001A");

    private static final String REPLACEMENT_IN_UTF_8 = "\u00EF\u00BF\u00BD";

    private Mojibake() {}

    /** Decodes a text that was read in the wrong encoding, repeatedly if it happened more than once. */
    static String decode(String text) {
        String decoded = text;
        for (int round = 0; round < MAXIMUM_ROUNDS && isSuspicious(decoded); round++) {
            String next = decodeOnce(decoded);
            if (next.equals(decoded)) {
                break;
            }
            decoded = next;
        }
        return decoded;
    }

    /** Replaces U+0080 to U+009F, which no text means, by the Windows-1252 characters of these bytes. */
    static String replaceC1Controls(String text) {
        StringBuilder out = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80 && c <= 0x9F) {
                out = out == null ? new StringBuilder(text) : out;
                out.setCharAt(i, HIGH_CONTROLS_AS_1252.charAt(c - 0x80));
            }
        }
        return out == null ? text : out.toString();
    }

    private static boolean isSuspicious(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // every suspicious neighbourhood has one of these; other scripts need no closer look
            if (c > 0x7F && (c <= 0xFF || c == '\uFFFD' || HIGH_CONTROLS_AS_1252.indexOf(c) >= 0)) {
                return SUSPICIOUS.matcher(text).find();
            }
        }
        return false;
    }

    private static String decodeOnce(String text) {
        for (boolean windows : new boolean[] {false, true}) {
            String bytes = bytes(text, windows);
            String decoded = bytes == null ? null : fromUtf8(repaired(bytes, windows));
            if (decoded != null) {
                return decoded;
            }
        }
        String inParts = decodeParts(text);
        return inParts.equals(text) ? replaceC1Controls(text) : inParts;
    }

    /** The bytes a text was read from, one char per byte; null when the encoding has not all of its characters. */
    private static @Nullable String bytes(String text, boolean windows) {
        StringBuilder bytes = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!windows) {
                if (c > 0xFF) {
                    return null;
                }
                bytes.append(c);
            } else if ((c < 0x80 && c != 0x1A) || (c >= 0xA0 && c <= 0xFF)) {
                bytes.append(c);
            } else if (c == '\uFFFD') {
                bytes.append('\u001A');
            } else {
                int index = HIGH_CONTROLS_AS_1252.indexOf(c);
                if (index < 0) {
                    return null;
                }
                bytes.append((char) (0x80 + index));
            }
        }
        return bytes.toString();
    }

    private static String repaired(String bytes, boolean windows) {
        String repaired = bytes;
        if (LOST_NO_BREAK_SPACE.matcher(repaired).find()) {
            repaired = LOST_A_GRAVE.matcher(repaired).replaceAll("\u00C3\u00A0 ");
            repaired = LOST_NO_BREAK_SPACE
                    .matcher(repaired)
                    .replaceAll(match -> match.group().replace(' ', '\u00A0'));
        }
        return windows ? LOST_BYTES.matcher(repaired).replaceAll(REPLACEMENT_IN_UTF_8) : repaired;
    }

    private static @Nullable String fromUtf8(String bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Decodes suspicious runs of UTF-8-like sequences inside a text that as a whole is not UTF-8. */
    private static String decodeParts(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        while (from < text.length()) {
            int end = from > 0 && isOneOf(CONTINUATION_STRICT, text, from - 1) ? from : endOfSequences(text, from);
            if (end == from) {
                out.append(text.charAt(from++));
            } else {
                String part = text.substring(from, end);
                out.append(part.length() < text.length() ? decode(part) : part);
                from = end;
            }
        }
        return out.toString();
    }

    private static int endOfSequences(String text, int from) {
        int end = from;
        while (end < text.length()) {
            int continuations = isOneOf(FIRST_OF_TWO, text, end)
                    ? 1
                    : isOneOf(FIRST_OF_THREE, text, end) ? 2 : isOneOf(FIRST_OF_FOUR, text, end) ? 3 : 0;
            int next = end + 1;
            while (next <= end + continuations && next < text.length() && isOneOf(CONTINUATION, text, next)) {
                next++;
            }
            if (continuations == 0 || next <= end + continuations) {
                break;
            }
            end = next;
        }
        return end;
    }

    private static boolean isOneOf(String characters, String text, int index) {
        return characters.indexOf(text.charAt(index)) >= 0;
    }

    private static String chars(int first, int last) {
        StringBuilder chars = new StringBuilder();
        for (int c = first; c <= last; c++) {
            chars.append((char) c);
        }
        return chars.toString();
    }

    private static String windows1252() {
        StringBuilder chars = new StringBuilder(
                new String(chars(0x80, 0x9F).getBytes(StandardCharsets.ISO_8859_1), Charset.forName("windows-1252")));
        for (int i = 0; i < chars.length(); i++) {
            if (chars.charAt(i) == '\uFFFD') {
                chars.setCharAt(i, (char) (0x80 + i));
            }
        }
        return chars.toString();
    }
}
