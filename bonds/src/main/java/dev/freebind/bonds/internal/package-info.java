/** Wording shared by the messages of this module. */
@NullMarked
package dev.freebind.bonds.internal;

import org.jspecify.annotations.NullMarked;
