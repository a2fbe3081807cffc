/**
 * NumPy's {@code .npz} files: zip archives of small arrays by name, {@link dev.freebind.formats.npz.NpzFile}.
 *
 * <p>Large matrices belong in {@code .npy} files, which can be read by rows.
 */
@NullMarked
package dev.freebind.formats.npz;

import org.jspecify.annotations.NullMarked;
