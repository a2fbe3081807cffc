/**
 * Named tensors in {@code .safetensors} files: {@link dev.freebind.formats.safetensors.SafetensorsFile} reads them one by one,
 * {@link dev.freebind.formats.safetensors.SafetensorsWriter} writes {@link dev.freebind.formats.safetensors.NamedTensor}s.
 *
 * <p>Format: eight bytes with the length of the header (little-endian), the header (JSON: for each tensor its type, shape and
 * place; {@code __metadata__} with texts), then the tensors without gaps. What the names mean is the reader's affair.
 */
@NullMarked
package dev.freebind.formats.safetensors;

import org.jspecify.annotations.NullMarked;
