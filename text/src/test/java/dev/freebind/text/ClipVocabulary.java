package dev.freebind.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A stand-in for CLIP's vocabulary, which is not ours to ship: the few hundred real merges the reference captions need, at
 * their real places, and between them merges of bytes that never occur in UTF-8, so that they cannot apply.
 */
final class ClipVocabulary {

    private static final int MERGES = 48_894;

    private ClipVocabulary() {}

    static List<String> lines() throws IOException {
        String[] lines = new String[MERGES + 1];
        lines[0] = "#version: 0.2";
        new String(Goldens.bytes("imagebind/clip-merges.txt"), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("# "))
                .forEach(line -> {
                    int space = line.indexOf(' ');
                    lines[Integer.parseInt(line.substring(0, space)) - 1] = line.substring(space + 1);
                });
        List<String> fillers = fillers();
        int next = 0;
        for (int i = 0; i < lines.length; i++) {
            if (lines[i] == null) {
                lines[i] = fillers.get(next++);
            }
        }
        return List.of(lines);
    }

    static byte[] file() throws IOException {
        return (String.join("\n", lines()) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> fillers() {
        List<String> single =
                List.of("\u00C0 \u00C1 \u00F5 \u00F6 \u00F7 \u00F8 \u00F9 \u00FA \u00FB \u00FC \u00FD \u00FE \u00FF"
                        .split(" "));
        List<String> fillers = new ArrayList<>();
        List<String> twos = pairs(single, single, fillers);
        List<String> fours = pairs(twos, twos, fillers);
        pairs(fours.subList(0, 2000), single, fillers);
        return fillers;
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
