package com.example.colours;

import dev.freebind.api.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Words that name colours. */
final class ColourWords {

    /** The basic terms, and what else people call them. */
    static final ColourWords BASIC = new ColourWords(basic());

    private static final Pattern LINE = Pattern.compile("(\\p{L}+)\\s+#(\\p{XDigit}{6})");

    private final Map<String, Integer> words;

    private ColourWords(Map<String, Integer> words) {
        this.words = words;
    }

    private static Map<String, Integer> basic() {
        Map<String, Integer> words = new HashMap<>();
        for (BasicColour colour : BasicColour.values()) {
            words.put(colour.name().toLowerCase(Locale.ROOT), colour.rgb());
        }
        words.put("gray", BasicColour.GREY.rgb());
        words.put("violet", BasicColour.PURPLE.rgb());
        return words;
    }

    /**
     * The basic words and those of a file.
     *
     * @throws DataException naming the file, and the line that is none
     */
    static ColourWords read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read as UTF-8 text", e);
        }
        Map<String, Integer> words = basic();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty()) {
                continue;
            }
            Matcher word = LINE.matcher(line);
            if (!word.matches()) {
                throw new DataException(
                        file + ":" + (i + 1) + ": '" + line + "' is not a word and a colour, like: crimson #dc143c");
            }
            words.put(word.group(1).toLowerCase(Locale.ROOT), Integer.parseInt(word.group(2), 16));
        }
        return new ColourWords(words);
    }

    /** The sRGB value of every colour that a text names, in the order of the words. */
    List<Integer> in(String text) {
        List<Integer> named = new ArrayList<>();
        for (String word : text.toLowerCase(Locale.ROOT).split("\\P{L}+")) {
            Integer rgb = words.get(word);
            if (rgb != null) {
                named.add(rgb);
            }
        }
        return named;
    }
}
