package dev.freebind.text.internal.repair;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Repairs a text line by line: HTML references (unless the text has a {@code <}), mojibake, Latin ligatures, full and half
 * width, curly quotes, line breaks, terminal escapes, control characters, composition (NFC); again until nothing changes.
 */
public final class TextRepair {

    /** Deeper nesting of damage occurs only in texts made to waste time. */
    private static final int MAXIMUM_ROUNDS = 32;

    private static final int MAXIMUM_LINE = 1_000_000;

    /** Longer runs of combining marks, which no script has, are composed in parts: ordering them takes quadratic time. */
    private static final int MAXIMUM_MARKS = 64;

    private static final Pattern SINGLE_QUOTES = Pattern.compile("[\\u02BC\\u2018-\\u201B]");
    private static final Pattern DOUBLE_QUOTES = Pattern.compile("[\\u201C-\\u201F]");
    private static final Pattern LINE_BREAKS = Pattern.compile("\\r\\n|[\\r\\u2028\\u2029\\u0085]");
    private static final Pattern TERMINAL_ESCAPES = Pattern.compile("\\x1B\\[[0-9;]*+[a-zA-Z]");
    private static final Pattern CONTROLS =
            Pattern.compile("[\\x00-\\x08\\x0B\\x0E-\\x1F\\x7F\\u206A-\\u206F\\uFEFF\\uFFF9-\\uFFFC]");

    private static final Map<Character, String> LIGATURES = Map.ofEntries(
            Map.entry('\u0132', "IJ"),
            Map.entry('\u0133', "ij"),
            Map.entry('\u0149', "\u02BCn"),
            Map.entry('\u01F1', "DZ"),
            Map.entry('\u01F2', "Dz"),
            Map.entry('\u01F3', "dz"),
            Map.entry('\u01C4', "D\u017D"),
            Map.entry('\u01C5', "D\u017E"),
            Map.entry('\u01C6', "d\u017E"),
            Map.entry('\u01C7', "LJ"),
            Map.entry('\u01C8', "Lj"),
            Map.entry('\u01C9', "lj"),
            Map.entry('\u01CA', "NJ"),
            Map.entry('\u01CB', "Nj"),
            Map.entry('\u01CC', "nj"),
            Map.entry('\uFB00', "ff"),
            Map.entry('\uFB01', "fi"),
            Map.entry('\uFB02', "fl"),
            Map.entry('\uFB03', "ffi"),
            Map.entry('\uFB04', "ffl"),
            Map.entry('\uFB05', "\u017Ft"),
            Map.entry('\uFB06', "st"));

    private TextRepair() {}

    /** The repaired text; texts of printable ASCII, tabs and line feeds without {@code &} are returned as they are. */
    public static String repair(String text) {
        if (isPlain(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        boolean unescapes = true;
        int from = 0;
        while (from < text.length()) {
            int end = endOfLine(text, from);
            String line = text.substring(from, end);
            unescapes &= line.indexOf('<') < 0;
            out.append(repairLine(line, unescapes));
            from = end;
        }
        return out.toString();
    }

    private static int endOfLine(String text, int from) {
        int end = text.indexOf('\n', from) + 1;
        end = end == 0 ? text.length() : end;
        if (text.codePointCount(from, end) > MAXIMUM_LINE) {
            end = text.offsetByCodePoints(from, MAXIMUM_LINE);
        }
        return end;
    }

    private static String repairLine(String line, boolean unescapes) {
        String text = line;
        for (int round = 0; round < MAXIMUM_ROUNDS && !isPlain(text); round++) {
            String before = text;
            text = unescapes ? HtmlReferences.unescapeUnambiguous(text) : text;
            text = Mojibake.decode(text);
            text = Mojibake.replaceC1Controls(text);
            text = separateLigatures(text);
            text = usualWidth(text);
            text = SINGLE_QUOTES.matcher(text).replaceAll("'");
            text = DOUBLE_QUOTES.matcher(text).replaceAll("\"");
            text = LINE_BREAKS.matcher(text).replaceAll("\n");
            text = TERMINAL_ESCAPES.matcher(text).replaceAll("");
            text = CONTROLS.matcher(text).replaceAll("");
            text = compose(text);
            if (text.equals(before)) {
                break;
            }
        }
        return text;
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < ' ' && c != '\n' && c != '\t') || c > '~' || c == '&') {
                return false;
            }
        }
        return true;
    }

    private static String separateLigatures(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            String letters = c < '\u0132' ? null : LIGATURES.get(c);
            if (letters == null) {
                out.append(c);
            } else {
                out.append(letters);
            }
        }
        return out.toString();
    }

    /** Full-width letters and half-width katakana and hangul in their usual width; U+3000 as a space. */
    private static String usualWidth(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\u3000') {
                out.append(' ');
            } else if (c > '\uFF00' && c < '\uFFF0') {
                out.append(Normalizer.normalize(String.valueOf(c), Normalizer.Form.NFKC));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static String compose(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        int marks = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            marks = isMark(text.codePointAt(i)) ? marks + 1 : 0;
            if (marks > MAXIMUM_MARKS) {
                out.append(Normalizer.normalize(text.substring(from, i), Normalizer.Form.NFC));
                from = i;
                marks = 1;
            }
        }
        return out.append(Normalizer.normalize(text.substring(from), Normalizer.Form.NFC))
                .toString();
    }

    private static boolean isMark(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }
}
