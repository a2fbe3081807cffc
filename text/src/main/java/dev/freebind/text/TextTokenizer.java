package dev.freebind.text;

import java.util.List;

/**
 * Turns captions into the token ids of one text tower.
 *
 * <p>Implementations are immutable and safe for use by many threads. Every string is accepted: unpaired surrogates count as
 * U+FFFD, long texts are cut as the official pipeline cuts them. Only a text of more than {@value #MAXIMUM_CHARACTERS}
 * UTF-16 units is refused, with {@link dev.freebind.api.InvalidRequestException}.
 */
public interface TextTokenizer {

    /** The longest text accepted, in UTF-16 units: far above any caption, and small enough to bound memory. */
    int MAXIMUM_CHARACTERS = 1 << 22;

    /** Ids per caption, special ones and padding included. */
    int contextLength();

    /** Number of rows the token embedding table needs: one more than the largest id. */
    int vocabularySize();

    /** The id that fills a short caption up to {@link #contextLength()}. */
    int paddingId();

    /** The ids of one caption. */
    Tokens encode(String text);

    /** The ids of several captions, in order. An empty list gives a batch of no rows. */
    default TokenBatch encodeAll(List<String> texts) {
        int[] ids = new int[Math.multiplyExact(texts.size(), contextLength())];
        int[] lengths = new int[texts.size()];
        for (int row = 0; row < lengths.length; row++) {
            Tokens tokens = encode(texts.get(row));
            System.arraycopy(tokens.ids(), 0, ids, row * contextLength(), contextLength());
            lengths[row] = tokens.length();
        }
        return new TokenBatch(contextLength(), ids, lengths);
    }
}
