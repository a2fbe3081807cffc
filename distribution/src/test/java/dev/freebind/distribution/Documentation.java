package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The fenced blocks of the project's Markdown files. */
public final class Documentation {

    private static final Pattern BLOCK = Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private static final Pattern QUOTED = Pattern.compile("'[^']*'|\"[^\"]*\"");

    private static final Pattern WORD = Pattern.compile("(?:" + QUOTED + "|\\S)+");

    private Documentation() {}

    /** The text of all blocks of a language, in order; the language of a plain block is empty. */
    public static List<String> blocks(String file, String language) {
        try {
            String text = Files.readString(Path.of(System.getProperty("freebind.root"), file))
                    .replace("\r\n", "\n");
            List<String> blocks = new ArrayList<>();
            Matcher block = BLOCK.matcher(text);
            while (block.find()) {
                if (block.group(1).equals(language)) {
                    blocks.add(block.group(2));
                }
            }
            return blocks;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The only block of a language. */
    public static String block(String file, String language) {
        List<String> blocks = blocks(file, language);
        assertThat(blocks).as(language + " blocks of " + file).hasSize(1);
        return blocks.get(0);
    }

    /** The arguments of every call of {@code freebind} in the plain blocks. */
    public static List<List<String>> commands(String file) {
        List<List<String>> commands = new ArrayList<>();
        for (String block : blocks(file, "")) {
            for (String line : block.replace("\\\n", " ").split("\n")) {
                String command = line.replaceAll("\\s#.*", "").strip();
                if (command.startsWith("./freebind ") || command.startsWith("freebind ")) {
                    List<String> words = words(command);
                    commands.add(words.subList(1, words.size()));
                }
            }
        }
        return commands;
    }

    /** As a shell splits them: quotes, single or double, hold a word together and are not part of it. */
    private static List<String> words(String command) {
        return WORD.matcher(command)
                .results()
                .map(word -> QUOTED.matcher(word.group())
                        .replaceAll(quoted -> Matcher.quoteReplacement(
                                quoted.group().substring(1, quoted.group().length() - 1))))
                .toList();
    }
}
