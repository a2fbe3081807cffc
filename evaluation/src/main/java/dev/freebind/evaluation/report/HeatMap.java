package dev.freebind.evaluation.report;

import java.util.List;
import java.util.Locale;

/** A grid of values in colours that also readers with a colour vision deficiency tell apart, the best one framed. */
final class HeatMap {

    private static final int WIDTH = 360;
    private static final int LEFT = 44;
    private static final int BOTTOM = 40;
    private static final int LEGEND = 46;

    /** From dark blue over grey to yellow (after the colour map "cividis"): luminance rises evenly. */
    private static final int[] COLOURS = {
        0x00224e, 0x123570, 0x3b496c, 0x575d6d, 0x707173, 0x8a8678, 0xa59c74, 0xc3b369, 0xe1cc55, 0xfee838
    };

    private HeatMap() {}

    /**
     * Draws the map as a figure.
     *
     * @param title the heading
     * @param subtitle what the numbers are
     * @param horizontal name of the horizontal axis
     * @param xs its values
     * @param vertical name of the vertical axis
     * @param ys its values, drawn from the bottom up
     * @param values {@code [ys][xs]}, percentages; NaN where nothing was measured
     */
    static String draw(
            String title,
            String subtitle,
            String horizontal,
            List<Double> xs,
            String vertical,
            List<Double> ys,
            double[][] values) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (double[] row : values) {
            for (double value : row) {
                if (Double.isFinite(value)) {
                    least = Math.min(least, value);
                    most = Math.max(most, value);
                }
            }
        }
        if (least > most) {
            return "";
        }
        double cell = (double) (WIDTH - LEFT - LEGEND) / xs.size();
        double row = Math.min(cell, 300.0 / ys.size());
        double height = row * ys.size();
        StringBuilder svg = new StringBuilder("<figure><figcaption>")
                .append(Markup.escape(title))
                .append(" <span>")
                .append(Markup.escape(subtitle))
                .append("</span></figcaption><svg viewBox=\"0 0 " + WIDTH + " " + Markup.number(height + BOTTOM + 6)
                        + "\" role=\"img\" aria-label=\"")
                .append(Markup.escape(title + ", " + subtitle + " over " + horizontal + " and " + vertical))
                .append("\">");
        StringBuilder frame = new StringBuilder();
        for (int y = 0; y < ys.size(); y++) {
            double top = 4 + height - (y + 1) * row;
            for (int x = 0; x < xs.size(); x++) {
                double value = values[y][x];
                double left = LEFT + x * cell;
                if (Double.isFinite(value)) {
                    int colour = colour(most > least ? (value - least) / (most - least) : 0.5);
                    String box = "x=\"" + Markup.number(left) + "\" y=\"" + Markup.number(top) + "\" width=\""
                            + Markup.number(cell) + "\" height=\"" + Markup.number(row) + "\"";
                    String shown = String.format(Locale.ROOT, "%.1f", value);
                    svg.append("<g><title>")
                            .append(Markup.escape(horizontal + " " + factor(xs.get(x)) + ", " + vertical + " "
                                    + factor(ys.get(y)) + ": " + String.format(Locale.ROOT, "%.2f", value)))
                            .append("</title><rect " + box + " fill=\"#" + String.format(Locale.ROOT, "%06x", colour)
                                    + "\"/>");
                    if (cell >= 22 && row >= 14) {
                        svg.append("<text text-anchor=\"middle\" style=\"fill:" + (isDark(colour) ? "#fff" : "#000")
                                + ";font-size:" + (cell >= 34 ? 11 : 9) + "px\" x=\"" + Markup.number(left + cell / 2)
                                + "\" y=\""
                                + Markup.number(top + row / 2 + 3.5) + "\">" + shown + "</text>");
                    }
                    svg.append("</g>");
                    if (value == most) {
                        frame.append("<rect " + box + " fill=\"none\" stroke=\"var(--s1)\" stroke-width=\"2.5\"/>");
                    }
                }
            }
        }
        svg.append(frame);
        axes(svg, horizontal, xs, vertical, ys, cell, row, height);
        legend(svg, least, most, height);
        return svg.append("</svg></figure>\n").toString();
    }

    private static void axes(
            StringBuilder svg,
            String horizontal,
            List<Double> xs,
            String vertical,
            List<Double> ys,
            double cell,
            double row,
            double height) {
        int everyX = (int) Math.ceil(24 / cell);
        for (int x = 0; x < xs.size(); x += everyX) {
            svg.append("<text class=\"axis\" text-anchor=\"middle\" x=\"" + Markup.number(LEFT + (x + 0.5) * cell)
                    + "\" y=\"" + Markup.number(height + 19) + "\">" + factor(xs.get(x)) + "</text>");
        }
        int everyY = (int) Math.ceil(13 / row);
        for (int y = 0; y < ys.size(); y += everyY) {
            svg.append("<text class=\"axis\" text-anchor=\"end\" x=\"" + (LEFT - 5) + "\" y=\""
                    + Markup.number(4 + height - (y + 0.5) * row + 4) + "\">" + factor(ys.get(y)) + "</text>");
        }
        svg.append("<text class=\"axis\" text-anchor=\"middle\" x=\"" + Markup.number((LEFT + WIDTH - LEGEND) / 2.0)
                        + "\" y=\"" + Markup.number(height + 36) + "\">")
                .append(Markup.escape(horizontal))
                .append("</text><text class=\"axis\" text-anchor=\"middle\" transform=\"translate(11 "
                        + Markup.number(4 + height / 2) + ") rotate(-90)\">")
                .append(Markup.escape(vertical))
                .append("</text>");
    }

    private static void legend(StringBuilder svg, double least, double most, double height) {
        double step = height / COLOURS.length;
        for (int i = 0; i < COLOURS.length; i++) {
            svg.append("<rect x=\"" + (WIDTH - LEGEND + 9) + "\" width=\"9\" y=\""
                    + Markup.number(4 + height - (i + 1) * step) + "\" height=\"" + Markup.number(step + 0.3)
                    + "\" fill=\"#"
                    + String.format(Locale.ROOT, "%06x", COLOURS[i]) + "\"/>");
        }
        String x = "\" x=\"" + (WIDTH - LEGEND + 21) + "\" y=\"";
        svg.append("<text class=\"axis" + x + "13\">" + String.format(Locale.ROOT, "%.1f", most) + "</text>");
        svg.append("<text class=\"axis" + x + Markup.number(height + 4) + "\">"
                + String.format(Locale.ROOT, "%.1f", least) + "</text>");
    }

    private static String factor(double value) {
        return Markup.number(value);
    }

    private static int colour(double share) {
        double position = share * (COLOURS.length - 1);
        int below = Math.min((int) position, COLOURS.length - 2);
        double rest = position - below;
        int colour = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int from = (COLOURS[below] >> shift) & 0xff;
            int to = (COLOURS[below + 1] >> shift) & 0xff;
            colour |= (int) Math.round(from + rest * (to - from)) << shift;
        }
        return colour;
    }

    private static boolean isDark(int colour) {
        return 0.299 * ((colour >> 16) & 0xff) + 0.587 * ((colour >> 8) & 0xff) + 0.114 * (colour & 0xff) < 128;
    }
}
