package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.FactorSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** One setting of factors in place of the configured one. */
final class FactorOptions {

    @Option(names = "--preset", paramLabel = "P", description = "Use this preset's factors.")
    private @Nullable String preset;

    @Option(
            names = "--factors",
            paramLabel = "BOND.MODALITY=F,...",
            description = "Use these factors; what is not named stays as configured.")
    private @Nullable String factors;

    /** Whether one of them was given. */
    boolean isGiven() {
        return preset != null || factors != null;
    }

    /** The chosen factors, or the configured ones. */
    FactorSettings chosen(BondGraph graph) {
        if (preset != null && factors != null) {
            throw new InvalidRequestException("--preset and --factors exclude each other; give one of them");
        }
        if (preset != null) {
            return FactorSettings.preset(graph.configuration(), preset);
        }
        return factors == null ? FactorSettings.CONFIGURED : FactorSettings.parse(graph, factors);
    }
}
