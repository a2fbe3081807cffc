package dev.freebind.api;

import java.util.Collection;
import java.util.Optional;

/** Guesses which of some known names was meant, for messages about a name that is unknown. */
public final class NearestName {

    /** Names up to this length may differ in one letter, longer ones in one letter for each such length. */
    private static final int LETTERS_PER_MISTAKE = 3;

    private NearestName() {}

    /**
     * The known name with the fewest edits from what was found, if those are few enough for a slip of the hand.
     *
     * @param found what is unknown
     * @param known all names there are; of equally near ones the first is taken
     */
    public static Optional<String> of(String found, Collection<String> known) {
        String nearest = null;
        int fewest = Integer.MAX_VALUE;
        for (String name : known) {
            int edits = edits(found, name);
            if (edits < fewest) {
                fewest = edits;
                nearest = name;
            }
        }
        int longest = nearest == null ? 0 : Math.max(found.length(), nearest.length());
        return fewest <= Math.max(1, longest / LETTERS_PER_MISTAKE) ? Optional.ofNullable(nearest) : Optional.empty();
    }

    /**
     * For the end of a message: {@code ; did you mean 'x'? There are: x, y}.
     *
     * @param found what is unknown
     * @param known all names there are, in the order to list them
     */
    public static String hint(String found, Collection<String> known) {
        String guess = of(found, known)
                .map(name -> "; did you mean '" + name + "'? There")
                .orElse("; there");
        return guess + (known.isEmpty() ? " are none" : " are: " + String.join(", ", known));
    }

    /** Insertions, deletions, replacements and swaps of neighbours that turn one into the other. */
    private static int edits(String from, String to) {
        int[][] distance = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            distance[i][0] = i;
        }
        for (int j = 0; j <= to.length(); j++) {
            distance[0][j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            for (int j = 1; j <= to.length(); j++) {
                int replaced = distance[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                distance[i][j] = Math.min(replaced, 1 + Math.min(distance[i - 1][j], distance[i][j - 1]));
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    distance[i][j] = Math.min(distance[i][j], 1 + distance[i - 2][j - 2]);
                }
            }
        }
        return distance[from.length()][to.length()];
    }
}
