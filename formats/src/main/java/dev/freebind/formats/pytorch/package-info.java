/**
 * Tensors in the files that PyTorch's {@code torch.save} has written since version 1.6 ({@code .pt}, {@code .pth},
 * {@code .bin}): {@link dev.freebind.formats.pytorch.PyTorchFile} reads them, {@link
 * dev.freebind.formats.pytorch.PyTorchWriter} writes state dictionaries.
 *
 * <p>Format: a zip archive (ZIP64 when large) with one folder of any name. In it {@code data.pkl} is a Python pickle that
 * describes the saved object; its tensors are views (type, offset, shape, strides) of storages, and each storage is the
 * uncompressed entry {@code data/KEY}, little-endian. Tensor data is read only when asked for, and only what was asked for.
 *
 * <p>A pickle is a program. Here it is only read: the few calls that rebuild tensors and the harmless values beside them
 * ({@code PickleGlobals} lists all) become plain values; any other name that the pickle mentions
 * ends in an error with that name, before anything uses it. No class is looked up and no code runs.
 *
 * <p>Not read: the formats before version 1.6, TorchScript programs, big-endian files, complex, quantised and 8-bit floating
 * numbers. Which names a model needs is the affair of {@code dev.freebind.formats.checkpoint} and its users.
 */
@NullMarked
package dev.freebind.formats.pytorch;

import org.jspecify.annotations.NullMarked;
