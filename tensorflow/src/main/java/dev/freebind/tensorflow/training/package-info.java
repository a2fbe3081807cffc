/**
 * What it takes to train a network: Adam with updates that wait for every
 * gradient, gradients summed over parts of a batch, and the encoders whose networks can be trained
 * ({@link dev.freebind.tensorflow.training.TrainableEncoder}).
 *
 * <p>Not here: losses, batches, epochs and checkpoints, which are what a training is about; they are in the module
 * {@code training}. The layers of networks are in {@code dev.freebind.tensorflow.layers}.
 */
@NullMarked
package dev.freebind.tensorflow.training;

import org.jspecify.annotations.NullMarked;
