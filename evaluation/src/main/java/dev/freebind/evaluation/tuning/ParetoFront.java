package dev.freebind.evaluation.tuning;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** The points that no other point beats in everything. */
public final class ParetoFront {

    private ParetoFront() {}

    /**
     * The points that are not dominated: no other is at least as high in every value and higher in one. Of points with equal
     * values, the first.
     *
     * @param values {@code [points][values]}, higher is better
     * @return their numbers, by falling first value
     */
    public static List<Integer> of(List<double[]> values) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            order.add(i);
        }
        // A point that dominates another comes before it in this order, so comparing with the front so far is enough.
        order.sort(Comparator.<Integer, double[]>comparing(values::get, ParetoFront::lexicographic)
                .thenComparing(Comparator.naturalOrder()));
        List<Integer> front = new ArrayList<>();
        for (int point : order) {
            boolean beaten = front.stream().anyMatch(other -> atLeast(values.get(other), values.get(point)));
            if (!beaten) {
                front.add(point);
            }
        }
        return Collections.unmodifiableList(front);
    }

    private static int lexicographic(double[] a, double[] b) {
        for (int i = 0; i < a.length; i++) {
            int order = Double.compare(b[i], a[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static boolean atLeast(double[] a, double[] b) {
        for (int i = 0; i < a.length; i++) {
            if (a[i] < b[i]) {
                return false;
            }
        }
        return true;
    }
}
