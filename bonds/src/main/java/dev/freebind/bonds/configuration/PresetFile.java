package dev.freebind.bonds.configuration;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.formats.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Adds a preset to the {@code space.yaml} of a bound space and leaves every other byte as it is: people edit that file.
 */
public final class PresetFile {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final String KEY = "presets:";

    private PresetFile() {}

    /**
     * Checks that a preset of this name can be added.
     *
     * @throws InvalidRequestException if the name is taken or is none
     */
    public static void check(Configuration configuration, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidRequestException(
                    "'" + name + "' is no name of a preset: letters, digits, '.', '_' and '-' after a letter or digit");
        }
        if (configuration.presets().containsKey(name)) {
            throw new InvalidRequestException("there is a preset '" + name + "' already in " + configuration.file()
                    + "; choose another name, or remove it there first");
        }
    }

    /**
     * Adds a preset, whole or not at all.
     *
     * @param folder of the bound space
     * @throws InvalidRequestException if the name is taken or is none, or the file is written in a way that a line cannot be
     *     added to; then the message has the line
     * @throws DataException if it cannot be read or written
     */
    public static void add(Path folder, String name, FactorSettings factors) {
        ConfigurationReader reader = new ConfigurationReader();
        Configuration before = reader.readBoundSpace(folder);
        check(before, name);
        Path file = folder.resolve(SpaceFile.NAME);
        String entry = entry(name, factors);
        try {
            String changed = with(Files.readString(file, StandardCharsets.UTF_8), entry);
            Path trial = Files.createTempFile(folder, ".preset-", ".yaml");
            try {
                Files.writeString(trial, changed, StandardCharsets.UTF_8);
                if (!isTheSameWith(before, reader.readSpaceFile(trial), name, factors)) {
                    throw byHand(file, entry);
                }
            } catch (InvalidConfigurationException e) {
                throw byHand(file, entry);
            } finally {
                Files.delete(trial);
            }
            AtomicFile.writeString(file, changed);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be changed: " + e.getMessage(), e);
        }
    }

    private static InvalidRequestException byHand(Path file, String entry) {
        return new InvalidRequestException(
                file + ": the preset cannot be added without touching the rest; add this below 'presets:' yourself:\n  "
                        + entry);
    }

    private static boolean isTheSameWith(
            Configuration before, Configuration after, String name, FactorSettings factors) {
        Map<String, FactorSettings> presets = new LinkedHashMap<>(before.presets());
        presets.put(name, factors);
        return after.presets().equals(presets)
                && after.spaces().equals(before.spaces())
                && after.bonds().equals(before.bonds())
                && after.corpora().equals(before.corpora())
                && after.evaluation().equals(before.evaluation());
    }

    /** {@code name: {bond: {audio: 0.5, text: 0.1}}}. */
    private static String entry(String name, FactorSettings factors) {
        List<String> bonds = new ArrayList<>();
        factors.byBond().forEach((bond, ofBond) -> {
            List<String> values = new ArrayList<>();
            ofBond.forEach((modality, factor) -> values.add(modality + ": " + factor));
            bonds.add(SpaceFile.quoted(bond) + ": {" + String.join(", ", values) + "}");
        });
        return SpaceFile.quoted(name) + ": {" + String.join(", ", bonds) + "}";
    }

    static String with(String text, String entry) {
        String end = text.contains("\r\n") ? "\r\n" : "\n";
        int key = text.startsWith(KEY) ? 0 : text.indexOf("\n" + KEY) + 1;
        if (key == 0 && !text.startsWith(KEY)) {
            return text + (text.isEmpty() || text.endsWith("\n") ? "" : end) + KEY + end + "  " + entry + end;
        }
        int after = key + KEY.length();
        int lineEnd = text.indexOf('\n', after);
        int next = lineEnd < 0 ? text.length() : lineEnd + 1;
        String rest =
                text.substring(after, lineEnd < 0 ? text.length() : lineEnd).strip();
        if (rest.startsWith("{")) {
            int inside = text.indexOf('{', after) + 1;
            boolean empty = text.substring(inside).stripLeading().startsWith("}");
            return text.substring(0, inside) + entry + (empty ? "" : ", ") + text.substring(inside);
        }
        return text.substring(0, next)
                + (lineEnd < 0 ? end : "")
                + indentation(text.substring(next))
                + entry
                + end
                + text.substring(next);
    }

    /** That of the first entry below. */
    private static String indentation(String below) {
        for (String line : below.split("\n", -1)) {
            String content = line.strip();
            if (!content.isEmpty() && !content.startsWith("#")) {
                int spaces = line.length() - line.stripLeading().length();
                return spaces == 0 ? "  " : line.substring(0, spaces);
            }
        }
        return "  ";
    }
}
