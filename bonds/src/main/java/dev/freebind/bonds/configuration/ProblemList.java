package dev.freebind.bonds.configuration;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the problems of one file and the lines of its keys while it is read. */
final class ProblemList {

    private final Path file;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Integer> lines = new LinkedHashMap<>();

    ProblemList(Path file) {
        this.file = file;
    }

    void add(int line, String key, String message) {
        problems.add(new Problem(file, line, key, message));
    }

    void addAll(List<Problem> more) {
        problems.addAll(more);
    }

    void keyStands(String key, int line) {
        lines.putIfAbsent(key, line);
    }

    KeyLines lines() {
        return new KeyLines(lines);
    }

    /** The line of a key, or of the nearest key around it. */
    int line(String key) {
        return KeyLines.line(lines, key);
    }

    int count() {
        return problems.size();
    }

    /** Throws what was found, in line order, if anything was. */
    void throwIfAny() {
        if (!problems.isEmpty()) {
            List<Problem> sorted = new ArrayList<>(problems);
            sorted.sort(Comparator.comparingInt(Problem::line));
            throw new InvalidConfigurationException(sorted);
        }
    }
}
