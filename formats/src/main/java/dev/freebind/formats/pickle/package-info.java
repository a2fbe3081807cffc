/**
 * Python's pickles as data: {@link dev.freebind.formats.pickle.Unpickler} moves values on a stack and executes nothing. Which
 * names a pickle may mention is said where it comes from: {@code dev.freebind.formats.pytorch} knows those of tensors, {@code
 * dev.freebind.formats.npy} those of NumPy's arrays.
 */
@NullMarked
package dev.freebind.formats.pickle;

import org.jspecify.annotations.NullMarked;
