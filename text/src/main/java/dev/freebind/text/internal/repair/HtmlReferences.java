package dev.freebind.text.internal.repair;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Replaces HTML character references: an ampersand, a name or a number, and mostly a semicolon. */
public final class HtmlReferences {

    private static final String RESOURCE = "html-character-references.txt";
    private static final int LONGEST_NAME = 32;
    private static final int LONGEST_UNAMBIGUOUS_NAME = 24;
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

    private HtmlReferences() {}

    /**
     * Replaces references as browsers and Python's {@code html.unescape} do: names of the HTML standard, the longest first,
     * also those few that need no semicolon, and numbers with or without one.
     */
    public static String unescape(String text) {
        int at = text.indexOf('&');
        if (at < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        while (at >= 0) {
            out.append(text, from, at);
            from = text.startsWith("#", at + 1) ? number(text, at, out) : name(text, at, out);
            at = text.indexOf('&', from);
        }
        return out.append(text, from, text.length()).toString();
    }

    /**
     * Replaces only references that end in a semicolon, as ftfy does; names of lower-case letters count in upper case too
     * (EACUTE for eacute) unless that is a name of its own.
     */
    static String unescapeUnambiguous(String text) {
        int at = text.indexOf('&');
        if (at < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        while (at >= 0) {
            int end = endOfUnambiguous(text, at);
            String replacement = end < 0 ? null : unambiguous(text.substring(at, end));
            out.append(text, from, at);
            from = at;
            if (replacement != null) {
                out.append(replacement);
                from = end;
            }
            at = text.indexOf('&', Math.max(from, at + 1));
        }
        return out.append(text, from, text.length()).toString();
    }

    /** The end of a reference with a semicolon that begins at an ampersand, or -1. */
    private static int endOfUnambiguous(String text, int ampersand) {
        int start = ampersand + (text.startsWith("#", ampersand + 1) ? 2 : 1);
        int end = start;
        while (end < text.length()
                && end - start <= LONGEST_UNAMBIGUOUS_NAME
                && isAsciiLetterOrDigit(text.charAt(end))) {
            end++;
        }
        boolean fits = end > start && end - start <= LONGEST_UNAMBIGUOUS_NAME;
        return fits && end < text.length() && text.charAt(end) == ';' ? end + 1 : -1;
    }

    private static @Nullable String unambiguous(String reference) {
        if (reference.charAt(1) == '#') {
            String plain = unescape(reference);
            return plain.indexOf(';') >= 0 ? null : plain;
        }
        String name = reference.substring(1);
        String known = Names.ALL.get(name);
        return known != null ? known : Names.UPPER_CASED.get(name);
    }

    /** Appends what the numeric reference at an ampersand stands for; returns where the text goes on. */
    private static int number(String text, int ampersand, StringBuilder out) {
        boolean hexadecimal = text.startsWith("x", ampersand + 2) || text.startsWith("X", ampersand + 2);
        int radix = hexadecimal ? 16 : 10;
        int start = ampersand + (hexadecimal ? 3 : 2);
        int end = start;
        int codePoint = 0;
        while (end < text.length() && text.charAt(end) < 0x80 && Character.digit(text.charAt(end), radix) >= 0) {
            codePoint = Math.min(codePoint * radix + Character.digit(text.charAt(end), radix), 0x110000);
            end++;
        }
        if (end == start) {
            out.append('&');
            return ampersand + 1;
        }
        append(codePoint, out);
        return end < text.length() && text.charAt(end) == ';' ? end + 1 : end;
    }

    private static void append(int codePoint, StringBuilder out) {
        if (codePoint == 0 || codePoint > 0x10FFFF || (codePoint >= 0xD800 && codePoint <= 0xDFFF)) {
            out.append('\uFFFD');
        } else if (codePoint >= 0x80 && codePoint <= 0x9F) {
            // the standard reads these numbers as Windows-1252, and keeps the five that it leaves unassigned
            String read = new String(new byte[] {(byte) codePoint}, WINDOWS_1252);
            out.append(read.equals("\uFFFD") ? Character.toString(codePoint) : read);
        } else if (!isDropped(codePoint)) {
            out.appendCodePoint(codePoint);
        }
    }

    /** Control characters that are not white space, and noncharacters. */
    private static boolean isDropped(int codePoint) {
        return codePoint <= 0x08
                || codePoint == 0x0B
                || (codePoint >= 0x0E && codePoint <= 0x1F)
                || codePoint == 0x7F
                || (codePoint >= 0xFDD0 && codePoint <= 0xFDEF)
                || (codePoint & 0xFFFE) == 0xFFFE;
    }

    /** Appends what the named reference at an ampersand stands for; returns where the text goes on. */
    private static int name(String text, int ampersand, StringBuilder out) {
        int start = ampersand + 1;
        int end = start;
        for (int i = 0; i < LONGEST_NAME && end < text.length() && isNameCharacter(text.codePointAt(end)); i++) {
            end += Character.charCount(text.codePointAt(end));
        }
        if (end < text.length() && text.charAt(end) == ';' && end > start) {
            end++;
        }
        for (int stop = end; stop > start + 1; stop = text.offsetByCodePoints(stop, -1)) {
            String known = Names.ALL.get(text.substring(start, stop));
            if (known != null) {
                out.append(known);
                return stop;
            }
        }
        out.append('&');
        return start;
    }

    private static boolean isNameCharacter(int c) {
        return "\t\n\f <&#;".indexOf(c) < 0;
    }

    private static boolean isAsciiLetterOrDigit(char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }

    /** Loaded when the first text contains an ampersand. */
    private static final class Names {

        static final Map<String, String> ALL = read();
        static final Map<String, String> UPPER_CASED = upperCased();

        private static Map<String, String> read() {
            Map<String, String> names = new HashMap<>();
            try (InputStream in = HtmlReferences.class.getResourceAsStream(RESOURCE)) {
                if (in == null) {
                    throw new IllegalStateException(RESOURCE + " is missing from the jar");
                }
                new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.startsWith("# "))
                        .forEach(line -> {
                            StringBuilder characters = new StringBuilder();
                            int tab = line.indexOf('\t');
                            for (String hex : line.substring(tab + 1).split(" ", -1)) {
                                characters.appendCodePoint(Integer.parseInt(hex, 16));
                            }
                            names.put(line.substring(0, tab), characters.toString());
                        });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return names;
        }

        private static Map<String, String> upperCased() {
            Map<String, String> upper = new HashMap<>();
            ALL.forEach((name, characters) -> {
                String reference = "&" + name.toUpperCase(Locale.ROOT);
                if (name.endsWith(";")
                        && name.equals(name.toLowerCase(Locale.ROOT))
                        && unescape(reference).equals(reference)) {
                    upper.put(name.toUpperCase(Locale.ROOT), characters.toUpperCase(Locale.ROOT));
                }
            });
            return upper;
        }
    }
}
