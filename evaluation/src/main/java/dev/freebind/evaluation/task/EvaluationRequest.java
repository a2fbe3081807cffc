package dev.freebind.evaluation.task;

import dev.freebind.bonds.product.Customisation;
import java.util.List;

/**
 * What to measure.
 *
 * @param spaces products and leaf spaces by name, in the order of the result; empty for all: products, then leaves
 * @param settings the factors, each giving one set of rows; empty for the configured ones
 * @param customisation what is left out, which projectors, which weights; its factors hold where no setting says otherwise
 */
public record EvaluationRequest(List<String> spaces, List<Setting> settings, Customisation customisation) {

    /** Every space as configured. */
    public static final EvaluationRequest ALL = new EvaluationRequest(List.of(), List.of(), Customisation.CONFIGURED);

    /** Copies. */
    public EvaluationRequest {
        spaces = List.copyOf(spaces);
        settings = List.copyOf(settings);
    }
}
