package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.ModalityTuning;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.projector.ProjectorFile;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.Subset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Does the tuning of one space: from the displacement's projectors and the pairs to files of tuned projectors.
 *
 * @param output the bound space's folder
 * @param graph the spaces and bonds
 * @param rows the pairs in every space
 * @param engine tunes
 * @param progress tells how far it is
 */
record TuningStep(Path output, BondGraph graph, CorpusRows rows, ModalityTuning engine, Progress progress) {

    /**
     * Tunes and writes; takes up where the checkpoint says.
     *
     * @param seed decides every random choice
     */
    ModalityTuning.Result run(BindStep.Tune step, String fingerprint, long seed, Path checkpoint) throws IOException {
        TunedSpace tuned = step.tuned();
        Displacement displacement = step.displacement();
        Embeddings frozen = rows.rows(tuned.tuned(), tuned.pairs(tuned.against()));
        String pairs = tuned.pairs(tuned.modality());
        boolean mixed = graph.modalities(displacement.into()).contains(tuned.modality());
        long heldOut = Math.round(step.rows() * tuned.settings().holdOut());
        ModalityTuning.Task task = new ModalityTuning.Task(
                tuned.modality(),
                tuned.settings().encoder()
                        ? encoded(step, fingerprint, pairs)
                        : new ModalityTuning.Embedded(rows.rows(displacement.unified(), pairs)),
                frozen,
                mixed ? rows.rows(displacement.into(), pairs) : null,
                mixed ? displacement.factor(tuned.modality()) : 0,
                projectors(step),
                heldOut == 0 ? List.of() : List.of(new RowRange(step.rows() - heldOut, heldOut)),
                tuned.settings(),
                seed);
        ModalityTuning.Result result;
        try (Progress.Task bar = progress.start(step.description(), steps(step, heldOut), "steps")) {
            result = engine.tune(task, checkpoint, bar);
        }
        for (ProjectorKey key : step.keys()) {
            Path file = output.resolve(key.file());
            Files.createDirectories(file.getParent());
            ProjectorFile.write(
                    file,
                    Objects.requireNonNull(result.projectors().get(key.subset())),
                    Map.of(BindRun.FINGERPRINT, fingerprint, "freebind.projector", key.toString()));
        }
        return result;
    }

    private ModalityTuning.Encoded encoded(BindStep.Tune step, String fingerprint, String pairs) throws IOException {
        TunedSpace tuned = step.tuned();
        Path result = output.resolve(tuned.encoderFile());
        Files.createDirectories(result.getParent());
        return new ModalityTuning.Encoded(
                rows.encoder(step.displacement().unified()),
                rows.items(pairs),
                result,
                Map.of(BindRun.FINGERPRINT, fingerprint, "freebind.encoder", tuned.name() + "/" + tuned.modality()));
    }

    private NavigableMap<Subset, ProjectorWeights> projectors(BindStep.Tune step) {
        Displacement displacement = step.displacement();
        NavigableMap<Subset, ProjectorWeights> projectors = new TreeMap<>();
        for (Subset subset : step.subsets()) {
            ProjectorKey key = new ProjectorKey(displacement.name(), displacement.unified(), subset);
            projectors.put(subset, ProjectorFile.read(output.resolve(key.file())));
        }
        return projectors;
    }

    private static long steps(BindStep.Tune step, long heldOut) {
        long batch =
                (long) step.tuned().settings().batch() * step.tuned().settings().accumulate();
        return step.tuned().settings().epochs() * Math.max(1, (step.rows() - heldOut) / batch);
    }
}
