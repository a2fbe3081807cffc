package dev.freebind.text.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds literal special tokens such as {@code </s>} in a caption, as the slow tokenizers of transformers 4.30 do: the token
 * becomes its id, and the text around it is encoded in parts of its own.
 */
public final class SpecialTokens {

    /**
     * One special token.
     *
     * @param text how it is written
     * @param id its token id
     * @param eatsBefore whether white space before it disappears
     * @param eatsAfter whether white space after it disappears
     */
    public record Special(String text, int id, boolean eatsBefore, boolean eatsAfter) {}

    /**
     * A part of a caption.
     *
     * @param text the characters; not empty
     * @param special the special token they are, or null for ordinary text
     */
    public record Part(String text, @Nullable Special special) {}

    private final List<Special> specials;

    /** None of the tokens may be the beginning of another. */
    public SpecialTokens(List<Special> specials) {
        this.specials = List.copyOf(specials);
    }

    /** The parts of a text in order; none is empty, so an empty text has none. */
    public List<Part> split(String text) {
        List<Part> parts = new ArrayList<>();
        int from = 0;
        boolean afterEating = false;
        for (int at = 0; at < text.length(); at++) {
            Special found = at(text, at);
            if (found != null) {
                addText(parts, text.substring(from, at), afterEating, found.eatsBefore());
                parts.add(new Part(found.text(), found));
                afterEating = found.eatsAfter();
                from = at + found.text().length();
                at = from - 1;
            }
        }
        addText(parts, text.substring(from), afterEating, false);
        return parts;
    }

    private @Nullable Special at(String text, int index) {
        char c = text.charAt(index);
        for (Special special : specials) {
            if (special.text().charAt(0) == c && text.startsWith(special.text(), index)) {
                return special;
            }
        }
        return null;
    }

    private static void addText(List<Part> parts, String text, boolean stripStart, boolean stripEnd) {
        String stripped = stripStart ? Characters.stripStart(text) : text;
        stripped = stripEnd ? Characters.stripEnd(stripped) : stripped;
        if (!stripped.isEmpty()) {
            parts.add(new Part(stripped, null));
        }
    }
}
