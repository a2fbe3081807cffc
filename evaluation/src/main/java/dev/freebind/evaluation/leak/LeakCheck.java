package dev.freebind.evaluation.leak;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.evaluation.leak.Leak.Example;
import dev.freebind.evaluation.task.EmbeddingSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares the items of evaluation tasks with the corpora of the same modality: by cosine in a leaf space that embeds both and, where both are
 * given raw, by their content. Every item's nearest corpus row is found by streaming; memory does not depend on
 * the corpus.
 *
 * @param embeddings of both, in leaf spaces
 * @param contents of both, where they are given raw
 * @param nearest searches
 * @param threshold cosine from which on items are near duplicates, in (0, 1]
 * @param space the leaf space to compare in; null for the one of the largest dimension that both have
 * @param examples duplicates that are listed for each comparison, at most
 * @param progress shown while it runs
 */
public record LeakCheck(
        EmbeddingSource embeddings,
        ContentHashes contents,
        NearestItems nearest,
        double threshold,
        @Nullable String space,
        int examples,
        Progress progress) {

    /** Float32 and float16 copies of one item differ by less than this. */
    private static final double EXACT = 1 - 1e-4;

    /**
     * Checks the threshold.
     *
     * @throws InvalidRequestException if it is not in (0, 1]
     */
    public LeakCheck {
        if (!(threshold > 0 && threshold <= 1)) {
            throw new InvalidRequestException("--threshold " + threshold + " is not a cosine above 0 and up to 1");
        }
    }

    /**
     * Compares.
     *
     * @param configuration whose corpora
     * @param tasks what must not be in them
     * @throws InvalidRequestException if there are no tasks or no corpora, or the space is none of the leaves
     * @throws dev.freebind.api.DataException if embeddings or items cannot be read
     */
    public LeakReport check(Configuration configuration, List<EvaluationTask> tasks) {
        if (tasks.isEmpty() || configuration.corpora().isEmpty()) {
            throw new InvalidRequestException(configuration.file() + ": there is nothing to compare; "
                    + (tasks.isEmpty() ? "it has no evaluation tasks" : "it has no corpora"));
        }
        if (space != null && !configuration.spaces().containsKey(space)) {
            throw new InvalidRequestException("--space " + space + ": no such leaf space; there are "
                    + String.join(", ", configuration.spaces().keySet()));
        }
        List<Leak> leaks = new ArrayList<>();
        List<String> unchecked = new ArrayList<>();
        for (EvaluationTask task : tasks) {
            task.items().forEach((modality, items) -> {
                for (Corpus corpus : configuration.corpora().values()) {
                    if (corpus.modality().equals(modality)) {
                        int before = leaks.size();
                        byCosine(configuration, task, modality, items, corpus).ifPresent(leaks::add);
                        byContent(task, modality, items, corpus).ifPresent(leaks::add);
                        String pair = task.name() + " " + modality + " with " + corpus.name() + ": ";
                        if (isToBeEncoded(configuration, items, corpus)) {
                            unchecked.add(pair + "not by embeddings, which are not all there yet; run 'freebind encode'"
                                    + " with the configuration first");
                        } else if (leaks.size() == before) {
                            unchecked.add(pair + "no leaf space " + (space == null ? "" : "'" + space + "' ")
                                    + "has embeddings of both, and they are not both given as items");
                        }
                    }
                }
            });
        }
        return new LeakReport(threshold, leaks, unchecked);
    }

    private Optional<Leak> byCosine(
            Configuration configuration, EvaluationTask task, Modality modality, ItemData items, Corpus corpus) {
        Optional<String> common = configuration.spaces().values().stream()
                .map(SpaceDeclaration::name)
                .filter(this::isAsked)
                .filter(name -> open(name, modality, items).isPresent()
                        && open(name, modality, corpus.data()).isPresent())
                .max(Comparator.comparingInt(
                        name -> open(name, modality, items).orElseThrow().dimension()));
        if (common.isEmpty()) {
            return Optional.empty();
        }
        Embeddings queries =
                embeddings.open(common.get(), modality, items).orElseThrow().normalised();
        Embeddings gallery = embeddings
                .open(common.get(), modality, corpus.data())
                .orElseThrow()
                .normalised();
        if (queries.rows() == 0 || gallery.rows() == 0) {
            return Optional.empty();
        }
        NearestItems.Neighbours found;
        String label = task.name() + " " + modality + " in " + corpus.name();
        try (Progress.Task bar = progress.start(label, queries.rows(), "items")) {
            found = nearest.nearest(queries, gallery, 1, bar);
        }
        List<Example> duplicates = new ArrayList<>();
        int exact = 0;
        int near = 0;
        double highest = Double.NEGATIVE_INFINITY;
        for (int item = 0; item < found.scores().length; item++) {
            double cosine = found.scores()[item];
            highest = Math.max(highest, cosine);
            exact += cosine >= EXACT ? 1 : 0;
            near += cosine < EXACT && cosine >= threshold ? 1 : 0;
            if (cosine >= Math.min(EXACT, threshold)) {
                duplicates.add(new Example(item, found.rows()[item], cosine));
            }
        }
        duplicates.sort(Comparator.comparingDouble(example -> -example.cosine()));
        return Optional.of(new Leak(
                task.name(),
                modality,
                corpus.name(),
                common.get(),
                queries.rows(),
                gallery.rows(),
                exact,
                near,
                highest,
                first(duplicates)));
    }

    private boolean isAsked(String candidate) {
        return space == null || space.equals(candidate);
    }

    /** Says whether no space has embeddings of both, but one will have them after encoding. */
    private boolean isToBeEncoded(Configuration configuration, ItemData items, Corpus corpus) {
        List<String> common = configuration.spaces().keySet().stream()
                .filter(this::isAsked)
                .filter(name -> items.embeddings().containsKey(name)
                        && corpus.data().embeddings().containsKey(name))
                .toList();
        return !common.isEmpty()
                && common.stream().allMatch(name -> isMissing(name, items) || isMissing(name, corpus.data()));
    }

    private static boolean isMissing(String name, ItemData data) {
        EmbeddingFiles files = data.embeddings().get(name);
        return data.items() != null && files != null && !files.files().stream().allMatch(ResourcePath::exists);
    }

    /** Empty where embeddings are still to be encoded. */
    private Optional<Embeddings> open(String name, Modality modality, ItemData data) {
        return isMissing(name, data) ? Optional.empty() : embeddings.open(name, modality, data);
    }

    private List<Example> first(List<Example> duplicates) {
        return duplicates.subList(0, Math.min(examples, duplicates.size()));
    }

    private Optional<Leak> byContent(EvaluationTask task, Modality modality, ItemData items, Corpus corpus) {
        if (items.items() == null || corpus.data().items() == null) {
            return Optional.empty();
        }
        Map<String, List<Integer>> wanted = new HashMap<>();
        long[] counts = new long[2];
        contents.read(items.items(), modality, (row, hash) -> {
            wanted.computeIfAbsent(hash, unknown -> new ArrayList<>()).add(Math.toIntExact(row));
            counts[0]++;
        });
        Map<Integer, Example> duplicates = new HashMap<>();
        contents.read(corpus.data().items(), modality, (row, hash) -> {
            for (int item : wanted.getOrDefault(hash, List.of())) {
                duplicates.putIfAbsent(item, new Example(item, row, 1));
            }
            counts[1]++;
        });
        List<Example> sorted = new ArrayList<>(duplicates.values());
        sorted.sort(Comparator.comparingLong(Example::item));
        return Optional.of(new Leak(
                task.name(),
                modality,
                corpus.name(),
                Leak.CONTENT,
                counts[0],
                counts[1],
                duplicates.size(),
                0,
                Double.NaN,
                first(sorted)));
    }
}
