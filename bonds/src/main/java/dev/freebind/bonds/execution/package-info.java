/** What a numerical engine does for this project, as interfaces: soft retrieval, nearest items, projector training, inference. */
@NullMarked
package dev.freebind.bonds.execution;

import org.jspecify.annotations.NullMarked;
