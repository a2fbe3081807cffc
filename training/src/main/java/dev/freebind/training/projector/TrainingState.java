package dev.freebind.training.projector;

import dev.freebind.bonds.projector.ProjectorWeights;
import java.util.List;

/**
 * Everything that a training step changes: with it, training goes on as if it had not stopped.
 *
 * @param heads the projector of the source, and that of the target where it is projected as well
 * @param steps how many steps were made
 */
record TrainingState(List<Head> heads, long steps) {

    /**
     * A projector in training.
     *
     * @param weights parameters and running statistics
     * @param firstMoments Adam's mean of the gradient, for every trained tensor and of its length
     * @param secondMoments Adam's mean of the squared gradient, likewise
     */
    record Head(ProjectorWeights weights, PerTensor<float[]> firstMoments, PerTensor<float[]> secondMoments) {}

    TrainingState {
        heads = List.copyOf(heads);
    }

    /** No step made yet. */
    static TrainingState before(ProjectorWeights... initial) {
        return new TrainingState(
                List.of(initial).stream()
                        .map(weights -> {
                            PerTensor<float[]> zeros = PerTensor.of(
                                    ProjectorTensor.trained(weights), tensor -> new float[tensor.of(weights).length]);
                            return new Head(weights, zeros, zeros);
                        })
                        .toList(),
                0);
    }

    /** The projectors. */
    List<ProjectorWeights> weights() {
        return heads.stream().map(Head::weights).toList();
    }
}
