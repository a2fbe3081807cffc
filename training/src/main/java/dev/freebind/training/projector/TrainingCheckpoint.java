package dev.freebind.training.projector;

import dev.freebind.api.DataException;
import dev.freebind.bonds.execution.ProjectorTraining.Epoch;
import dev.freebind.bonds.projector.ProjectorFile;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.ProjectorWeights.Adapter;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorSelection;
import dev.freebind.formats.checkpoint.TensorSource;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where training stands after a whole epoch, as one safetensors file: the projectors under their official names, Adam's moments
 * ({@code adam.first.*}, {@code adam.second.*}), the best epoch's projectors if it is an earlier one ({@code best.*}), and
 * the curve.
 *
 * @param task fingerprint of the task it belongs to
 * @param state what the next step changes
 * @param epochs the finished epochs
 * @param best number of the epoch to keep if training ended here, from 1; 0 before the first
 * @param bestWeights the projectors of that epoch
 */
record TrainingCheckpoint(
        String task, TrainingState state, List<Epoch> epochs, int best, List<ProjectorWeights> bestWeights) {

    private static final Logger LOG = LoggerFactory.getLogger(TrainingCheckpoint.class);

    private static final String FORMAT = "freebind-training-checkpoint-2";

    TrainingCheckpoint {
        epochs = List.copyOf(epochs);
        bestWeights = List.copyOf(bestWeights);
    }

    /**
     * Reads the checkpoint of a task, if there is one.
     *
     * @param beginning the same task before its first step: tells the task and what its projectors are like
     * @return empty if the file does not exist or belongs to another task, which is logged
     * @throws DataException if the file is damaged
     */
    static Optional<TrainingCheckpoint> read(Path path, TrainingCheckpoint beginning) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        Map<String, String> metadata;
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            metadata = file.metadata();
        }
        if (!FORMAT.equals(metadata.get("format"))) {
            throw new DataException(path + ": not a training checkpoint of this version (format "
                    + metadata.get("format") + ", expected " + FORMAT + "); delete it to train from the start");
        }
        if (!beginning.task.equals(metadata.get("task"))) {
            LOG.warn("{} belongs to a task with other data or settings; training starts from the beginning", path);
            return Optional.empty();
        }
        try (Checkpoint file = Checkpoint.open(path, TensorSelection.EVERYTHING)) {
            List<TrainingState.Head> heads = new ArrayList<>();
            for (ProjectorWeights like : beginning.state.weights()) {
                ProjectorWeights weights = projector(file, "", like);
                heads.add(new TrainingState.Head(
                        weights, moments(file, "adam.first.", weights), moments(file, "adam.second.", weights)));
            }
            TrainingState state = new TrainingState(heads, number(path, metadata, "steps"));
            List<Epoch> epochs = epochs(path, metadata);
            long best = number(path, metadata, "best");
            if (best < 1 || best > epochs.size()) {
                throw new DataException(
                        path + ": the metadata 'best' is damaged: " + best + " of " + epochs.size() + " epochs");
            }
            return Optional.of(new TrainingCheckpoint(
                    beginning.task,
                    state,
                    epochs,
                    (int) best,
                    best == epochs.size()
                            ? state.weights()
                            : beginning.state.weights().stream()
                                    .map(like -> projector(file, "best.", like))
                                    .toList()));
        }
    }

    private static ProjectorWeights projector(TensorSource file, String prefix, ProjectorWeights like) {
        Adapter adapter = like.adapter();
        return ProjectorFile.read(file, prefix, like.architecture(), adapter == null ? Set.of() : adapter.modalities());
    }

    /** Writes the file; it appears whole or not at all. */
    void write(Path path) {
        List<NamedTensor> tensors = new ArrayList<>();
        state.weights().forEach(weights -> tensors.addAll(ProjectorFile.tensors(weights, "")));
        for (TrainingState.Head head : state.heads()) {
            head.firstMoments()
                    .forEach((tensor, values) ->
                            tensors.add(NamedTensor.of("adam.first." + tensor.officialName(), values, values.length)));
            head.secondMoments()
                    .forEach((tensor, values) ->
                            tensors.add(NamedTensor.of("adam.second." + tensor.officialName(), values, values.length)));
        }
        if (best != epochs.size()) {
            bestWeights.forEach(weights -> tensors.addAll(ProjectorFile.tensors(weights, "best.")));
        }
        Map<String, String> metadata = new TreeMap<>();
        metadata.put("format", FORMAT);
        metadata.put("task", task);
        metadata.put("steps", Long.toString(state.steps()));
        metadata.put("best", Integer.toString(best));
        metadata.put("epochs", text(epochs));
        SafetensorsWriter.write(path, tensors, metadata);
    }

    private static PerTensor<float[]> moments(TensorSource file, String prefix, ProjectorWeights weights) {
        return PerTensor.of(ProjectorTensor.trained(weights), tensor -> {
            String name = prefix + tensor.officialName();
            float[] values = file.floats(name);
            if (values.length != tensor.of(weights).length) {
                throw new DataException(file.origin() + ": tensor '" + name + "' has " + values.length
                        + " values, expected " + tensor.of(weights).length);
            }
            return values;
        });
    }

    /** A curve as metadata keeps it. */
    static String text(List<Epoch> epochs) {
        return String.join(
                ";",
                epochs.stream()
                        .map(epoch -> epoch.meanLoss() + " " + epoch.heldOutRecall())
                        .toList());
    }

    /** Reads the curve back. */
    static List<Epoch> epochs(Path path, Map<String, String> metadata) {
        List<Epoch> epochs = new ArrayList<>();
        for (String epoch : metadata.getOrDefault("epochs", "").split(";", -1)) {
            String[] numbers = epoch.split(" ", -1);
            try {
                epochs.add(new Epoch(Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1])));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new DataException(path + ": the metadata 'epochs' is damaged: '" + epoch + "'", e);
            }
        }
        return epochs;
    }

    /** Reads a whole number. */
    static long number(Path path, Map<String, String> metadata, String key) {
        String text = metadata.getOrDefault(key, "");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new DataException(path + ": the metadata '" + key + "' is damaged: '" + text + "'", e);
        }
    }
}
