package dev.freebind.bonds.configuration;

import java.nio.file.Path;

/**
 * One thing wrong with a configuration.
 *
 * @param file the configuration file
 * @param line the line, from 1
 * @param key the key's path, for example {@code bonds.vt-u.train.epochs}
 * @param message what was found, what is allowed, how to fix it
 */
public record Problem(Path file, int line, String key, String message) {
    @Override
    public String toString() {
        return file + ":" + line + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
