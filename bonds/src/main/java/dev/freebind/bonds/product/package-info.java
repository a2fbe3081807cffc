/**
 * How the embedding of a bound space is composed, and what about it can be chosen after training. {@link
 * dev.freebind.bonds.product.Composition} turns a space, a modality and a {@link dev.freebind.bonds.product.Customisation}
 * (factors, presets, experts left out, single projectors) into an {@link dev.freebind.bonds.product.EmbeddingExpression} over leaf
 * embeddings, projector mixtures and factors. Evaluating the expression is an engine's work.
 */
@NullMarked
package dev.freebind.bonds.product;

import org.jspecify.annotations.NullMarked;
