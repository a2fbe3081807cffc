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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where tuning stands after a whole epoch: what stands in a checkpoint file beside its tensors. The tensors go between file and
 * graph one at a time, since an encoder's network with its moments may be larger than the heap: every variable under its name,
 * Adam's moments ({@code adam.first.*}, {@code adam.second.*}), and the best epoch's variables if it is an earlier one
 * ({@code best.*}).
 *
 * @param task fingerprint of the task it belongs to
 * @param steps how many were made
 * @param epochs the finished epochs
 * @param best number of the epoch to keep if tuning ended here, from 1
 */
record TuningCheckpoint(String task, long steps, List<Epoch> epochs, int best) {

    private static final Logger LOG = LoggerFactory.getLogger(TuningCheckpoint.class);

    private static final String FORMAT = "freebind-tuning-checkpoint-1";
    private static final String BEST = "best.";

    TuningCheckpoint {
        epochs = List.copyOf(epochs);
    }

    /** Nothing done yet. */
    static TuningCheckpoint beginning(String task) {
        return new TuningCheckpoint(task, 0, List.of(), 0);
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
            List<Epoch> epochs = TrainingCheckpoint.epochs(path, metadata);
            long best = TrainingCheckpoint.number(path, metadata, "best");
            if (best < 1 || best > epochs.size()) {
                throw new DataException(
                        path + ": the metadata 'best' is damaged: " + best + " of " + epochs.size() + " epochs");
            }
            return Optional.of(
                    new TuningCheckpoint(task, TrainingCheckpoint.number(path, metadata, "steps"), epochs, (int) best));
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

    /** Writes the graph's state to the file, which appears whole or not at all. */
    void write(Path path, TuningGraph graph) {
        // The best epoch's variables are in the file before this one: as its own, or as its best.
        boolean older = best != epochs.size();
        try (SafetensorsFile before = older ? SafetensorsFile.open(path) : null) {
            List<NamedTensor> tensors = new ArrayList<>();
            for (TrainedVariable variable : stateOf(graph)) {
                tensors.add(NamedTensor.deferred(variable.name(), variable::read, variable.shape()));
            }
            if (before != null) {
                String prefix = best == epochs.size() - 1 ? "" : BEST;
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
            SafetensorsWriter.write(path, tensors, metadata);
        }
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
            return use.apply(new Kept(file, best == epochs.size() ? "" : BEST));
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

    /** This checkpoint with one epoch more. */
    TuningCheckpoint after(Epoch epoch, long stepsMade, int earlyStop) {
        List<Epoch> more = new ArrayList<>(epochs);
        more.add(epoch);
        boolean better = earlyStop == 0
                || best == 0
                || Double.isNaN(epoch.heldOutRecall())
                || epoch.heldOutRecall() > epochs.get(best - 1).heldOutRecall();
        return new TuningCheckpoint(task, stepsMade, more, better ? more.size() : best);
    }
}
