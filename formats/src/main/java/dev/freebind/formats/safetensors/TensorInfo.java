package dev.freebind.formats.safetensors;

import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;

/**
 * Where one tensor is in a file.
 *
 * @param name unique in the file
 * @param type type of the elements
 * @param shape lengths of the dimensions
 * @param begin first byte, counted from the end of the header
 * @param end the byte after the last
 */
public record TensorInfo(String name, ElementType type, Shape shape, long begin, long end) {

    /** Number of bytes. */
    public long bytes() {
        return end - begin;
    }
}
