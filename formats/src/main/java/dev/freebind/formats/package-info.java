/**
 * What every file format shares: {@link dev.freebind.formats.ElementType}s and {@link dev.freebind.formats.Shape}s, 16-bit
 * floats ({@link dev.freebind.formats.Float16}, {@link dev.freebind.formats.BFloat16}), bytes turned into numbers
 * ({@link dev.freebind.formats.ElementDecoder}), files that appear whole or not at
 * all ({@link dev.freebind.formats.AtomicFile}), what is wrong with a file in words
 * ({@link dev.freebind.formats.FileErrors}), and files named by patterns ({@link dev.freebind.formats.FilePattern}).
 *
 * <p>Each format has a package of its own with a reader and a writer: {@code npy} (arrays, embeddings in shards), {@code npz}
 * (zip archives of arrays), {@code safetensors} (named tensors), {@code pytorch} (what {@code torch.save} wrote, read only).
 * {@code checkpoint} makes one source of named tensors of the last two; {@code fingerprint} tells whether files are still
 * what a result was made from. None of them knows what the numbers mean. Readers trust
 * nothing: whatever the bytes, they end in a value or in a {@link dev.freebind.api.DataException} that names the file, in
 * bounded time and memory.
 */
@NullMarked
package dev.freebind.formats;

import org.jspecify.annotations.NullMarked;
