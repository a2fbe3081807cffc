/**
 * TensorFlow as this project uses it: the choice of device and threads ({@link dev.freebind.tensorflow.TensorFlowRuntime}),
 * one graph with its session ({@link dev.freebind.tensorflow.GraphSession}), tensors that are filled and read as plain
 * buffers ({@link dev.freebind.tensorflow.FloatTensor}), and the CUDA libraries of the {@code gpu} build
 * ({@link dev.freebind.tensorflow.CudaLibraries}).
 *
 * <p>What does not live here: anything that knows spaces, bonds or projectors (module {@code training}), and any encoder.
 */
@NullMarked
package dev.freebind.tensorflow;

import org.jspecify.annotations.NullMarked;
