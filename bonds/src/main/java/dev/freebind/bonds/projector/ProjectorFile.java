package dev.freebind.bonds.projector;

import dev.freebind.api.DataException;
import dev.freebind.bonds.internal.OfficialTensors;
import dev.freebind.formats.Shape;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A projector as a safetensors file with the tensor names and layout of FreeBind's released checkpoints
 * ({@code Head2.mlps.0.weight} and so on), so that its Python users can load it.
 */
public final class ProjectorFile {

    private static final String HEAD = "Head2.mlps.";

    private static final List<String> NAMES = Stream.of(
                    OfficialTensors.linearNames("0"),
                    OfficialTensors.normNames("1"),
                    OfficialTensors.linearNames("3"),
                    OfficialTensors.normNames("4"))
            .flatMap(List::stream)
            .toList();

    private ProjectorFile() {}

    /**
     * Reads a file that holds one projector and nothing else.
     *
     * @throws DataException if the file is missing or damaged, or a tensor is missing, superfluous, misshapen or not finite,
     *     naming file and tensor
     */
    public static ProjectorWeights read(Path file) {
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            new OfficialTensors(tensors, HEAD).checkOnly("projector", NAMES);
            return read(tensors, "");
        }
    }

    /**
     * Reads one projector from a file that may hold more.
     *
     * @param prefix stands before every name; may be empty
     * @throws DataException as {@link #read(Path)}, superfluous tensors aside
     */
    public static ProjectorWeights read(SafetensorsFile file, String prefix) {
        OfficialTensors tensors = new OfficialTensors(file, prefix + HEAD);
        Shape first = tensors.matrix("0.weight");
        Shape second = tensors.matrix("3.weight");
        long hidden = first.length(0);
        long output = second.length(0);
        return new ProjectorWeights(
                Math.toIntExact(first.length(1)),
                Math.toIntExact(hidden),
                Math.toIntExact(output),
                tensors.floats("0.weight", first),
                tensors.floats("0.bias", Shape.of(hidden)),
                tensors.norm("1", hidden),
                tensors.floats("3.weight", Shape.of(output, hidden)),
                tensors.floats("3.bias", Shape.of(output)),
                tensors.norm("4", output));
    }

    /**
     * Writes a projector; the file appears whole or not at all.
     *
     * @param metadata texts to store beside the tensors; may be empty
     * @throws DataException if the file cannot be written
     */
    public static void write(Path file, ProjectorWeights weights, Map<String, String> metadata) {
        SafetensorsWriter.write(file, tensors(weights, ""), metadata);
    }

    /**
     * A projector's tensors under their official names, in the released order; the values are not copied.
     *
     * @param prefix stands before every name; may be empty
     */
    public static List<NamedTensor> tensors(ProjectorWeights weights, String prefix) {
        String head = prefix + HEAD;
        return Stream.of(
                        OfficialTensors.linear(head + "0", weights.firstWeight(), weights.firstBias()),
                        OfficialTensors.norm(head + "1", weights.firstNorm()),
                        OfficialTensors.linear(head + "3", weights.secondWeight(), weights.secondBias()),
                        OfficialTensors.norm(head + "4", weights.secondNorm()))
                .flatMap(List::stream)
                .toList();
    }
}
