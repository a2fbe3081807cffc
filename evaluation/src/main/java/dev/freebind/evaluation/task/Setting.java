package dev.freebind.evaluation.task;

import dev.freebind.bonds.product.FactorSettings;
import org.jspecify.annotations.Nullable;

/**
 * Factors under which spaces are measured.
 *
 * @param preset the setting's name in the results; null for configured factors and {@code --factors}
 * @param factors in place of the configured ones
 */
public record Setting(@Nullable String preset, FactorSettings factors) {

    /** The configured factors. */
    public static final Setting CONFIGURED = new Setting(null, FactorSettings.CONFIGURED);
}
