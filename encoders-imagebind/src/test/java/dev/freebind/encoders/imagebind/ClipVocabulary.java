package dev.freebind.encoders.imagebind;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A stand-in for CLIP's vocabulary, which is not ours to ship: the real merges that the reference captions need (kept beside
 * the tokenizer's tests), at their real places, and between them merges that no text can use.
 */
final class ClipVocabulary {

    private static final int LINES = 48_895;

    private ClipVocabulary() {}

    static Path write(Path folder) throws IOException {
        Path merges = Path.of(
                System.getProperty("freebind.root"),
                "text/src/test/resources/dev/freebind/text/imagebind/clip-merges.txt");
        Assumptions.assumeTrue(Files.isRegularFile(merges), merges + " is not there");
        String[] lines = new String[LINES];
        for (String line : Files.readAllLines(merges)) {
            if (!line.startsWith("# ")) {
                int space = line.indexOf(' ');
                lines[Integer.parseInt(line.substring(0, space)) - 1] = line.substring(space + 1);
            }
        }
        lines[0] = "#version: 0.2";
        int next = 0;
        List<String> fillers = fillers();
        for (int i = 0; i < LINES; i++) {
            if (lines[i] == null) {
                lines[i] = fillers.get(next++);
            }
        }
        return Files.write(folder.resolve("bpe.txt"), List.of(lines));
    }

    /** Merges of bytes that never occur in UTF-8: pairs, pairs of pairs, and these with one more. */
    private static List<String> fillers() {
        List<String> single =
                List.of("\u00C0 \u00C1 \u00F5 \u00F6 \u00F7 \u00F8 \u00F9 \u00FA \u00FB \u00FC \u00FD \u00FE \u00FF"
                        .split(" "));
        List<String> lines = new ArrayList<>();
        List<String> fours = pairs(pairs(single, single, lines), pairs(single, single, new ArrayList<>()), lines);
        pairs(fours.subList(0, 2000), single, lines);
        return lines;
    }

    private static List<String> pairs(List<String> lefts, List<String> rights, List<String> lines) {
        List<String> results = new ArrayList<>();
        for (String left : lefts) {
            for (String right : rights) {
                lines.add(left + " " + right);
                results.add(left + right);
            }
        }
        return results;
    }
}
