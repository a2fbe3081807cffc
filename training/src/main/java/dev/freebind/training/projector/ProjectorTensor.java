package dev.freebind.training.projector;

import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.LinearWeights;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorArchitecture.Block;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.projector.ProjectorWeights.Adapter;
import dev.freebind.bonds.projector.ProjectorWeights.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One float tensor of a projector.
 *
 * @param officialName its name in published checkpoints
 * @param block the block it belongs to, from 0; {@link #ADAPTER} for the adapter's
 * @param part what it is there
 */
record ProjectorTensor(String officialName, int block, Part part) {

    /** Stands for a block in the tensors of the adapter. */
    static final int ADAPTER = -1;

    /** What a tensor is in its block. */
    enum Part {
        WEIGHT,
        BIAS,
        NORM_WEIGHT,
        NORM_BIAS,
        RUNNING_MEAN,
        RUNNING_VARIANCE
    }

    /** Every tensor of a kind of projector, in the order of the published checkpoints. */
    static List<ProjectorTensor> all(ProjectorArchitecture architecture) {
        List<ProjectorTensor> tensors = new ArrayList<>();
        if (architecture.adapter() != null) {
            tensors.add(new ProjectorTensor(architecture.adapter() + ".weight", ADAPTER, Part.WEIGHT));
            tensors.add(new ProjectorTensor(architecture.adapter() + ".bias", ADAPTER, Part.BIAS));
        }
        for (int i = 0; i < architecture.blocks().size(); i++) {
            Block block = architecture.blocks().get(i);
            tensors.add(new ProjectorTensor(block.linear() + ".weight", i, Part.WEIGHT));
            tensors.add(new ProjectorTensor(block.linear() + ".bias", i, Part.BIAS));
            tensors.add(new ProjectorTensor(block.norm() + ".weight", i, Part.NORM_WEIGHT));
            tensors.add(new ProjectorTensor(block.norm() + ".bias", i, Part.NORM_BIAS));
            tensors.add(new ProjectorTensor(block.norm() + ".running_mean", i, Part.RUNNING_MEAN));
            tensors.add(new ProjectorTensor(block.norm() + ".running_var", i, Part.RUNNING_VARIANCE));
        }
        return List.copyOf(tensors);
    }

    /** One tensor of a kind of projector. */
    static ProjectorTensor of(ProjectorArchitecture architecture, int block, Part part) {
        for (ProjectorTensor tensor : all(architecture)) {
            if (tensor.block == block && tensor.part == part) {
                return tensor;
            }
        }
        throw new IllegalArgumentException(architecture + " has no " + part + " of block " + block);
    }

    /**
     * The tensors of a projector that Adam updates. The linear biases in front of a batch normalisation are held (see {@link
     * ProjectorTrainingGraph}), and an adapter that no modality goes through stays as it is.
     */
    static List<ProjectorTensor> trained(ProjectorWeights weights) {
        Adapter adapter = weights.adapter();
        boolean adapts = adapter != null && !adapter.modalities().isEmpty();
        return all(weights.architecture()).stream()
                .filter(tensor -> tensor.block == ADAPTER
                        ? adapts
                        : tensor.part == Part.WEIGHT
                                || tensor.part == Part.NORM_WEIGHT
                                || tensor.part == Part.NORM_BIAS)
                .toList();
    }

    /** This tensor of a projector, row by row; not a copy. */
    float[] of(ProjectorWeights weights) {
        if (block == ADAPTER) {
            LinearWeights adapter = Objects.requireNonNull(weights.adapter()).linear();
            return part == Part.WEIGHT ? adapter.weight() : adapter.bias();
        }
        Stage stage = weights.stage(block);
        return switch (part) {
            case WEIGHT -> stage.linear().weight();
            case BIAS -> stage.linear().bias();
            case NORM_WEIGHT -> stage.norm().weight();
            case NORM_BIAS -> stage.norm().bias();
            case RUNNING_MEAN -> stage.norm().runningMean();
            case RUNNING_VARIANCE -> stage.norm().runningVariance();
        };
    }

    /** The tensor's shape in a projector. */
    long[] shape(ProjectorWeights weights) {
        int input = block == ADAPTER
                ? weights.inputDimension()
                : weights.stage(block).linear().input();
        int output = block == ADAPTER ? input : weights.stage(block).linear().output();
        return part == Part.WEIGHT ? new long[] {output, input} : new long[] {output};
    }

    /**
     * A projector of the same size as another with these values.
     *
     * @param like tells architecture, sizes and what goes through the adapter
     * @param tensors a value for every tensor
     * @param batchesTracked the counter of every batch normalisation
     * @throws dev.freebind.api.DataException if a tensor has the wrong length
     */
    static ProjectorWeights assemble(ProjectorWeights like, PerTensor<float[]> tensors, long batchesTracked) {
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < like.stages().size(); i++) {
            Block block = like.architecture().blocks().get(i);
            stages.add(new Stage(
                    linear(like.stage(i).linear(), tensors, i, block.linear()),
                    new BatchNormWeights(
                            tensors.of(new ProjectorTensor(block.norm() + ".weight", i, Part.NORM_WEIGHT)),
                            tensors.of(new ProjectorTensor(block.norm() + ".bias", i, Part.NORM_BIAS)),
                            tensors.of(new ProjectorTensor(block.norm() + ".running_mean", i, Part.RUNNING_MEAN)),
                            tensors.of(new ProjectorTensor(block.norm() + ".running_var", i, Part.RUNNING_VARIANCE)),
                            batchesTracked)));
        }
        Adapter adapter = like.adapter();
        return new ProjectorWeights(
                like.architecture(),
                adapter == null
                        ? null
                        : new Adapter(
                                linear(
                                        adapter.linear(),
                                        tensors,
                                        ADAPTER,
                                        String.valueOf(like.architecture().adapter())),
                                adapter.modalities()),
                stages);
    }

    private static LinearWeights linear(LinearWeights like, PerTensor<float[]> tensors, int block, String name) {
        return new LinearWeights(
                like.input(),
                like.output(),
                tensors.of(new ProjectorTensor(name + ".weight", block, Part.WEIGHT)),
                tensors.of(new ProjectorTensor(name + ".bias", block, Part.BIAS)));
    }
}
