package dev.freebind.text.internal;

import dev.freebind.api.InvalidRequestException;

/** Python's notions of white space and well-formed text, where Java's differ. */
public final class Characters {

    private static final char REPLACEMENT = '\uFFFD';

    private Characters() {}

    /** Refuses a text longer than {@code maximum} UTF-16 units. */
    public static void checkLength(String text, int maximum) {
        if (text.length() > maximum) {
            throw new InvalidRequestException("a text has " + text.length() + " characters; at most " + maximum
                    + " are allowed. Is a whole file being read as one caption?");
        }
    }

    /** The text with every unpaired surrogate replaced by U+FFFD, so that it has a UTF-8 form. */
    public static String wellFormed(String text) {
        int first = firstUnpaired(text, 0);
        if (first < 0) {
            return text;
        }
        char[] chars = text.toCharArray();
        for (int i = first; i >= 0; i = firstUnpaired(text, i + 1)) {
            chars[i] = REPLACEMENT;
        }
        return new String(chars);
    }

    private static int firstUnpaired(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether Unicode gives the character the property White_Space: 25 characters, U+200B not among them. */
    public static boolean isWhiteSpace(int c) {
        return (c >= 0x09 && c <= 0x0D) || c == 0x85 || Character.isSpaceChar(c);
    }

    /** Whether Python's {@code str.strip()} removes the character: white space, and the separators U+001C to U+001F. */
    public static boolean isStripped(int c) {
        return isWhiteSpace(c) || (c >= 0x1C && c <= 0x1F);
    }

    /** Python's {@code str.lstrip()}. */
    public static String stripStart(String text) {
        int from = 0;
        while (from < text.length() && isStripped(text.charAt(from))) {
            from++;
        }
        return text.substring(from);
    }

    /** Python's {@code str.rstrip()}. */
    public static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isStripped(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }
}
