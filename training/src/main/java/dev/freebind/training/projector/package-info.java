/**
 * Projectors on TensorFlow: training them ({@link dev.freebind.training.projector.TensorFlowProjectorTraining}, FreeBind eq. 7
 * and 8) and applying them ({@link dev.freebind.training.projector.TensorFlowInference}, FreeBind section 3.4).
 *
 * <p>One training step is {@link dev.freebind.training.projector.ProjectorTrainingGraph}: the rows of every modality go through
 * their {@link dev.freebind.training.projector.ProjectorHead}, an {@link dev.freebind.training.projector.Objective} compares
 * them, hand-derived gradients go back, and {@link dev.freebind.tensorflow.training.Adam} updates. FreeBind, C-MCR and
 * Ex-MCR are one objective each and share all the rest. What surrounds the steps is one class each: the rows of a batch, reading
 * them ahead, the held-out measure, the checkpoint.
 *
 * <p>Not here: what to train on and in which order (the run), how pseudo pairs are made
 * ({@code dev.freebind.training.retrieval}), the files of finished projectors ({@code dev.freebind.bonds.projector}).
 */
@NullMarked
package dev.freebind.training.projector;

import org.jspecify.annotations.NullMarked;
