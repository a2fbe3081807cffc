package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.collection.CollectionPlan.SpaceModality;
import dev.freebind.bonds.execution.SoftRetrieval;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.fingerprint.Fingerprint;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pseudo pairs of all tuple sets, collected on demand and kept in shards of start rows, so that an interruption loses one
 * shard at most. They are stored as they come out of soft retrieval; chained queries use them so, training normalises them.
 */
final class PseudoPairs {

    /** Start rows whose pseudo pairs are stored, and can be taken up again, together. */
    static final int SHARD_ROWS = 16_384;

    private final Path output;
    private final BondGraph graph;
    private final CorpusEmbeddings corpora;
    private final CorpusRows rows;
    private final StepFingerprints fingerprints;
    private final SoftRetrieval retrieval;
    private final Progress progress;

    /** Keeps what it collects below {@code output/work/pairs}. */
    PseudoPairs(
            Path output,
            BondGraph graph,
            CorpusEmbeddings corpora,
            CorpusRows rows,
            StepFingerprints fingerprints,
            SoftRetrieval retrieval,
            Progress progress) {
        this.output = output;
        this.graph = graph;
        this.corpora = corpora;
        this.rows = rows;
        this.fingerprints = fingerprints;
        this.retrieval = retrieval;
        this.progress = progress;
    }

    /**
     * The unit rows that a tuple set has of one modality in one space, in the order of its start items; collected first where
     * they are not there yet.
     */
    Embeddings collected(BindStep.Collect step, SpaceModality result) throws IOException {
        Path folder = folder(step);
        collect(step, folder);
        List<Embeddings> parts = new ArrayList<>();
        for (Shard shard : shards(step)) {
            parts.add(rows.open(shard.file(folder, result)).normalised());
        }
        return Embeddings.concatenation(parts);
    }

    /**
     * What asks in a pass, one row for each start item, as it is: start rows, or the result of an earlier pass. The tuple set is
     * collected.
     */
    Embeddings queries(BindStep.Collect step, CollectionPlan.Step pass) throws IOException {
        List<Embeddings> parts = new ArrayList<>();
        if (pass.query().modality().equals(step.tuples().start())) {
            for (String corpus : step.startCorpora()) {
                parts.add(rows.rows(pass.query().space(), corpus));
            }
        } else {
            for (Shard shard : shards(step)) {
                parts.add(rows.open(shard.file(folder(step), pass.query())));
            }
        }
        return Embeddings.concatenation(parts);
    }

    /** Says whether all of a tuple set is there. */
    boolean isCollected(BindStep.Collect step) {
        return missing(step, folder(step)).isEmpty();
    }

    /** Where a tuple set is kept. */
    Path folder(BindStep.Collect step) {
        return output.resolve("work/pairs")
                .resolve(step.bond())
                .resolve(step.source() + "-" + step.tuples().start() + "-"
                        + Fingerprint.abbreviate(fingerprints.of(step)));
    }

    private void collect(BindStep.Collect step, Path folder) throws IOException {
        Files.createDirectories(folder);
        List<Shard> missing = missing(step, folder);
        if (missing.isEmpty()) {
            return;
        }
        List<List<Embeddings>> searched = new ArrayList<>();
        double scoresPerRow = 0;
        for (int i = 0; i < step.keyCorpora().size(); i++) {
            CollectionPlan.Step pass = step.tuples().steps().get(i);
            List<Embeddings> keysAndValues = searched(pass, step.keyCorpora().get(i));
            searched.add(keysAndValues);
            scoresPerRow += keysAndValues.get(0).rows();
        }
        double total = scoresPerRow * missing.stream().mapToLong(Shard::count).sum();
        try (Progress.Task bar = progress.start(step.description(), (long) total, "scores")) {
            for (Shard shard : missing) {
                collect(step, folder, shard, searched, bar);
            }
        }
    }

    private List<Shard> missing(BindStep.Collect step, Path folder) {
        return shards(step).stream()
                .filter(shard -> step.tuples().steps().stream()
                        .anyMatch(pass -> pass.values().stream()
                                .anyMatch(space -> !Files.exists(shard.file(
                                        folder,
                                        new SpaceModality(space, pass.keys().modality()))))))
                .toList();
    }

    /** The keys, then the values; a value that is the key itself is the same object, so that it is read once. */
    private List<Embeddings> searched(CollectionPlan.Step pass, List<String> keyCorpora) throws IOException {
        Map<String, Embeddings> bySpace = new HashMap<>();
        List<String> spaces = new ArrayList<>(List.of(pass.keys().space()));
        spaces.addAll(pass.values());
        List<Embeddings> searched = new ArrayList<>();
        for (String space : spaces) {
            Embeddings all = bySpace.get(space);
            if (all == null) {
                List<Embeddings> parts = new ArrayList<>();
                for (String corpus : keyCorpora) {
                    parts.add(rows.rows(space, corpus));
                }
                all = Embeddings.concatenation(parts);
                bySpace.put(space, all);
            }
            searched.add(all);
        }
        return searched;
    }

    private void collect(
            BindStep.Collect step, Path folder, Shard shard, List<List<Embeddings>> searched, Progress.Task bar)
            throws IOException {
        double temperature = graph.pseudoPairBond(step.bond()).collection().temperature();
        ElementType storage = graph.pseudoPairBond(step.bond()).training().storage() == TrainingSettings.Storage.FLOAT16
                ? ElementType.F16
                : ElementType.F32;
        List<CollectionPlan.Step> passes = step.tuples().steps();
        for (int i = 0; i < passes.size(); i++) {
            CollectionPlan.Step pass = passes.get(i);
            List<Embeddings> values = searched.get(i).subList(1, searched.get(i).size());
            List<NpyWriter> writers = new ArrayList<>();
            try (NpyFile chained = chainedQuery(step, folder, shard, pass)) {
                Embeddings queries = chained != null
                        ? chained
                        : rows.rows(pass.query().space(), shard.corpus()).slice(shard.first(), shard.count());
                for (int v = 0; v < values.size(); v++) {
                    SpaceModality result =
                            new SpaceModality(pass.values().get(v), pass.keys().modality());
                    writers.add(NpyWriter.create(
                            shard.file(folder, result), values.get(v).dimension(), storage));
                }
                retrieval.retrieve(queries, searched.get(i).get(0), values, temperature, writers, bar);
                for (NpyWriter writer : writers) {
                    writer.commit();
                }
            } finally {
                writers.forEach(NpyWriter::close);
            }
        }
    }

    private @org.jspecify.annotations.Nullable NpyFile chainedQuery(
            BindStep.Collect step, Path folder, Shard shard, CollectionPlan.Step pass) {
        return pass.query().modality().equals(step.tuples().start())
                ? null
                : NpyFile.open(shard.file(folder, pass.query()));
    }

    private List<Shard> shards(BindStep.Collect step) {
        List<Shard> shards = new ArrayList<>();
        for (String name : step.startCorpora()) {
            long count = corpora.rows(corpora.corpus(name));
            for (long first = 0; first < count; first += SHARD_ROWS) {
                shards.add(new Shard(shards.size(), name, first, Math.min(SHARD_ROWS, count - first)));
            }
        }
        return shards;
    }

    /**
     * Start rows whose pseudo pairs are stored together.
     *
     * @param number position among all shards of the tuple set
     * @param corpus the corpus the rows are of
     * @param first its first row
     * @param count how many
     */
    private record Shard(int number, String corpus, long first, long count) {
        Path file(Path folder, SpaceModality result) {
            return folder.resolve(number + "-" + result + ".npy");
        }
    }
}
