package dev.freebind.evaluation.result;

import dev.freebind.api.InvalidRequestException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One side of a comparison: a results file, and which of its subjects is meant.
 *
 * @param label how the comparison names this side
 * @param results all of the file
 * @param subject what is compared; null for every subject that the other side has, too
 */
public record Selection(
        String label, Results results, @Nullable Subject subject) {

    /**
     * Reads {@code FILE}, {@code FILE#SPACE} or {@code FILE#SPACE@PRESET}.
     *
     * @throws InvalidRequestException if the file has no such subject, naming those it has
     * @throws dev.freebind.api.DataException if the file cannot be read
     */
    public static Selection parse(String text) {
        int hash = text.lastIndexOf('#');
        if (hash < 0) {
            return new Selection(text, ResultsFile.read(Path.of(text)), null);
        }
        String wanted = text.substring(hash + 1);
        Results results = ResultsFile.read(Path.of(text.substring(0, hash)));
        List<Subject> matching = results.subjects().stream()
                .filter(subject -> subject.toString().equals(wanted))
                .toList();
        if (matching.isEmpty()) {
            // A space that is in the file under one preset only needs no preset to be meant.
            matching = results.subjects().stream()
                    .filter(subject -> subject.space().equals(wanted))
                    .toList();
        }
        if (matching.size() != 1) {
            throw new InvalidRequestException(text.substring(0, hash) + " has "
                    + (matching.isEmpty() ? "no '" + wanted + "'" : "several presets of '" + wanted + "'")
                    + "; choose one of " + names(results));
        }
        return new Selection(text, results, matching.get(0));
    }

    static String names(Results results) {
        return results.subjects().stream().map(Subject::toString).collect(Collectors.joining(", "));
    }
}
