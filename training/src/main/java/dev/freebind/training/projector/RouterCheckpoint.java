package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.bonds.execution.RouterTraining.Epoch;
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
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where router training stands after a whole epoch: what stands in a checkpoint file beside its tensors, which are the graph's
 * {@linkplain RouterTrainingGraph#state state}.
 *
 * @param task fingerprint of the task it belongs to
 * @param steps how many were made
 * @param epochs the finished epochs
 */
record RouterCheckpoint(String task, long steps, List<Epoch> epochs) {

    private static final Logger LOG = LoggerFactory.getLogger(RouterCheckpoint.class);

    private static final String FORMAT = "freebind-router-checkpoint-1";

    RouterCheckpoint {
        epochs = List.copyOf(epochs);
    }

    /**
     * Reads where the training of a task stands, if it was begun.
     *
     * @return empty if the file does not exist or belongs to another task, which is logged
     * @throws DataException if the file is damaged
     */
    static Optional<RouterCheckpoint> read(Path path, String task) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Map<String, String> metadata = file.metadata();
            if (!FORMAT.equals(metadata.get("format"))) {
                throw new DataException(path + ": not a router checkpoint of this version (format "
                        + metadata.get("format") + ", expected " + FORMAT + "); delete it to train from the start");
            }
            if (!task.equals(metadata.get("task"))) {
                LOG.warn("{} belongs to a task with other data or settings; training starts from the beginning", path);
                return Optional.empty();
            }
            // the two losses of an epoch are kept as the two numbers of a training curve
            List<Epoch> epochs = TrainingCheckpoint.epochs(path, metadata).stream()
                    .map(epoch -> new Epoch(epoch.meanLoss(), epoch.heldOutRecall()))
                    .toList();
            return Optional.of(new RouterCheckpoint(task, TrainingCheckpoint.number(path, metadata, "steps"), epochs));
        }
    }

    /** Fills the graph's state from the file. */
    void restore(Path path, RouterTrainingGraph graph) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            List<TrainedVariable> state = graph.state();
            List<float[]> values = new ArrayList<>();
            for (TrainedVariable variable : state) {
                float[] ofFile = file.floats(variable.name());
                if (ofFile.length != variable.size()) {
                    throw new DataException(path + ": tensor '" + variable.name() + "' has " + ofFile.length
                            + " values, expected " + variable.size());
                }
                values.add(ofFile);
            }
            TrainedVariable.assignAll(state, values);
        }
        graph.resumeAt(steps);
    }

    /** Writes the graph's state to the file, which appears whole or not at all. */
    void write(Path path, RouterTrainingGraph graph) {
        List<NamedTensor> tensors = new ArrayList<>();
        List<TrainedVariable> state = graph.state();
        List<float[]> values = TrainedVariable.readAll(state);
        for (int i = 0; i < state.size(); i++) {
            float[] value = values.get(i);
            tensors.add(NamedTensor.deferred(
                    state.get(i).name(), () -> value, state.get(i).shape()));
        }
        Map<String, String> metadata = new TreeMap<>();
        metadata.put("format", FORMAT);
        metadata.put("task", task);
        metadata.put("steps", Long.toString(steps));
        metadata.put(
                "epochs",
                epochs.stream()
                        .map(epoch -> epoch.alignment() + " " + epoch.decoupling())
                        .collect(Collectors.joining(";")));
        SafetensorsWriter.write(path, tensors, metadata);
    }

    /** This checkpoint with one epoch more. */
    RouterCheckpoint after(Epoch epoch, long stepsMade) {
        List<Epoch> more = new ArrayList<>(epochs);
        more.add(epoch);
        return new RouterCheckpoint(task, stepsMade, more);
    }
}
