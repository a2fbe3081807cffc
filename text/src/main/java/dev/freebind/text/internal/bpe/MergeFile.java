package dev.freebind.text.internal.bpe;

import dev.freebind.api.DataException;
import dev.freebind.text.internal.VocabularyFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A merge list as CLIP, GPT-2 and RoBERTa publish it: a {@code #version} line, then one pair of symbols per line, the most
 * frequent first.
 *
 * @param file where it was read, for messages
 * @param merges the pairs in the order of their ranks
 */
public record MergeFile(Path file, List<Merge> merges) {

    private static final int MAXIMUM_SYMBOL_LENGTH = 1024;

    /**
     * One line.
     *
     * @param left the first symbol
     * @param right the second symbol
     * @param line its number in the file, from 1
     */
    public record Merge(String left, String right, int line) {

        /** The symbol the pair becomes. */
        public String result() {
            return left + right;
        }
    }

    /** Keeps an immutable copy. */
    public MergeFile {
        merges = List.copyOf(merges);
    }

    /**
     * Reads the first {@code limit} merges of a file, which may be gzip-compressed.
     *
     * @throws DataException when the file cannot be read or is not a merge list; the message names the line
     */
    public static MergeFile read(Path file, int limit) {
        List<String> lines = VocabularyFile.lines(file);
        if (lines.isEmpty() || !lines.get(0).contains("#version")) {
            throw new DataException(file + " does not begin with a '#version' line, so it is not a BPE merge list");
        }
        List<Merge> merges = new ArrayList<>();
        for (int i = 1; i < lines.size() && merges.size() < limit; i++) {
            String line = lines.get(i);
            int space = line.indexOf(' ');
            if (line.isEmpty() && i == lines.size() - 1) {
                break;
            }
            if (space < 1 || space == line.length() - 1 || line.indexOf(' ', space + 1) >= 0) {
                throw new DataException(file + ", line " + (i + 1)
                        + ": expected two symbols and one space between, found '" + shortened(line) + "'");
            }
            if (line.length() > MAXIMUM_SYMBOL_LENGTH) {
                throw new DataException(file + ", line " + (i + 1) + ": a symbol of " + line.length()
                        + " characters; at most " + MAXIMUM_SYMBOL_LENGTH + " are allowed");
            }
            merges.add(new Merge(line.substring(0, space), line.substring(space + 1), i + 1));
        }
        return new MergeFile(file, merges);
    }

    /** The error for a line of this file. */
    DataException error(Merge merge, String what) {
        return new DataException(file + ", line " + merge.line() + ": " + what);
    }

    static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
