/**
 * Runs the tasks of a configuration: {@link dev.freebind.evaluation.task.Evaluator} decides which spaces can take part, composes
 * their embeddings, has them ranked, and turns ranks into rows. The items' embeddings come through
 * {@link dev.freebind.evaluation.task.EmbeddingSource}; label, tag and relevance files are read here.
 */
@NullMarked
package dev.freebind.evaluation.task;

import org.jspecify.annotations.NullMarked;
