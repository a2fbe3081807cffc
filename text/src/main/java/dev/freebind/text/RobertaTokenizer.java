package dev.freebind.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.freebind.api.DataException;
import dev.freebind.text.internal.Characters;
import dev.freebind.text.internal.IdList;
import dev.freebind.text.internal.SpecialTokens;
import dev.freebind.text.internal.SpecialTokens.Special;
import dev.freebind.text.internal.VocabularyFile;
import dev.freebind.text.internal.bpe.ByteLevelBpe;
import dev.freebind.text.internal.bpe.MergeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RoBERTa's tokenizer (Liu et al., arXiv 1907.11692) as CLAP uses it: GPT-2's byte-level BPE with RoBERTa's ids, nothing
 * stripped or lower-cased, context length 77.
 *
 * <p>A caption becomes {@code <s>}, at most 75 further ids, {@code </s>} and {@code <pad>}s; the attention mask is
 * {@link TokenBatch#attentionMask()}. Literal special tokens in a caption become their ids; {@code <mask>} also swallows the
 * white space before it.
 */
public final class RobertaTokenizer implements TextTokenizer {

    /** Ids per caption in CLAP. */
    public static final int CLAP_CONTEXT_LENGTH = 77;

    private static final int MAXIMUM_ID = (1 << 22) - 1;
    private static final int MAXIMUM_TOKEN_LENGTH = 1024;
    private static final int MAXIMUM_MERGES = 1 << 20;

    private static final Pattern PIECE =
            Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+"
                    + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+");

    private final ByteLevelBpe bpe;
    private final SpecialTokens specialTokens;
    private final int start;
    private final int end;
    private final int padding;
    private final int contextLength;
    private final int vocabularySize;

    private RobertaTokenizer(
            Path vocabularyFile, Map<String, Integer> vocabulary, MergeFile merges, int contextLength) {
        int unknown = special(vocabularyFile, vocabulary, "<unk>");
        this.start = special(vocabularyFile, vocabulary, "<s>");
        this.end = special(vocabularyFile, vocabulary, "</s>");
        this.padding = special(vocabularyFile, vocabulary, "<pad>");
        this.contextLength = contextLength;
        this.vocabularySize =
                vocabulary.values().stream().mapToInt(Integer::intValue).max().orElseThrow() + 1;
        this.bpe = ByteLevelBpe.of(merges, symbol -> vocabulary.getOrDefault(symbol, unknown), false);
        this.specialTokens = new SpecialTokens(List.of(
                new Special("<s>", start, false, false),
                new Special("</s>", end, false, false),
                new Special("<unk>", unknown, false, false),
                new Special("<pad>", padding, false, false),
                new Special("<mask>", special(vocabularyFile, vocabulary, "<mask>"), true, false)));
    }

    /**
     * Reads {@code vocab.json} and {@code merges.txt} of a folder, as the {@code roberta-base} model has them, for CLAP.
     *
     * @throws DataException when a file is missing or damaged, naming it and what is wrong
     */
    public static RobertaTokenizer open(Path folder) {
        return open(folder.resolve("vocab.json"), folder.resolve("merges.txt"), CLAP_CONTEXT_LENGTH);
    }

    /**
     * Reads a vocabulary (a JSON object from token to id) and its merges.
     *
     * @param contextLength ids per caption, at least 2
     * @throws DataException when a file is missing or damaged, naming it and what is wrong
     */
    public static RobertaTokenizer open(Path vocabulary, Path merges, int contextLength) {
        if (contextLength < 2) {
            throw new IllegalArgumentException("a context of " + contextLength + " has no room for <s> and </s>");
        }
        return new RobertaTokenizer(
                vocabulary, readVocabulary(vocabulary), MergeFile.read(merges, MAXIMUM_MERGES), contextLength);
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
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
        for (SpecialTokens.Part part : specialTokens.split(Characters.wellFormed(text))) {
            if (part.special() != null) {
                ids.add(part.special().id());
                continue;
            }
            Matcher piece = PIECE.matcher(part.text());
            while (!ids.isFull() && piece.find()) {
                ids.addAll(bpe.encode(piece.group()));
            }
        }
        int count = ids.size();
        int[] closed = Arrays.copyOf(ids.toArray(), count + 1);
        closed[count] = end;
        return Tokens.padded(closed, count + 1, contextLength, padding);
    }

    private static int special(Path file, Map<String, Integer> vocabulary, String token) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new DataException(file + " has no token " + token + ", so it is not a RoBERTa vocabulary");
        }
        return id;
    }

    private static Map<String, Integer> readVocabulary(Path file) {
        Map<String, Integer> ids = new HashMap<>();
        Map<Integer, String> tokens = new HashMap<>();
        String text = VocabularyFile.text(file);
        try (JsonParser json = new JsonFactory().createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new DataException(file + " is not a JSON object from token to id");
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String token = json.currentName();
                if (token.length() > MAXIMUM_TOKEN_LENGTH) {
                    throw new DataException(file + " has a token of " + token.length() + " characters; at most "
                            + MAXIMUM_TOKEN_LENGTH + " are allowed");
                }
                if (json.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                    throw new DataException(
                            file + ", token '" + token + "': expected an id, found '" + json.getText() + "'");
                }
                long id = json.getLongValue();
                if (id < 0 || id > MAXIMUM_ID) {
                    throw new DataException(
                            file + ", token '" + token + "': id " + id + " is outside 0 to " + MAXIMUM_ID);
                }
                if (ids.putIfAbsent(token, (int) id) != null) {
                    throw new DataException(file + " lists the token '" + token + "' twice");
                }
                String other = tokens.putIfAbsent((int) id, token);
                if (other != null) {
                    throw new DataException(
                            file + " gives the id " + id + " to both '" + other + "' and '" + token + "'");
                }
            }
            if (json.nextToken() != null) {
                throw new DataException(file + " goes on after its JSON object");
            }
        } catch (IOException e) {
            throw new DataException(
                    file + " is not valid JSON: "
                            + (e instanceof JsonProcessingException wrong
                                    ? wrong.getOriginalMessage()
                                    : e.getMessage()),
                    e);
        }
        return ids;
    }
}
