/**
 * Soft retrieval and exact nearest items on TensorFlow: everything that compares many rows with many rows.
 *
 * <p>{@link dev.freebind.training.retrieval.TensorFlowSoftRetrieval} is the online softmax that collects pseudo pairs,
 * {@link dev.freebind.training.retrieval.TensorFlowNearestItems} gives ranks, top-k and scores. Both stream blocks of keys past
 * blocks of queries; {@code ReadAhead} reads the next block while the graph works on the one before. Which rows to compare and
 * what the results mean is decided in {@code bonds} and {@code evaluation}.
 */
@NullMarked
package dev.freebind.training.retrieval;

import org.jspecify.annotations.NullMarked;
