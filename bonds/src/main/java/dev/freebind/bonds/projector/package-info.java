/** The projector's tensors under the names of the published checkpoints, and their safetensors file. */
@NullMarked
package dev.freebind.bonds.projector;

import org.jspecify.annotations.NullMarked;
