package dev.freebind.formats;

import java.util.Comparator;

/**
 * The order in which people number files: runs of digits compare as numbers, so that {@code part-2} comes before
 * {@code part-10}; all else by character. Names that differ only in leading zeros are ordered by the number of zeros.
 */
public final class NaturalOrder implements Comparator<String> {

    /** The one instance. */
    public static final NaturalOrder INSTANCE = new NaturalOrder();

    private NaturalOrder() {}

    @Override
    public int compare(String first, String second) {
        int i = 0;
        int j = 0;
        while (i < first.length() && j < second.length()) {
            if (isDigit(first.charAt(i)) && isDigit(second.charAt(j))) {
                int iEnd = endOfDigits(first, i);
                int jEnd = endOfDigits(second, j);
                int order = compareNumbers(first, i, iEnd, second, j, jEnd);
                if (order != 0) {
                    return order;
                }
                i = iEnd;
                j = jEnd;
            } else {
                int order = Character.compare(first.charAt(i), second.charAt(j));
                if (order != 0) {
                    return order;
                }
                i++;
                j++;
            }
        }
        int rest = Integer.compare(first.length() - i, second.length() - j);
        int zeros = rest != 0 ? rest : Integer.compare(first.length(), second.length());
        return zeros != 0 ? zeros : first.compareTo(second);
    }

    private static int compareNumbers(String first, int from, int to, String second, int from2, int to2) {
        int i = skipZeros(first, from, to);
        int j = skipZeros(second, from2, to2);
        int byLength = Integer.compare(to - i, to2 - j);
        return byLength != 0 ? byLength : first.substring(i, to).compareTo(second.substring(j, to2));
    }

    private static int skipZeros(String text, int from, int to) {
        int i = from;
        while (i < to && text.charAt(i) == '0') {
            i++;
        }
        return i;
    }

    private static int endOfDigits(String text, int from) {
        int i = from;
        while (i < text.length() && isDigit(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
