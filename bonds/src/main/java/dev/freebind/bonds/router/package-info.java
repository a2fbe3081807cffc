/**
 * The router of OmniBind: its tensors under the names of the published checkpoints, their safetensors file, and which spaces it
 * reads and weighs. Training and evaluating it is the training module's work.
 */
@NullMarked
package dev.freebind.bonds.router;

import org.jspecify.annotations.NullMarked;
