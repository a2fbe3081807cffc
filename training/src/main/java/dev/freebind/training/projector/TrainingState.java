package dev.freebind.training.projector;

import dev.freebind.bonds.projector.ProjectorWeights;

/**
 * Everything that a training step changes: with it, training goes on as if it had not stopped.
 *
 * @param weights parameters and running statistics
 * @param firstMoments Adam's mean of the gradient, for every trained tensor and of its length
 * @param secondMoments Adam's mean of the squared gradient, likewise
 * @param steps how many steps were made
 */
record TrainingState(
        ProjectorWeights weights, PerTensor<float[]> firstMoments, PerTensor<float[]> secondMoments, long steps) {

    /** No step made yet. */
    static TrainingState before(ProjectorWeights initial) {
        PerTensor<float[]> zeros =
                PerTensor.of(ProjectorTensor.TRAINED, tensor -> new float[tensor.of(initial).length]);
        return new TrainingState(initial, zeros, zeros, 0);
    }
}
