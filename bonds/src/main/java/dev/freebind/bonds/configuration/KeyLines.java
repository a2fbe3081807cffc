package dev.freebind.bonds.configuration;

import java.util.Map;

/**
 * In which line of a file each key stands.
 *
 * @param lines lines from 1 by key path, for example {@code bonds.vt-u.train.epochs} or {@code evaluation[0].pairs[1]}
 */
public record KeyLines(Map<String, Integer> lines) {

    /** Nothing was read from a file: every key is said to be in line 1. */
    public static final KeyLines UNKNOWN = new KeyLines(Map.of());

    /** Copies. */
    public KeyLines {
        lines = Map.copyOf(lines);
    }

    /** The line of a key, or of the nearest key around it if it was not written; 1 if none was. */
    public int line(String key) {
        return line(lines, key);
    }

    static int line(Map<String, Integer> lines, String key) {
        String around = key;
        while (!around.isEmpty()) {
            Integer line = lines.get(around);
            if (line != null) {
                return line;
            }
            around = around.substring(0, Math.max(0, Math.max(around.lastIndexOf('.'), around.lastIndexOf('['))));
        }
        return lines.getOrDefault("", 1);
    }
}
