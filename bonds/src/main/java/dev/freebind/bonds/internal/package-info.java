/** What packages of this module share and no other module uses. */
@NullMarked
package dev.freebind.bonds.internal;

import org.jspecify.annotations.NullMarked;
