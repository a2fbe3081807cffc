package dev.freebind.text;

import dev.freebind.api.DataException;
import dev.freebind.text.internal.Characters;
import dev.freebind.text.internal.IdList;
import dev.freebind.text.internal.SpecialTokens;
import dev.freebind.text.internal.SpecialTokens.Special;
import dev.freebind.text.internal.sentencepiece.SentencePieceBpe;
import dev.freebind.text.internal.sentencepiece.SentencePieceModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * LLaMA's tokenizer (Touvron et al., arXiv 2302.13971) as InternVL-C uses it: SentencePiece BPE with the stored scores and
 * byte fallback, a fixed prefix before every caption, begin and end tokens, padding on the right.
 *
 * <p>A caption becomes {@code <s>}, at most {@code contextLength - 2} further ids, {@code </s>} and padding. Literal
 * {@code <s>}, {@code </s>}, {@code <unk>} and {@code [PAD]} (where the model has such a piece) become their ids, and the
 * white space around them disappears, as in transformers 4.30.
 */
public final class LlamaTokenizer implements TextTokenizer {

    /** What InternVL-C's captions begin with; no space follows. */
    public static final String INTERNVL_PREFIX = "summarize:";

    /** Ids per caption in InternVL-C. */
    public static final int INTERNVL_CONTEXT_LENGTH = 80;

    private static final String PAD_PIECE = "[PAD]";

    /** What fills a short caption. The embeddings of the two differ widely: ids above 0 are attended to. */
    public enum Padding {
        /** Id 0, as InternVL's model card prescribes: the tower masks it and reads its embedding at the end token. */
        ZERO,
        /**
         * The vocabulary's own {@code [PAD]} piece, as FreeBind's published code does: the tower attends to it and reads its
         * embedding at the last position.
         */
        PAD_PIECE
    }

    private final SentencePieceBpe bpe;
    private final SpecialTokens specialTokens;
    private final String prefix;
    private final int contextLength;
    private final int start;
    private final int end;
    private final int padding;

    private LlamaTokenizer(SentencePieceBpe bpe, String prefix, int contextLength, Padding padding) {
        this.bpe = bpe;
        this.prefix = prefix;
        this.contextLength = contextLength;
        this.start = required(bpe.model(), "<s>");
        this.end = required(bpe.model(), "</s>");
        this.padding = padding == Padding.ZERO ? 0 : required(bpe.model(), PAD_PIECE);
        List<Special> specials = new ArrayList<>();
        for (String literal : List.of("<s>", "</s>", "<unk>", PAD_PIECE)) {
            bpe.model().idOf(literal).ifPresent(id -> specials.add(new Special(literal, id, true, true)));
        }
        this.specialTokens = new SpecialTokens(specials);
    }

    /**
     * Reads InternVL-C's {@code tokenizer.model}: prefix {@value #INTERNVL_PREFIX}, {@value #INTERNVL_CONTEXT_LENGTH} ids.
     *
     * @throws DataException when the file is missing, damaged, not of the LLaMA kind, or has no piece the padding needs
     */
    public static LlamaTokenizer forInternVlC(Path model, Padding padding) {
        return open(model, INTERNVL_PREFIX, INTERNVL_CONTEXT_LENGTH, padding);
    }

    /**
     * Reads a {@code tokenizer.model}.
     *
     * @param prefix put directly before every caption; may be empty
     * @param contextLength ids per caption, at least 2
     * @throws DataException when the file is missing, damaged, not of the LLaMA kind, or has no piece the padding needs
     */
    public static LlamaTokenizer open(Path model, String prefix, int contextLength, Padding padding) {
        if (contextLength < 2) {
            throw new IllegalArgumentException("a context of " + contextLength + " has no room for <s> and </s>");
        }
        return new LlamaTokenizer(new SentencePieceBpe(SentencePieceModel.read(model)), prefix, contextLength, padding);
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int vocabularySize() {
        return bpe.model().size();
    }

    @Override
    public int paddingId() {
        return padding;
    }

    @Override
    public Tokens encode(String text) {
        Characters.checkLength(text, MAXIMUM_CHARACTERS);
        IdList ids = new IdList(contextLength - 1);
        ids.add(start);
        for (SpecialTokens.Part part : specialTokens.split(prefix + Characters.wellFormed(text))) {
            if (ids.isFull()) {
                break;
            }
            if (part.special() != null) {
                ids.add(part.special().id());
            } else {
                bpe.encode(part.text(), ids);
            }
        }
        int count = ids.size();
        int[] closed = Arrays.copyOf(ids.toArray(), count + 1);
        closed[count] = end;
        return Tokens.padded(closed, count + 1, contextLength, padding);
    }

    private static int required(SentencePieceModel model, String piece) {
        return model.idOf(piece)
                .orElseThrow(() -> new DataException(model.file() + " has no piece " + piece
                        + (piece.equals(PAD_PIECE)
                                ? "; choose padding with id 0, or give the tokenizer.model of InternVL-14B-224px"
                                : ", so it is not a LLaMA tokenizer")));
    }
}
