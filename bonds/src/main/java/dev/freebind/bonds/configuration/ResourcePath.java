package dev.freebind.bonds.configuration;

import dev.freebind.api.InvalidRequestException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A path as the user wrote it, and as it is meant.
 *
 * @param written with {@code ${VAR}} unexpanded
 * @param expanded with variables expanded; may be a glob
 * @param folder the folder of the file it was written in; relative paths start there
 */
public record ResourcePath(String written, String expanded, Path folder) {

    /**
     * The path or glob, absolute and normalised, as a string.
     *
     * @throws InvalidRequestException if it is a path of a bound space with a variable that is not set here
     */
    public String absolute() {
        String unset = Variables.unset(expanded);
        if (unset != null) {
            throw new InvalidRequestException(written + ": variable " + unset
                    + " is not set in the environment; set it to the folder it stands for");
        }
        return folder.resolve(expanded).toAbsolutePath().normalize().toString();
    }

    /**
     * How {@code space.yaml}, which lies in another folder, keeps it: as written if it begins with a variable that holds an
     * absolute path, else absolute with variables unexpanded; expanded where a variable holds a relative path, because that
     * path would mean something else there.
     */
    public String portable() {
        if (!written.startsWith("${")) {
            Path path = folder.toAbsolutePath().resolve(written);
            // `..` behind a variable may leave the folder that the variable names, so it is not resolved away
            return (written.contains("${") ? path : path.normalize()).toString();
        }
        return Variables.unset(expanded) != null || Path.of(expanded).isAbsolute() ? written : absolute();
    }

    /** Says whether a file or folder has exactly this path; true for a glob, whatever it matches. */
    public boolean exists() {
        return expanded.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0) || Files.exists(Path.of(absolute()));
    }
}
