package dev.freebind.bonds.router;

import dev.freebind.api.DataException;
import dev.freebind.bonds.internal.OfficialTensors;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.checkpoint.TensorSelection;
import dev.freebind.formats.checkpoint.TensorSource;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A router as a safetensors file with the tensor names of OmniBind's released checkpoints ({@code router.0.weight} and so on). */
public final class RouterFile {

    private static final String ROUTER = "router.";

    private static final List<String> NAMES = Stream.of(
                    OfficialTensors.linearNames("0"),
                    OfficialTensors.normNames("1"),
                    OfficialTensors.linearNames("3"),
                    OfficialTensors.normNames("4"),
                    OfficialTensors.linearNames("6"))
            .flatMap(List::stream)
            .toList();

    private RouterFile() {}

    /** The official names of a router's tensors. */
    public static List<String> names() {
        return NAMES.stream().map(name -> ROUTER + name).toList();
    }

    /**
     * Reads a file that holds one router and nothing else.
     *
     * @throws DataException if the file is missing or damaged, or a tensor is missing, superfluous, misshapen or not finite,
     *     naming file and tensor
     */
    public static RouterWeights read(Path file) {
        try (Checkpoint tensors = Checkpoint.open(file, TensorSelection.EVERYTHING)) {
            new OfficialTensors(tensors, ROUTER).checkOnly("router", NAMES);
            return read(tensors, "");
        }
    }

    /**
     * Reads one router from tensors that may hold more.
     *
     * @param prefix stands before every name, for example {@code A_enc_router.}; may be empty
     * @throws DataException as {@link #read(Path)}, superfluous tensors aside
     */
    public static RouterWeights read(TensorSource source, String prefix) {
        OfficialTensors tensors = new OfficialTensors(source, prefix + ROUTER);
        Shape first = tensors.matrix("0.weight");
        Shape second = tensors.matrix("3.weight");
        Shape third = tensors.matrix("6.weight");
        long firstHidden = first.length(0);
        long secondHidden = second.length(0);
        long sources = third.length(0);
        return new RouterWeights(
                Math.toIntExact(first.length(1)),
                Math.toIntExact(firstHidden),
                Math.toIntExact(secondHidden),
                Math.toIntExact(sources),
                tensors.floats("0.weight", first),
                tensors.floats("0.bias", Shape.of(firstHidden)),
                tensors.norm("1", firstHidden),
                tensors.floats("3.weight", Shape.of(secondHidden, firstHidden)),
                tensors.floats("3.bias", Shape.of(secondHidden)),
                tensors.norm("4", secondHidden),
                tensors.floats("6.weight", Shape.of(sources, secondHidden)),
                tensors.floats("6.bias", Shape.of(sources)));
    }

    /**
     * Writes a router; the file appears whole or not at all.
     *
     * @param metadata texts to store beside the tensors; may be empty
     * @throws DataException if the file cannot be written
     */
    public static void write(Path file, RouterWeights weights, Map<String, String> metadata) {
        SafetensorsWriter.write(file, tensors(weights, ""), metadata);
    }

    /**
     * A router's tensors under their official names; the values are not copied.
     *
     * @param prefix stands before every name; may be empty
     */
    public static List<NamedTensor> tensors(RouterWeights weights, String prefix) {
        String router = prefix + ROUTER;
        return Stream.of(
                        OfficialTensors.linear(router + "0", weights.firstWeight(), weights.firstBias()),
                        OfficialTensors.norm(router + "1", weights.firstNorm()),
                        OfficialTensors.linear(router + "3", weights.secondWeight(), weights.secondBias()),
                        OfficialTensors.norm(router + "4", weights.secondNorm()),
                        OfficialTensors.linear(router + "6", weights.thirdWeight(), weights.thirdBias()))
                .flatMap(List::stream)
                .toList();
    }
}
