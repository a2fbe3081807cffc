package dev.freebind.text.internal.sentencepiece;

import dev.freebind.api.DataException;
import dev.freebind.text.internal.VocabularyFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The content of a SentencePiece {@code tokenizer.model} of the LLaMA kind: BPE with stored scores, bytes for characters
 * outside the vocabulary, no normalisation, white space kept.
 *
 * <p>Models trained otherwise (unigram, Unicode normalisation, user-defined pieces) are refused by name, because encoding
 * with them as if they were of this kind would give wrong ids silently.
 */
public final class SentencePieceModel {

    private static final int MAXIMUM_FILE_BYTES = 1 << 24;
    private static final int MAXIMUM_PIECES = 500_000;
    private static final int MAXIMUM_PIECE_BYTES = 256;

    private static final Pattern BYTE_PIECE = Pattern.compile("<0x[0-9A-F]{2}>");

    private static final int PIECES = 1;
    private static final int TRAINER = 2;
    private static final int NORMALIZER = 3;
    private static final int MODEL_TYPE_BPE = 2;
    private static final List<String> MODEL_TYPES = List.of("0", "unigram", "BPE", "word", "character");

    private final Path file;
    private final List<Piece> pieces;
    private final Map<String, Integer> ids;
    private final int[] byteIds;
    private final boolean addsDummyPrefix;

    private SentencePieceModel(
            Path file, List<Piece> pieces, Map<String, Integer> ids, int[] byteIds, boolean addsDummyPrefix) {
        this.file = file;
        this.pieces = pieces;
        this.ids = ids;
        this.byteIds = byteIds;
        this.addsDummyPrefix = addsDummyPrefix;
    }

    /**
     * Reads a model of at most 16 MiB.
     *
     * @throws DataException when the file is missing, damaged or not of the LLaMA kind; the message says why
     */
    public static SentencePieceModel read(Path file) {
        byte[] bytes = VocabularyFile.bytes(file, MAXIMUM_FILE_BYTES);
        if (bytes.length == 0) {
            throw new DataException(file + " is empty; expected a SentencePiece model");
        }
        ProtobufFields fields = new ProtobufFields(file.toString(), ByteBuffer.wrap(bytes));
        List<Piece> pieces = new ArrayList<>();
        Trainer trainer = Trainer.DEFAULT;
        Normalizer normalizer = Normalizer.DEFAULT;
        while (fields.next()) {
            switch (fields.field()) {
                case PIECES -> {
                    if (pieces.size() == MAXIMUM_PIECES) {
                        throw new DataException(file + " has more than " + MAXIMUM_PIECES + " pieces");
                    }
                    pieces.add(piece(file, pieces.size(), fields.delimitedValue()));
                }
                case TRAINER -> trainer = Trainer.read(file, fields.delimitedValue());
                case NORMALIZER -> normalizer = Normalizer.read(file, fields.delimitedValue());
                default -> {
                    // self-test samples, the denormaliser and extensions do not influence encoding
                }
            }
        }
        trainer.check(file);
        normalizer.check(file);
        return of(file, pieces, normalizer.addsDummyPrefix());
    }

