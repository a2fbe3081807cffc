package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.collection.CollectionPlan.SpaceModality;
import dev.freebind.bonds.execution.ProjectorTraining;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.projector.ProjectorFile;
import dev.freebind.bonds.projector.ProjectorKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Does one training: from tuples to files of projectors, collecting and embedding what is not there yet.
 *
 * @param output the bound space's folder
 * @param graph the spaces and bonds
 * @param rows the corpora in every space
 * @param pairs the pseudo pairs
 * @param items the item tuples
 * @param engine trains
 * @param clock tells how long that took
 * @param progress tells how far it is
 */
record TrainingStep(
        Path output,
        BondGraph graph,
        CorpusRows rows,
        PseudoPairs pairs,
        ItemRows items,
        ProjectorTraining engine,
        Clock clock,
        Progress progress) {

    /**
     * Trains and writes; gives the record of it, and takes up where the checkpoint says.
     *
     * @param seed decides every random choice
     */
    Provenance.TrainedStep run(BindStep.Train step, String fingerprint, long seed, Path checkpoint) throws IOException {
        PseudoPairBond bond = graph.pseudoPairBond(step.bond());
        TrainingSettings settings = bond.training();
        ProjectorTraining.Task task = new ProjectorTraining.Task(
                side(step, step.key().source(), step.sourceModalities()),
                side(step, bond.into(), step.targetModalities()),
                step.counterpart() == null ? 0 : graph.space(step.bond()).dimension(),
                heldOut(step, settings),
                settings,
                seed);
        Instant begin = clock.instant();
        ProjectorTraining.Result result;
        try (Progress.Task bar = progress.start(step.description(), steps(step, task), "steps")) {
            result = engine.train(task, checkpoint, bar);
        }
        for (int i = 0; i < step.keys().size(); i++) {
            ProjectorKey key = step.keys().get(i);
            Path file = output.resolve(key.file());
            Files.createDirectories(file.getParent());
            ProjectorFile.write(
                    file,
                    result.projectors().get(i),
                    Map.of(BindRun.FINGERPRINT, fingerprint, "freebind.projector", key.toString()));
        }
        return new Provenance.TrainedStep(
                step.key().toString(),
                fingerprint,
                step.rows(),
                Duration.between(begin, clock.instant()).toMillis() / 1000.0,
                result.kept(),
                result.epochs().stream().map(Provenance.Epoch::of).toList());
    }

    private static long steps(BindStep.Train step, ProjectorTraining.Task task) {
        long trained =
                step.rows() - task.heldOut().stream().mapToLong(RowRange::count).sum();
        return task.settings().epochs() * Math.max(1, trained / task.settings().batch());
    }

    /** The last rows of every tuple set. */
    private static List<RowRange> heldOut(BindStep.Train step, TrainingSettings settings) {
        List<RowRange> ranges = new ArrayList<>();
        long end = 0;
        for (BindStep.Tuples pairs : step.pairs()) {
            end += pairs.rows();
            long count = Math.round(pairs.rows() * settings.holdOut());
            if (count > 0) {
                ranges.add(new RowRange(end - count, count));
            }
        }
        return ranges;
    }

    private NavigableMap<Modality, Embeddings> side(BindStep.Train step, String space, List<Modality> modalities)
            throws IOException {
        NavigableMap<Modality, Embeddings> side = new TreeMap<>();
        for (Modality modality : modalities) {
            List<Embeddings> parts = new ArrayList<>();
            for (BindStep.Tuples tuples : step.pairs()) {
                if (tuples instanceof BindStep.ItemTuples itemTuples) {
                    parts.add(items.rows(itemTuples, space, modality));
                } else if (tuples instanceof BindStep.Collect collect) {
                    parts.addAll(softPairs(collect, space, modality));
                }
            }
            side.put(modality, Embeddings.concatenation(parts));
        }
        return side;
    }

    private List<Embeddings> softPairs(BindStep.Collect collect, String space, Modality modality) throws IOException {
        if (!collect.start().equals(modality)
                || !collect.tuples().nativeSpaces().contains(space)) {
            return List.of(pairs.collected(collect, new SpaceModality(space, modality)));
        }
        List<Embeddings> parts = new ArrayList<>();
        for (String corpus : collect.startCorpora()) {
            parts.add(rows.rows(space, corpus));
        }
        return parts;
    }
}
