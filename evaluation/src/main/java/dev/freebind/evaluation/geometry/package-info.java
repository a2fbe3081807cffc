/**
 * How the embeddings of a space lie: the gap between modalities, hubs, principal components. Pure computation on small samples;
 * {@link dev.freebind.evaluation.task.GeometryMeasurement} draws them.
 */
@NullMarked
package dev.freebind.evaluation.geometry;

import org.jspecify.annotations.NullMarked;