    private static SentencePieceModel of(Path file, List<Piece> pieces, boolean addsDummyPrefix) {
        Map<String, Integer> ids = new HashMap<>();
        int[] byteIds = new int[256];
        Arrays.fill(byteIds, -1);
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            Integer other = ids.putIfAbsent(piece.text(), id);
            if (other != null) {
                throw new DataException(file + ": pieces " + other + " and " + id + " are both '" + piece.text() + "'");
            }
            if (piece.type() == Piece.Type.BYTE) {
                byteIds[byteOf(file, id, piece.text())] = id;
            }
        }
        for (int b = 0; b < byteIds.length; b++) {
            if (byteIds[b] < 0) {
                throw new DataException(file + " has no piece for byte " + b
                        + "; only models with byte fallback, such as LLaMA's, can be used");
            }
        }
        return new SentencePieceModel(file, List.copyOf(pieces), ids, byteIds, addsDummyPrefix);
    }

    /** Where the model was read, for messages. */
    public Path file() {
        return file;
    }

    /** Number of pieces: ids are 0 to this, exclusive. */
    public int size() {
        return pieces.size();
    }

    /** The id of a piece of any type, by its text. */
    public OptionalInt idOf(String text) {
        Integer id = ids.get(text);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    Piece piece(int id) {
        return pieces.get(id);
    }

    /** The id of a piece of type NORMAL, or -1. */
    int normalId(String text) {
        Integer id = ids.get(text);
        return id == null || pieces.get(id).type() != Piece.Type.NORMAL ? -1 : id;
    }

    /** The id of the piece for a byte, 0 to 255. */
    int byteId(int b) {
        return byteIds[b];
    }

    /** Whether a space is put before every text. */
    boolean addsDummyPrefix() {
        return addsDummyPrefix;
    }

    private static Piece piece(Path file, int id, ByteBuffer message) {
        ProtobufFields fields = new ProtobufFields(file + ", piece " + id + ",", message);
        String text = "";
        float score = 0;
        long type = 1;
        while (fields.next()) {
            switch (fields.field()) {
                case 1 -> text = pieceText(file, id, fields.delimitedValue());
                case 2 -> score = fields.floatValue();
                case 3 -> type = fields.varintValue();
                default -> {
                    // extensions
                }
            }
        }
        if (text.isEmpty()) {
            throw new DataException(file + ", piece " + id + ": it has no text");
        }
        if (!Float.isFinite(score)) {
            throw new DataException(file + ", piece " + id + " '" + text + "': its score is " + score);
        }
        Piece.Type known = Piece.Type.of(type);
        if (known == null) {
            throw new DataException(file + ", piece " + id + " '" + text + "': unknown type "
                    + Long.toUnsignedString(type) + "; allowed are 1 to 6");
        }
        if (known == Piece.Type.USER_DEFINED || known == Piece.Type.UNUSED) {
            throw new DataException(file + ", piece " + id + " '" + text + "': pieces of type " + known
                    + " are not supported; models of the LLaMA kind have none");
        }
        return new Piece(text, score, known);
    }

    private static String pieceText(Path file, int id, ByteBuffer bytes) {
        if (bytes.remaining() > MAXIMUM_PIECE_BYTES) {
            throw new DataException(file + ", piece " + id + ": a text of " + bytes.remaining() + " bytes; at most "
                    + MAXIMUM_PIECE_BYTES + " are allowed");
        }
        try {
            return VocabularyFile.strictUtf8(bytes);
        } catch (CharacterCodingException e) {
            throw new DataException(file + ", piece " + id + ": its text is not UTF-8", e);
        }
    }

    private static int byteOf(Path file, int id, String text) {
        if (BYTE_PIECE.matcher(text).matches()) {
            return Integer.parseInt(text.substring(3, 5), 16);
        }
        throw new DataException(file + ", piece " + id + ": a byte is written <0x00> to <0xFF>, found '" + text + "'");
    }

    private record Trainer(long modelType, boolean suffixesWhiteSpace, boolean byteFallback) {

        static final Trainer DEFAULT = new Trainer(1, false, false);

        static Trainer read(Path file, ByteBuffer message) {
            ProtobufFields fields = new ProtobufFields(file + ", trainer section,", message);
            Trainer trainer = DEFAULT;
            while (fields.next()) {
                switch (fields.field()) {
                    case 3 ->
                        trainer = new Trainer(fields.varintValue(), trainer.suffixesWhiteSpace, trainer.byteFallback);
                    case 24 ->
                        trainer = new Trainer(trainer.modelType, fields.varintValue() != 0, trainer.byteFallback);
                    case 35 ->
                        trainer = new Trainer(trainer.modelType, trainer.suffixesWhiteSpace, fields.varintValue() != 0);
                    default -> {
                        // how it was trained
                    }
                }
            }
            return trainer;
        }

        void check(Path file) {
            if (modelType != MODEL_TYPE_BPE) {
                String name = modelType > 0 && modelType < MODEL_TYPES.size()
                        ? MODEL_TYPES.get((int) modelType)
                        : "unknown (" + Long.toUnsignedString(modelType) + ")";
                throw new DataException(
                        file + " is not a SentencePiece BPE model: its type is " + name + "; LLaMA's is BPE");
            }
            if (suffixesWhiteSpace) {
                throw new DataException(file + " puts white space at the end of words; LLaMA's puts it before them");
            }
            if (!byteFallback) {
                throw new DataException(file + " has no byte fallback; LLaMA's model has it");
            }
        }
    }

    private record Normalizer(
            String name,
            boolean hasCharacterMap,
            boolean addsDummyPrefix,
            boolean removesWhiteSpace,
            boolean escapesWhiteSpace) {

        static final Normalizer DEFAULT = new Normalizer("", false, true, true, true);

        static Normalizer read(Path file, ByteBuffer message) {
            ProtobufFields fields = new ProtobufFields(file + ", normaliser section,", message);
            String name = DEFAULT.name;
            boolean characterMap = DEFAULT.hasCharacterMap;
            boolean dummyPrefix = DEFAULT.addsDummyPrefix;
            boolean removes = DEFAULT.removesWhiteSpace;
            boolean escapes = DEFAULT.escapesWhiteSpace;
            while (fields.next()) {
                switch (fields.field()) {
                    case 1 ->
                        name = StandardCharsets.UTF_8
                                .decode(fields.delimitedValue())
                                .toString();
                    case 2 -> characterMap = fields.delimitedValue().hasRemaining();
                    case 3 -> dummyPrefix = fields.varintValue() != 0;
                    case 4 -> removes = fields.varintValue() != 0;
                    case 5 -> escapes = fields.varintValue() != 0;
                    default -> {
                        // the rules' source text
                    }
                }
            }
            return new Normalizer(name, characterMap, dummyPrefix, removes, escapes);
        }

        void check(Path file) {
            if (hasCharacterMap) {
                throw new DataException(file + " normalises characters (rule '" + name
                        + "'), which is not supported; LLaMA's model does not");
            }
            if (removesWhiteSpace) {
                throw new DataException(file + " removes extra white space; LLaMA's model keeps it");
            }
            if (!escapesWhiteSpace) {
                throw new DataException(file + " does not write spaces as U+2581; LLaMA's model does");
            }
        }
    }
}
