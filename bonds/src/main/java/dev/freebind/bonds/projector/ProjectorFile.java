package dev.freebind.bonds.projector;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.internal.OfficialTensors;
import dev.freebind.bonds.projector.ProjectorArchitecture.Block;
import dev.freebind.bonds.projector.ProjectorWeights.Adapter;
import dev.freebind.bonds.projector.ProjectorWeights.Stage;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorSelection;
import dev.freebind.formats.checkpoint.TensorSource;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A projector as a safetensors file with the tensor names and layout of the released checkpoints of its kind ({@code
 * Head2.mlps.0.weight} and so on for FreeBind's), so that their Python users can load it.
 */
public final class ProjectorFile {

    /** Key of the metadata that names the modalities which go through the adapter. */
    private static final String ADAPTED = "freebind.adapted";

    private ProjectorFile() {}

    /**
     * Reads a file that holds one projector, of whatever kind, and nothing else.
     *
     * @throws DataException if the file is missing or damaged, or a tensor is missing, superfluous, misshapen or not finite,
     *     naming file and tensor
     */
    public static ProjectorWeights read(Path file) {
        NavigableSet<Modality> adapted;
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            adapted = adapted(file, tensors.metadata());
        }
        try (Checkpoint tensors = Checkpoint.open(file, TensorSelection.EVERYTHING)) {
            ProjectorArchitecture architecture;
            try {
                architecture = ProjectorArchitecture.of(tensors.tensors().keySet());
            } catch (InvalidRequestException e) {
                throw new DataException(file + ": is no projector: " + e.getMessage(), e);
            }
            new OfficialTensors(tensors, "").checkOnly("projector", architecture.tensors());
            return read(tensors, "", architecture, adapted);
        }
    }

    private static NavigableSet<Modality> adapted(Path file, Map<String, String> metadata) {
        NavigableSet<Modality> modalities = new TreeSet<>();
        for (String name : metadata.getOrDefault(ADAPTED, "").split(",", -1)) {
            if (Modality.isName(name)) {
                modalities.add(new Modality(name));
            } else if (!name.isEmpty()) {
                throw new DataException(file + ": the metadata '" + ADAPTED + "' is damaged: '" + name + "'");
            }
        }
        return modalities;
    }

    /**
     * Reads one projector from tensors that may hold more.
     *
     * @param prefix stands before every name; may be empty
     * @param architecture the kind of projector
     * @param adapted modalities that go through its adapter, if it has one
     * @throws DataException as {@link #read(Path)}, superfluous tensors aside
     */
    public static ProjectorWeights read(
            TensorSource source, String prefix, ProjectorArchitecture architecture, Set<Modality> adapted) {
        OfficialTensors tensors = new OfficialTensors(source, prefix);
        List<Stage> stages = new ArrayList<>();
        int width = 0;
        for (Block block : architecture.blocks()) {
            LinearWeights linear = tensors.linear(block.linear(), width);
            width = linear.output();
            stages.add(new Stage(linear, tensors.norm(block.norm(), width)));
        }
        String adapter = architecture.adapter();
        return new ProjectorWeights(
                architecture,
                adapter == null
                        ? null
                        : new Adapter(
                                tensors.linear(adapter, stages.get(0).linear().input()), new TreeSet<>(adapted)),
                stages);
    }

    /**
     * Writes a projector; the file appears whole or not at all.
     *
     * @param metadata texts to store beside the tensors; may be empty
     * @throws DataException if the file cannot be written
     */
    public static void write(Path file, ProjectorWeights weights, Map<String, String> metadata) {
        Map<String, String> all = new TreeMap<>(metadata);
        Adapter adapter = weights.adapter();
        if (adapter != null) {
            all.put(ADAPTED, adapter.modalities().stream().map(Modality::name).collect(Collectors.joining(",")));
        }
        SafetensorsWriter.write(file, tensors(weights, ""), all);
    }

    /**
     * A projector's tensors under their official names, in the released order; the values are not copied.
     *
     * @param prefix stands before every name; may be empty
     */
    public static List<NamedTensor> tensors(ProjectorWeights weights, String prefix) {
        List<NamedTensor> tensors = new ArrayList<>();
        Adapter adapter = weights.adapter();
        if (adapter != null) {
            tensors.addAll(OfficialTensors.linear(
                    prefix + weights.architecture().adapter(),
                    adapter.linear().weight(),
                    adapter.linear().bias()));
        }
        for (int i = 0; i < weights.stages().size(); i++) {
            Block block = weights.architecture().blocks().get(i);
            LinearWeights linear = weights.stage(i).linear();
            tensors.addAll(OfficialTensors.linear(prefix + block.linear(), linear.weight(), linear.bias()));
            tensors.addAll(
                    OfficialTensors.norm(prefix + block.norm(), weights.stage(i).norm()));
        }
        return List.copyOf(tensors);
    }
}
