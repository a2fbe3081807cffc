package dev.freebind.bonds.projector;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.internal.OfficialTensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The layers of one kind of projector, under the names that its published checkpoints give them. Every kind is a chain of
 * blocks (a linear layer, a batch normalisation, perhaps a ReLU) whose result is L2-normalised.
 *
 * <p>The kinds are those of the FreeBind, C-MCR and Ex-MCR repositories.
 *
 * @param name what the configuration calls it
 * @param adapter name of a linear layer in front of the blocks, through which only some modalities go; null if there is none
 * @param blocks at least one
 */
public record ProjectorArchitecture(String name, @Nullable String adapter, List<Block> blocks) {

    private static final String HEAD_A = "Head_A.";
    private static final String HEAD_B = "Head_B.";

    /** FreeBind and OmniBind: Linear – BatchNorm – ReLU – Linear – BatchNorm. */
    public static final ProjectorArchitecture FREEBIND = new ProjectorArchitecture(
            "freebind",
            null,
            List.of(new Block("Head2.mlps.0", "Head2.mlps.1", true), new Block("Head2.mlps.3", "Head2.mlps.4", false)));

    /** C-MCR between CLAP and CLIP: the same layers under other names, one head for each of two spaces; this is the first. */
    public static final ProjectorArchitecture C_MCR = new ProjectorArchitecture(
            "c-mcr",
            null,
            List.of(
                    new Block(HEAD_A + "net1.0", HEAD_A + "net1.1", true),
                    new Block(HEAD_A + "net2.0", HEAD_A + "net2.1", false)));

    /** C-MCR between ULIP and CLIP: Linear – BatchNorm – ReLU, so that no value of a projected row is negative. */
    public static final ProjectorArchitecture C_MCR_ULIP =
            new ProjectorArchitecture("c-mcr-ulip", null, List.of(new Block(HEAD_A + "net.0", HEAD_A + "net.1", true)));

    /**
     * Ex-MCR: two times the layers of FreeBind, behind a linear layer that begins as the identity and takes just the modalities
     * that the target lacks (section 3.3 of the Ex-MCR paper, "decoupled projector").
     */
    public static final ProjectorArchitecture EX_MCR = new ProjectorArchitecture(
            "ex-mcr",
            "Head1",
            List.of(
                    new Block("Head2.mlp1.net1.0", "Head2.mlp1.net1.1", true),
                    new Block("Head2.mlp1.net2.0", "Head2.mlp1.net2.1", false),
                    new Block("Head2.mlp2.net1.0", "Head2.mlp2.net1.1", true),
                    new Block("Head2.mlp2.net2.0", "Head2.mlp2.net2.1", false)));

    /** The kinds that a configuration can name. */
    public static final List<ProjectorArchitecture> ALL = List.of(FREEBIND, C_MCR, C_MCR_ULIP, EX_MCR);

    /**
     * One block: {@code relu?(batchNorm(linear(x)))}.
     *
     * @param linear name of the linear layer, without {@code .weight} and {@code .bias}
     * @param norm name of the batch normalisation
     * @param relu whether negative values become zero at its end
     */
    public record Block(String linear, String norm, boolean relu) {}

    /** Copies. */
    public ProjectorArchitecture {
        blocks = List.copyOf(blocks);
    }

    /**
     * The architecture to which tensors of these names belong, in its first or second head.
     *
     * @throws InvalidRequestException if none has a tensor of these names
     */
    static ProjectorArchitecture of(Iterable<String> tensors) {
        for (String tensor : tensors) {
            for (ProjectorArchitecture known : ALL) {
                for (ProjectorArchitecture head :
                        known.isPaired() ? List.of(known, known.counterpart()) : List.of(known)) {
                    if (tensor.equals(head.blocks.get(0).linear() + ".weight")) {
                        return head;
                    }
                }
            }
        }
        throw new InvalidRequestException("no tensor is the first weight of a projector: "
                + String.join(
                        ", ",
                        ALL.stream()
                                .map(known -> known.blocks.get(0).linear() + ".weight")
                                .toList()));
    }

    /** Says whether published checkpoints hold two of these, one for each of two spaces. */
    public boolean isPaired() {
        return blocks.get(0).linear().startsWith(HEAD_A)
                || blocks.get(0).linear().startsWith(HEAD_B);
    }

    /**
     * The other head of a pair: the same layers, {@code Head_B} in place of {@code Head_A} or the other way round.
     *
     * @throws IllegalStateException if this kind has no pairs
     */
    public ProjectorArchitecture counterpart() {
        if (!isPaired()) {
            throw new IllegalStateException(name + " has one head");
        }
        return new ProjectorArchitecture(
                name,
                adapter,
                blocks.stream()
                        .map(block -> new Block(other(block.linear), other(block.norm), block.relu))
                        .toList());
    }

    private static String other(String layer) {
        return layer.startsWith(HEAD_A)
                ? HEAD_B + layer.substring(HEAD_A.length())
                : HEAD_A + layer.substring(HEAD_B.length());
    }

    /**
     * The lengths of the rows between the blocks, {@code input} first and {@code output} last: a block that ends in a ReLU gives
     * {@code hidden}, any other {@code output}, and so does the last.
     */
    public List<Integer> widths(int input, int hidden, int output) {
        List<Integer> widths = new ArrayList<>(List.of(input));
        for (int i = 0; i < blocks.size(); i++) {
            widths.add(blocks.get(i).relu() && i < blocks.size() - 1 ? hidden : output);
        }
        return List.copyOf(widths);
    }

    /** The names of all tensors, in the order of the published checkpoints. */
    public List<String> tensors() {
        List<String> names = new ArrayList<>();
        if (adapter != null) {
            names.addAll(OfficialTensors.linearNames(adapter));
        }
        for (Block block : blocks) {
            names.addAll(OfficialTensors.linearNames(block.linear));
            names.addAll(OfficialTensors.normNames(block.norm));
        }
        return List.copyOf(names);
    }

    @Override
    public String toString() {
        return name;
    }
}
