package dev.freebind.text.internal.bpe;

import dev.freebind.text.internal.bpe.MergeFile.Merge;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;

/**
 * Byte-level byte pair encoding (Radford et al. 2019, GPT-2): a word's UTF-8 bytes are joined by a merge list, rank by rank,
 * and the symbols that remain are looked up as tokens. Every string can be encoded. Words are remembered, up to a bound.
 */
public final class ByteLevelBpe {

    /** What CLIP appends to the last symbol of a word. */
    public static final String END_OF_WORD = "</w>";

    private static final int CACHED_WORDS = 1 << 15;
    private static final int CACHED_WORD_LENGTH = 32;
    private static final int BYTES = 256;

    private final PairMerging merging;
    private final int[] tokens;
    private final boolean marksWordEnd;
    private final Map<String, int[]> cache = new ConcurrentHashMap<>();

    private ByteLevelBpe(PairMerging merging, int[] tokens, boolean marksWordEnd) {
        this.merging = merging;
        this.tokens = tokens;
        this.marksWordEnd = marksWordEnd;
    }

    /**
     * Prepares a merge list.
     *
     * @param file the merges
     * @param tokenOf the token id of a symbol as written in the file; asked once per symbol
     * @param marksWordEnd whether the last byte of every word carries {@link #END_OF_WORD}
     * @throws dev.freebind.api.DataException when a merge joins symbols that cannot occur, or what another line joins or makes
     */
    public static ByteLevelBpe of(MergeFile file, ToIntFunction<String> tokenOf, boolean marksWordEnd) {
        Map<String, Integer> symbols = new HashMap<>();
        int single = marksWordEnd ? 2 * BYTES : BYTES;
        int[] tokens = new int[single + file.merges().size()];
        for (int symbol = 0; symbol < single; symbol++) {
            String text = ByteSymbols.of(symbol % BYTES) + (symbol < BYTES ? "" : END_OF_WORD);
            symbols.put(text, symbol);
            tokens[symbol] = tokenOf.applyAsInt(text);
        }
        PairMerging.Builder rules = new PairMerging.Builder();
        for (int rank = 0; rank < file.merges().size(); rank++) {
            Merge merge = file.merges().get(rank);
            int result = single + rank;
            if (symbols.putIfAbsent(merge.result(), result) != null) {
                throw file.error(merge, "the symbol '" + MergeFile.shortened(merge.result()) + "' is made twice");
            }
            rules.addPair(
                    known(file, merge, merge.left(), symbols),
                    known(file, merge, merge.right(), symbols),
                    rules.addRule(rank, result));
            tokens[result] = tokenOf.applyAsInt(merge.result());
        }
        return new ByteLevelBpe(rules.build(PairMerging.Order.RANK_BY_RANK), tokens, marksWordEnd);
    }

    /** The token ids of one word: whatever the tokenizer's splitting yields, spaces included; must not be changed. */
    public int[] encode(String word) {
        int[] known = cache.get(word);
        if (known != null) {
            return known;
        }
        int[] ids = merged(word);
        if (word.length() <= CACHED_WORD_LENGTH && cache.size() < CACHED_WORDS) {
            cache.put(word, ids);
        }
        return ids;
    }

    private int[] merged(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int[] symbols = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            symbols[i] = bytes[i] & 0xFF;
        }
        if (marksWordEnd && symbols.length > 0) {
            symbols[symbols.length - 1] += BYTES;
        }
        int[] ids = merging.merge(symbols);
        for (int i = 0; i < ids.length; i++) {
            ids[i] = tokens[ids[i]];
        }
        return ids;
    }

    private static int known(MergeFile file, Merge merge, String symbol, Map<String, Integer> symbols) {
        Integer number = symbols.get(symbol);
        if (number == null) {
            throw file.error(
                    merge,
                    "'" + MergeFile.shortened(symbol) + "' is neither a byte's symbol nor made by an earlier line");
        }
        return number;
    }
}
