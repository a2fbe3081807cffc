/** How the embedding of a bound space is composed: an expression over leaf embeddings, projector mixtures and factors, evaluated by an engine. */
@NullMarked
package dev.freebind.bonds.product;

import org.jspecify.annotations.NullMarked;
