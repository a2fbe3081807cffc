package dev.freebind.bonds.configuration;

import dev.freebind.api.DataException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.TunedSpace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares the embedding files that a configuration names with what it says about them, before anything runs: every file
 * there, of the declared dimension, and with as many rows as the same items have in other spaces.
 */
public final class DataCheck {

    private final Configuration configuration;
    private final ShapeReader reader;
    private final List<Problem> mismatches = new ArrayList<>();
    private final List<Problem> unreadable = new ArrayList<>();

    private DataCheck(Configuration configuration, ShapeReader reader) {
        this.configuration = configuration;
        this.reader = reader;
    }

    /** Looks at the headers of embedding files. */
    @FunctionalInterface
    public interface ShapeReader {
        /**
         * The rows of all files together and their dimension; empty if there are no such files.
         *
         * @throws DataException if a file is damaged, naming it
         */
        Optional<Shape> shape(EmbeddingFiles files);
    }

    /**
     * How large embeddings are.
     *
     * @param rows number of items
     * @param dimension length of each
     */
    public record Shape(long rows, int dimension) {}

    /**
     * What was found.
     *
     * @param mismatches files that do not fit the configuration or each other, in line order
     * @param unreadable files that are missing or damaged, in line order
     */
    public record Report(List<Problem> mismatches, List<Problem> unreadable) {
        /** Sorts and copies. */
        public Report {
            mismatches = sorted(mismatches);
            unreadable = sorted(unreadable);
        }

        private static List<Problem> sorted(List<Problem> problems) {
            return problems.stream()
                    .sorted(Comparator.comparingInt(Problem::line))
                    .toList();
        }

        /**
         * Throws all that was found.
         *
         * @throws DataException if files are missing or damaged; it lists mismatches too
         * @throws InvalidConfigurationException if everything could be read but does not fit
         */
        public void throwIfAny() {
            if (!unreadable.isEmpty()) {
                List<Problem> all = new ArrayList<>(unreadable);
                all.addAll(mismatches);
                throw new DataException("embedding files are missing, damaged or do not fit:\n"
                        + sorted(all).stream().map(problem -> "  " + problem).collect(Collectors.joining("\n")));
            }
            if (!mismatches.isEmpty()) {
                throw new InvalidConfigurationException(mismatches);
            }
        }
    }

    /** Checks every corpus and task; files that encoding will make are not missed. */
    public static Report check(Configuration configuration, ShapeReader reader) {
        DataCheck check = new DataCheck(configuration, reader);
        for (Corpus corpus : configuration.corpora().values()) {
            check.rows("corpora." + corpus.name(), corpus.data());
        }
        for (Bond bond : configuration.bonds().values()) {
            if (bond instanceof TunedSpace tuned) {
                check.pairs(tuned);
            }
        }
        for (int i = 0; i < configuration.evaluation().size(); i++) {
            check.task("evaluation[" + i + "]", configuration.evaluation().get(i));
        }
        return new Report(check.mismatches, check.unreadable);
    }

    private void pairs(TunedSpace tuned) {
        String key = "bonds." + tuned.name() + ".pairs";
        Map<Modality, Long> rows = new LinkedHashMap<>();
        tuned.pairs()
                .forEach((modality, data) ->
                        rows(key + "." + modality, data).ifPresent(count -> rows.put(modality, count)));
        if (Set.copyOf(rows.values()).size() > 1) {
            mismatches.add(configuration.problem(
                    key,
                    "there are " + rows.get(tuned.modality()) + " rows of " + tuned.modality() + " but "
                            + rows.get(tuned.against()) + " of " + tuned.against()
                            + "; row i of one belongs to row i of the other"));
        }
    }

    private void task(String key, EvaluationTask task) {
        Map<Modality, Long> rows = new LinkedHashMap<>();
        task.items()
                .forEach((modality, data) ->
                        rows(key + ".items." + modality, data).ifPresent(count -> rows.put(modality, count)));
        if (task instanceof Retrieval retrieval && retrieval.relevance() == null) {
            for (Pair pair : retrieval.pairs()) {
                Long first = rows.get(pair.first());
                Long second = rows.get(pair.second());
                if (first != null && second != null && !first.equals(second)) {
                    mismatches.add(configuration.problem(
                            key + ".items",
                            "there are " + first + " rows of " + pair.first() + " but " + second + " of "
                                    + pair.second()
                                    + "; without a relevance file row i of one belongs to row i of the other"));
                }
            }
        } else if (task instanceof Classification classification) {
            classes(key, classification.classes());
        } else if (task instanceof Tagging tagging) {
            classes(key, tagging.classes());
        }
    }

    private void classes(String key, Classes classes) {
        if (classes instanceof Classes.Embedded embedded) {
            rows(key + ".classes", embedded.data())
                    .filter(rows -> rows % embedded.perClass() != 0)
                    .ifPresent(rows -> mismatches.add(configuration.problem(
                            key + ".classes.per-class",
                            rows + " rows are not whole classes of " + embedded.perClass() + " rows each")));
        }
    }

    /** The number of items, as the first readable space tells. */
    private Optional<Long> rows(String key, ItemData data) {
        Shape reference = null;
        String referenceSpace = "";
        for (Map.Entry<String, EmbeddingFiles> entry : data.embeddings().entrySet()) {
            String space = entry.getKey();
            EmbeddingFiles files = entry.getValue();
            String place = key + ".embeddings." + space;
            Optional<Shape> found = shape(place, space, data, files);
            if (found.isEmpty()) {
                continue;
            }
            Shape shape = found.get();
            SpaceDeclaration declared = configuration.spaces().get(space);
            if (declared != null && declared.dimension() > 0 && declared.dimension() != shape.dimension()) {
                mismatches.add(configuration.problem(
                        place,
                        name(files) + " has dimension " + shape.dimension() + ", but space '" + space
                                + "' is declared with dimension " + declared.dimension() + " (line "
                                + configuration.lines().line("spaces." + space + ".dimension") + ")"));
            }
            if (shape.rows() == 0) {
                mismatches.add(configuration.problem(place, name(files) + " has no rows"));
            } else if (reference == null) {
                reference = shape;
                referenceSpace = space;
            } else if (reference.rows() != shape.rows()) {
                mismatches.add(configuration.problem(
                        place,
                        name(files) + " has " + shape.rows() + " rows, but space '" + referenceSpace + "' has "
                                + reference.rows()
                                + "; every space embeds the same items in the same order"));
            }
        }
        return Optional.ofNullable(reference).map(Shape::rows);
    }

    private Optional<Shape> shape(String place, String space, ItemData data, EmbeddingFiles files) {
        try {
            Optional<Shape> shape = reader.shape(files);
            SpaceDeclaration declared = configuration.spaces().get(space);
            boolean willBeEncoded = data.items() != null && declared != null && declared.encoder() != null;
            if (shape.isEmpty() && !willBeEncoded) {
                unreadable.add(configuration.problem(place, "there is no file " + name(files)));
            }
            return shape;
        } catch (DataException e) {
            unreadable.add(configuration.problem(place, String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private static String name(EmbeddingFiles files) {
        return files.files().stream().map(ResourcePath::absolute).collect(Collectors.joining(", "));
    }
}
