/**
 * Published checkpoints and bound spaces, one into the other: where each network lies in the files of FreeBind, OmniBind, C-MCR
 * and Ex-MCR ({@link dev.freebind.bonds.published.PublishedLayout}), the spaces that these files belong to ({@link
 * dev.freebind.bonds.published.PublishedSpace}), and the way in and out ({@link dev.freebind.bonds.published.CheckpointImport},
 * {@link dev.freebind.bonds.published.CheckpointExport}).
 *
 * <p>Not here: the networks' tensors ({@code dev.freebind.bonds.projector}, {@code dev.freebind.bonds.router}), file formats, and
 * the encoders' own checkpoints, which their providers read.
 */
@NullMarked
package dev.freebind.bonds.published;

import org.jspecify.annotations.NullMarked;
