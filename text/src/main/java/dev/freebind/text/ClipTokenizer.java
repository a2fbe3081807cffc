package dev.freebind.text;

import dev.freebind.api.DataException;
import dev.freebind.text.internal.Characters;
import dev.freebind.text.internal.IdList;
import dev.freebind.text.internal.LowerCase;
import dev.freebind.text.internal.bpe.ByteLevelBpe;
import dev.freebind.text.internal.bpe.ByteSymbols;
import dev.freebind.text.internal.bpe.MergeFile;
import dev.freebind.text.internal.repair.HtmlReferences;
import dev.freebind.text.internal.repair.TextRepair;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CLIP's tokenizer (Radford et al. 2021) as ImageBind uses it: repaired, lower-cased text, byte-level BPE with marked word
 * ends, context length 77, vocabulary 49408.
 *
 * <p>A caption becomes the start token 49406, at most 75 further ids, the end token 49407, and zeros. The tower reads its
 * embedding at the first 49407. Literal {@code <|startoftext|>} and {@code <|endoftext|>} become those ids.
 */
public final class ClipTokenizer implements TextTokenizer {

    /** Ids per caption. */
    public static final int CONTEXT_LENGTH = 77;

    /** Size of the vocabulary. */
    public static final int VOCABULARY_SIZE = 49_408;

    /** The first id of every caption. */
    public static final int START = 49_406;

    /** The id that ends every caption. */
    public static final int END = 49_407;

    private static final int PADDING = 0;
    private static final int BYTES = 256;
    private static final int MERGES = VOCABULARY_SIZE - 2 * BYTES - 2;

    private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}+");
    private static final Pattern WORD = Pattern.compile(
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\p{IsWhite_Space}\\p{L}\\p{N}]+",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    private static final Map<String, Integer> SPECIAL = Map.of("<|startoftext|>", START, "<|endoftext|>", END);

    private final ByteLevelBpe bpe;

    private ClipTokenizer(ByteLevelBpe bpe) {
        this.bpe = bpe;
    }

    /**
     * Reads {@code bpe_simple_vocab_16e6.txt.gz}, which OpenAI's CLIP, open_clip and ImageBind distribute, or the
     * {@code merges.txt} of a CLIP model on the Hugging Face hub (the same merges without the rest). May be unpacked.
     *
     * @throws DataException when the file is missing, damaged or has fewer than 48894 merges
     */
    public static ClipTokenizer open(Path vocabulary) {
        MergeFile file = MergeFile.read(vocabulary, MERGES);
        if (file.merges().size() < MERGES) {
            throw new DataException(vocabulary + " has " + file.merges().size() + " merges; CLIP's vocabulary has "
                    + MERGES + ". Give bpe_simple_vocab_16e6.txt.gz");
        }
        Map<String, Integer> ids = new HashMap<>();
        for (int b = 0; b < BYTES; b++) {
            ids.put(String.valueOf(ByteSymbols.of(b)), ByteSymbols.position(b));
            ids.put(ByteSymbols.of(b) + ByteLevelBpe.END_OF_WORD, BYTES + ByteSymbols.position(b));
        }
        for (MergeFile.Merge merge : file.merges()) {
            ids.put(merge.result(), ids.size());
        }
        return new ClipTokenizer(ByteLevelBpe.of(file, symbol -> ids.getOrDefault(symbol, END), true));
    }

    @Override
    public int contextLength() {
        return CONTEXT_LENGTH;
    }

    @Override
    public int vocabularySize() {
        return VOCABULARY_SIZE;
    }

    @Override
    public int paddingId() {
        return PADDING;
    }

    @Override
    public Tokens encode(String text) {
        Characters.checkLength(text, MAXIMUM_CHARACTERS);
        IdList ids = new IdList(CONTEXT_LENGTH - 1);
        ids.add(START);
        Matcher word = WORD.matcher(clean(text));
        while (!ids.isFull() && word.find()) {
            Integer special = SPECIAL.get(word.group());
            if (special != null) {
                ids.add(special);
            } else {
                ids.addAll(bpe.encode(word.group()));
            }
        }
        int count = ids.size();
        int[] padded = Arrays.copyOf(ids.toArray(), CONTEXT_LENGTH);
        padded[count] = END;
        return new Tokens(padded, count + 1);
    }

    /** Repairs a caption, replaces its HTML references twice, makes white space single and letters lower-case. */
    static String clean(String text) {
        String repaired = TextRepair.repair(Characters.wellFormed(text));
        String plain = HtmlReferences.unescape(HtmlReferences.unescape(repaired));
        String spaced = WHITE_SPACE.matcher(plain).replaceAll(" ");
        return LowerCase.of(Characters.stripEnd(Characters.stripStart(spaced)));
    }
}
