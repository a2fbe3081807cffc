package dev.freebind.evaluation.result;

import org.jspecify.annotations.Nullable;

/**
 * What was measured: a space, with a named factor setting where one applies.
 *
 * @param space a product or a leaf space
 * @param preset the factor setting; null for the configured factors, {@code --factors}, or where no setting has an effect
 */
public record Subject(String space, @Nullable String preset) {

    /** How tables name it: {@code vt-u-plusplus} or {@code vt-u-plusplus [versatile]}. */
    public String label() {
        return preset == null ? space : space + " [" + preset + "]";
    }

    @Override
    public String toString() {
        return preset == null ? space : space + "@" + preset;
    }
}
