/** Reading and writing of the small text files around an evaluation: lists and CSV. Not for use outside this module. */
@NullMarked
package dev.freebind.evaluation.internal;

import org.jspecify.annotations.NullMarked;
