package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.bonds.execution.ProjectorTraining.Epoch;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import dev.freebind.tensorflow.TrainedVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where tuning stands: what stands in a checkpoint file beside its tensors. The tensors go between file and
 * graph one at a time, since an encoder's network with its moments may be larger than the heap: every variable under its name,
 * Adam's moments ({@code adam.first.*}, {@code adam.second.*}), and the best epoch's variables if they are others ({@code best.*}).
 *
 * @param task fingerprint of the task it belongs to
 * @param steps how many were made
 * @param epochs the finished epochs
 * @param best number of the epoch to keep if tuning ended with them, from 1; 0 in the first epoch
 * @param lossSum of the steps since the last finished epoch; null right after one
 */
record TuningCheckpoint(
        String task,
        long steps,
        List<Epoch> epochs,
        int best,
        @Nullable Double lossSum) {

    private static final Logger LOG = LoggerFactory.getLogger(TuningCheckpoint.class);

    private static final String FORMAT = "freebind-tuning-checkpoint-1";
    private static final String BEST = "best.";
    private static final String LOSS_SUM = "loss-sum";

    TuningCheckpoint {
        epochs = List.copyOf(epochs);
    }

    /** Nothing done yet. */
    static TuningCheckpoint beginning(String task) {
        return new TuningCheckpoint(task, 0, List.of(), 0, null);
    }

    /**
     * Reads where the tuning of a task stands, if it was begun.
     *
     * @return empty if the file does not exist or belongs to another task, which is logged
     * @throws DataException if the file is damaged
     */
    static Optional<TuningCheckpoint> read(Path path, String task) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Map<String, String> metadata = file.metadata();
            if (!FORMAT.equals(metadata.get("format"))) {
                throw new DataException(path + ": not a tuning checkpoint of this version (format "
                        + metadata.get("format") + ", expected " + FORMAT + "); delete it to tune from the start");
            }
            if (!task.equals(metadata.get("task"))) {
                LOG.warn("{} belongs to a task with other data or settings; tuning starts from the beginning", path);
                return Optional.empty();
            }
            boolean first = metadata.getOrDefault("epochs", "damaged").isEmpty() && metadata.containsKey(LOSS_SUM);
            List<Epoch> epochs = first ? List.of() : TrainingCheckpoint.epochs(path, metadata);
            long best = TrainingCheckpoint.number(path, metadata, "best");
            if (best < Math.min(1, epochs.size()) || best > epochs.size()) {
                throw new DataException(
                        path + ": the metadata 'best' is damaged: " + best + " of " + epochs.size() + " epochs");
            }
            return Optional.of(new TuningCheckpoint(
                    task,
                    TrainingCheckpoint.number(path, metadata, "steps"),
                    epochs,
                    (int) best,
                    lossSum(path, metadata.get(LOSS_SUM))));
        }
    }

    private static @Nullable Double lossSum(Path path, @Nullable String text) {
        try {
            return text == null ? null : Double.valueOf(text);
        } catch (NumberFormatException e) {
            throw new DataException(path + ": the metadata '" + LOSS_SUM + "' is damaged: " + text, e);
        }
    }

    /** Fills the graph's variables and moments from the file. */
    void restore(Path path, TuningGraph graph) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (TrainedVariable variable : stateOf(graph)) {
                float[] values = file.floats(variable.name());
                if (values.length != variable.size()) {
                    throw new DataException(path + ": tensor '" + variable.name() + "' has " + values.length
                            + " values, expected " + variable.size());
                }
                variable.assign(values);
            }
        }
        graph.resumeAt(steps);
    }

    /**
     * Writes the graph's state to the file, which appears whole or not at all.
     *
     * @param stored what the file holds now, where the best epoch's variables are taken from
     */
    void write(Path path, TuningGraph graph, TuningCheckpoint stored) {
        boolean others = best > 0 && !isBest();
        try (SafetensorsFile before = others ? SafetensorsFile.open(path) : null) {
            List<NamedTensor> tensors = new ArrayList<>();
            for (TrainedVariable variable : stateOf(graph)) {
                tensors.add(NamedTensor.deferred(variable.name(), variable::read, variable.shape()));
            }
            if (before != null) {
                String prefix = stored.isBest() ? "" : BEST;
                for (TrainedVariable variable : graph.variables()) {
                    tensors.add(NamedTensor.deferred(
                            BEST + variable.name(), () -> before.floats(prefix + variable.name()), variable.shape()));
                }
            }
            Map<String, String> metadata = new TreeMap<>();
            metadata.put("format", FORMAT);
            metadata.put("task", task);
            metadata.put("steps", Long.toString(steps));
            metadata.put("best", Integer.toString(best));
            metadata.put("epochs", TrainingCheckpoint.text(epochs));
            if (lossSum != null) {
                metadata.put(LOSS_SUM, lossSum.toString());
            }
            SafetensorsWriter.write(path, tensors, metadata);
        }
    }

    /** Whether the variables are those of the best epoch. */
    private boolean isBest() {
        return best == epochs.size() && lossSum == null;
    }

    private static List<TrainedVariable> stateOf(TuningGraph graph) {
        List<TrainedVariable> state = new ArrayList<>(graph.variables());
        state.addAll(graph.adam().firstMoments());
        state.addAll(graph.adam().secondMoments());
        return state;
    }

    /** Reads the variables of the epoch to keep from the file. */
    <T> T best(Path path, Function<Kept, T> use) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            return use.apply(new Kept(file, isBest() ? "" : BEST));
        }
    }

    /**
     * The variables of the epoch to keep, while their file is open.
     *
     * @param file the checkpoint
     * @param prefix before their names
     */
    record Kept(SafetensorsFile file, String prefix) {
        /** One of them. */
        float[] values(String variable) {
            return file.floats(prefix + variable);
        }

        /** Its lengths. */
        long[] shape(String variable) {
            return file.tensor(prefix + variable).shape().lengths().stream()
                    .mapToLong(Long::longValue)
                    .toArray();
        }
    }

    /** This checkpoint within the next epoch. */
    TuningCheckpoint within(long stepsMade, double losses) {
        return new TuningCheckpoint(task, stepsMade, epochs, best, losses);
    }

    /** This checkpoint with one epoch more. */
    TuningCheckpoint after(Epoch epoch, long stepsMade, int earlyStop) {
        List<Epoch> more = new ArrayList<>(epochs);
        more.add(epoch);
        boolean better = earlyStop == 0
                || best == 0
                || Double.isNaN(epoch.heldOutRecall())
                || epoch.heldOutRecall() > epochs.get(best - 1).heldOutRecall();
        return new TuningCheckpoint(task, stepsMade, more, better ? more.size() : best, null);
    }
}
