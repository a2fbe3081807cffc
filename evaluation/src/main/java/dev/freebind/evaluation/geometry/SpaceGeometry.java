package dev.freebind.evaluation.geometry;

import dev.freebind.api.Modality;
import dev.freebind.bonds.execution.Hubness;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the items of a task lie in one space, from a sample.
 *
 * @param space the space
 * @param dataset the task's name
 * @param pairs the modalities against each other
 * @param points by modality the sampled items in the plane of the first two principal components of all of them, {@code {x, y}}
 * @param explained the shares of the variance along the two
 */
public record SpaceGeometry(
        String space,
        String dataset,
        List<PairGeometry> pairs,
        Map<Modality, List<double[]>> points,
        double[] explained) {

    /** Copies. */
    public SpaceGeometry {
        pairs = List.copyOf(pairs);
        points = Collections.unmodifiableMap(new LinkedHashMap<>(points));
    }

    /**
     * Two modalities.
     *
     * @param pair in alphabetical order: {@code audio-text}
     * @param gap how far apart they are
     * @param there hubs among the second modality's items, searched by the first's
     * @param back hubs among the first modality's items
     * @param rows sampled items of the first and of the second modality
     */
    public record PairGeometry(String pair, ModalityGap gap, Hubness there, Hubness back, int[] rows) {}
}
