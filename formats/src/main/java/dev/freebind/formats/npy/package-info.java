/**
 * NumPy's {@code .npy} files: {@link dev.freebind.formats.npy.NpyFile} reads the rows of a large matrix through a memory map,
 * {@link dev.freebind.formats.npy.NpyWriter} writes one row by row, {@link dev.freebind.formats.npy.NpyArray} is a small array
 * of any shape held in memory, and {@link dev.freebind.formats.npy.EmbeddingFiles} opens many files as one
 * ({@link dev.freebind.formats.npy.EmbeddingShards}), clip-retrieval's folders among them. {@link
 * dev.freebind.formats.npy.PickledDictionary} is what {@code numpy.save} makes of a dictionary of arrays.
 *
 * <p>Format: NumPy enhancement proposal 1, versions 1 to 3. Not read: other pickled objects (they run code), structured and
 * text arrays.
 */
@NullMarked
package dev.freebind.formats.npy;

import org.jspecify.annotations.NullMarked;
