package dev.freebind.bonds.configuration;

import java.nio.file.Path;

/**
 * A path as the user wrote it, and as it is meant.
 *
 * @param written with {@code ${VAR}} unexpanded
 * @param expanded with variables expanded; may be a glob
 * @param folder the folder of the file it was written in; relative paths start there
 */
public record ResourcePath(String written, String expanded, Path folder) {

    /** The path or glob, absolute and normalised, as a string. */
    public String absolute() {
        return folder.resolve(expanded).toAbsolutePath().normalize().toString();
    }

    /** How {@code space.yaml} keeps it: as written if it begins with a variable, else absolute with variables unexpanded. */
    public String portable() {
        return written.startsWith("${")
                ? written
                : folder.toAbsolutePath().resolve(written).normalize().toString();
    }
}
