/**
 * The layers that the encoder families share, in graph mode, and the weights they are made of.
 *
 * <p>{@link dev.freebind.tensorflow.layers.NetworkWeights} takes tensors of a checkpoint by name: building a network claims
 * each with the shape it needs and puts an empty variable into the graph; only {@code load} reads values, one tensor after the
 * other. A network can therefore be built from, and checked against, an inventory of names and shapes.
 *
 * <p>Activations are matrices {@code [batch · tokens, width] float32}, so that a layer is one large matrix product whatever
 * the batch; only attention and the selection of tokens know how many tokens a sequence has. Layers named as in PyTorch take
 * PyTorch's weight layouts and names ({@code weight [out, in]}, {@code bias [out]}).
 *
 * <p>What does not live here: towers of a particular model, which are in the module of their family, and anything that reads
 * files.
 */
@NullMarked
package dev.freebind.tensorflow.layers;

import org.jspecify.annotations.NullMarked;
