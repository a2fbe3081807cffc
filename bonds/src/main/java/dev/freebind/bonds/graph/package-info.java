/** Spaces and bonds as a directed acyclic graph: nodes, their dimensions and modalities, factors, presets, validation, printing. */
@NullMarked
package dev.freebind.bonds.graph;

import org.jspecify.annotations.NullMarked;
