package dev.freebind.text.internal.sentencepiece;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a SentencePiece vocabulary; its index is its id.
 *
 * @param text the characters, with U+2581 for a space; {@code <0xHH>} for a byte
 * @param score the higher, the earlier pieces are joined into this one
 * @param type what it is for
 */
record Piece(String text, float score, Type type) {

    /** The types of pieces. */
    enum Type {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE;

        private static final Map<Long, Type> NUMBERS =
                Map.of(1L, NORMAL, 2L, UNKNOWN, 3L, CONTROL, 4L, USER_DEFINED, 5L, UNUSED, 6L, BYTE);

        /** The type of a number in a file, or null. */
        static @Nullable Type of(long number) {
            return NUMBERS.get(number);
        }
    }
}
