package dev.freebind.formats.checkpoint;

import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;

/**
 * What is known about a tensor without reading it.
 *
 * @param type type of the stored elements
 * @param shape lengths of the dimensions
 */
public record TensorSummary(ElementType type, Shape shape) {}
