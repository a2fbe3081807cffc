/**
 * The weights of a model, whatever files they are in: {@link dev.freebind.formats.checkpoint.Checkpoint} opens PyTorch and
 * safetensors files, sharded sets with their index, and folders of these, and gives every tensor one name.
 * {@link dev.freebind.formats.checkpoint.TensorClaims} keeps account of which tensors a model takes, so that a missing, extra
 * or misshapen one is an error that names it.
 *
 * <p>{@link dev.freebind.formats.checkpoint.TensorSource} is the seam to the networks: they see names, types, shapes and
 * values, and tests can give them a {@link dev.freebind.formats.checkpoint.TensorInventory}, names and shapes without values.
 * How the file formats work is the affair of the packages {@code pytorch} and {@code safetensors}; what the names mean is that
 * of the models.
 */
@NullMarked
package dev.freebind.formats.checkpoint;

import org.jspecify.annotations.NullMarked;
