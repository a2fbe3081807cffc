package dev.freebind.evaluation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Maps values to coordinates, with round tick marks.
 *
 * @param low the value at {@code from}
 * @param high the value at {@code to}, above the low one
 * @param from a coordinate
 * @param to a coordinate
 */
record Scale(double low, double high, double from, double to) {

    /** A scale that covers the values with round ends. */
    static Scale covering(double least, double most, double from, double to) {
        double span = most > least ? most - least : Math.max(Math.abs(most), 1) * 0.1;
        double step = step(span, 5);
        double low = Math.floor((most > least ? least : least - span / 2) / step) * step;
        double high = Math.ceil((most > least ? most : most + span / 2) / step) * step;
        return new Scale(low, high, from, to);
    }

    private static double step(double span, int ticks) {
        double raw = span / ticks;
        double magnitude = Math.pow(10, Math.floor(Math.log10(raw)));
        double leading = raw / magnitude;
        return magnitude * (leading <= 1 ? 1 : leading <= 2 ? 2 : leading <= 5 ? 5 : 10);
    }

    double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** Round values within the scale, about five. */
    List<Double> ticks() {
        double step = step(high - low, 5);
        List<Double> ticks = new ArrayList<>();
        for (long i = Math.round(Math.ceil(low / step - 1e-9)); i * step <= high + step * 1e-9; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** A tick's label, with as many decimals as tell neighbours apart. */
    String label(double tick) {
        double step = step(high - low, 5);
        int decimals = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
        return String.format(Locale.ROOT, "%." + decimals + "f", tick == 0 ? 0.0 : tick);
    }
}
