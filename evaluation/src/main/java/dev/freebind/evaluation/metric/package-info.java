/**
 * Metrics as pure functions: hit rates and ranks from {@link dev.freebind.bonds.execution.NearestItems.RelevantRanks} with ties
 * resolved as the mean over all orders, and average precision from scores. Nothing here reads embeddings or files.
 */
@NullMarked
package dev.freebind.evaluation.metric;

import org.jspecify.annotations.NullMarked;
