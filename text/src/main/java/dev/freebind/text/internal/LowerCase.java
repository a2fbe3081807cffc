package dev.freebind.text.internal;

import java.util.Locale;

/**
 * Lower-casing as the Unicode standard (section 3.13) and Python define it. Java's differs in one letter: whether a sigma
 * ends a word is decided there by word boundaries, for which digits belong to the word.
 */
public final class LowerCase {

    private static final int CAPITAL_SIGMA = 0x3A3;
    private static final char SIGMA = '\u03C3';
    private static final char FINAL_SIGMA = '\u03C2';

    /** Characters of word-break classes MidLetter, MidNumLet and Single_Quote, which casing looks through. */
    private static final String MIDDLE_OF_WORD =
            "'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";

    private LowerCase() {}

    /** The text in lower case, independent of any locale. */
    public static String of(String text) {
        if (text.indexOf(CAPITAL_SIGMA) < 0) {
            return text.toLowerCase(Locale.ROOT);
        }
        StringBuilder out = new StringBuilder(text);
        for (int i = text.indexOf(CAPITAL_SIGMA); i >= 0; i = text.indexOf(CAPITAL_SIGMA, i + 1)) {
            out.setCharAt(i, followsLetter(text, i) && !precedesLetter(text, i + 1) ? FINAL_SIGMA : SIGMA);
        }
        return out.toString().toLowerCase(Locale.ROOT);
    }

    private static boolean followsLetter(String text, int end) {
        int at = end;
        while (at > 0 && isIgnorable(text.codePointBefore(at))) {
            at -= Character.charCount(text.codePointBefore(at));
        }
        return at > 0 && isCased(text.codePointBefore(at));
    }

    private static boolean precedesLetter(String text, int start) {
        int at = start;
        while (at < text.length() && isIgnorable(text.codePointAt(at))) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at < text.length() && isCased(text.codePointAt(at));
    }

    private static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    private static boolean isIgnorable(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL -> true;
            default -> MIDDLE_OF_WORD.indexOf(c) >= 0;
        };
    }
}
