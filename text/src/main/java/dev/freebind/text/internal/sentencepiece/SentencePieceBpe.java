package dev.freebind.text.internal.sentencepiece;

import dev.freebind.text.internal.IdList;
import dev.freebind.text.internal.bpe.PairMerging;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * SentencePiece's BPE encoding (Kudo and Richardson, arXiv 1808.06226): spaces become U+2581, code points are joined into
 * the piece of the highest score (equal scores from the left) as long as a join makes a piece, and what is then no piece is
 * written as its UTF-8 bytes.
 *
 * <p>When no piece has U+2581 after another character (true of LLaMA's models), words cannot influence each other: they are
 * then encoded one by one and remembered, up to a bound, and a text is read only as far as ids are wanted.
 */
public final class SentencePieceBpe {

    private static final char SPACE = '\u2581';
    private static final int CACHED_WORDS = 1 << 15;
    private static final int CACHED_WORD_LENGTH = 32;

    private final SentencePieceModel model;
    private final PairMerging merging;
    private final boolean wordsAreIndependent;
    private final Map<String, int[]> cache = new ConcurrentHashMap<>();

    /** Prepares the joins of a model. */
    public SentencePieceBpe(SentencePieceModel model) {
        this.model = model;
        int[] ranks = ranks(model);
        PairMerging.Builder rules = new PairMerging.Builder();
        boolean independent = true;
        for (int id = 0; id < model.size(); id++) {
            Piece piece = model.piece(id);
            if (piece.type() == Piece.Type.NORMAL) {
                addRule(rules, id, ranks[id], piece.text());
                independent &= !hasSpaceAfterOther(piece.text());
            }
        }
        this.merging = rules.build(PairMerging.Order.BEST_FIRST);
        this.wordsAreIndependent = independent;
    }

    /** The model this encodes with. */
    public SentencePieceModel model() {
        return model;
    }

    /**
     * Appends the ids of a text, without begin and end tokens, until the list is full. An empty text has none; any other
     * text is read as if a space stood before it, if the model says so. The text must have no unpaired surrogates.
     */
    public void encode(String text, IdList ids) {
        if (text.isEmpty()) {
            return;
        }
        String escaped = (model.addsDummyPrefix() ? SPACE + text : text).replace(' ', SPACE);
        int from = 0;
        while (from < escaped.length() && !ids.isFull()) {
            int end = wordsAreIndependent ? endOfWord(escaped, from) : escaped.length();
            ids.addAll(encodeWord(escaped.substring(from, end)));
            from = end;
        }
    }

    private static int endOfWord(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) == SPACE) {
            end++;
        }
        int next = text.indexOf(SPACE, end);
        return next < 0 ? text.length() : next;
    }

    private int[] encodeWord(String word) {
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
        int[] symbols = word.codePoints().map(this::symbol).toArray();
        IdList ids = new IdList(Integer.MAX_VALUE);
        for (int symbol : merging.merge(symbols)) {
            if (symbol < model.size()) {
                ids.add(symbol);
            } else {
                for (byte b : Character.toString(symbol - model.size()).getBytes(StandardCharsets.UTF_8)) {
                    ids.add(model.byteId(b & 0xFF));
                }
            }
        }
        return ids.toArray();
    }

    /** A code point as a symbol: its piece's id, or a number above all ids when it is no piece. */
    private int symbol(int codePoint) {
        int id = model.normalId(Character.toString(codePoint));
        return id >= 0 ? id : model.size() + codePoint;
    }

    /** Lets every pair of symbols that spells the piece be joined into it. */
    private void addRule(PairMerging.Builder rules, int id, int rank, String text) {
        int first = Character.charCount(text.codePointAt(0));
        if (first == text.length()) {
            return;
        }
        int rule = rules.addRule(rank, id);
        for (int split = first; split < text.length(); split = text.offsetByCodePoints(split, 1)) {
            int left = symbol(text.substring(0, split));
            int right = symbol(text.substring(split));
            if (left >= 0 && right >= 0) {
                rules.addPair(left, right, rule);
            }
        }
    }

    /** A part of a piece as a symbol, or -1 when it can never occur as one. */
    private int symbol(String part) {
        boolean single = part.codePointCount(0, part.length()) == 1;
        return single ? symbol(part.codePointAt(0)) : model.normalId(part);
    }

    /** The rank of each piece: 0 for the highest score, equal for equal scores. */
    private static int[] ranks(SentencePieceModel model) {
        float[] scores = new float[model.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = 0f + model.piece(id).score(); // -0 and 0 are one score
        }
        float[] sorted = scores.clone();
        Arrays.sort(sorted);
        Map<Float, Integer> rankOf = new HashMap<>();
        for (int i = sorted.length - 1; i >= 0; i--) {
            rankOf.putIfAbsent(sorted[i], rankOf.size());
        }
        int[] ranks = new int[scores.length];
        Arrays.setAll(ranks, id -> rankOf.getOrDefault(scores[id], 0));
        return ranks;
    }

    private static boolean hasSpaceAfterOther(String text) {
        for (int i = 1; i < text.length(); i++) {
            if (text.charAt(i) == SPACE && text.charAt(i - 1) != SPACE) {
                return true;
            }
        }
        return false;
    }
}
