package dev.freebind.evaluation.report;

import java.util.List;

/** Lines over a common horizontal axis, told apart by colour, dash and legend. */
final class LinePlot {

    /**
     * One line.
     *
     * @param name in the legend
     * @param x ascending
     * @param y one for each x; NaN leaves a gap
     */
    record Series(String name, List<Double> x, List<Double> y) {
        Series {
            x = List.copyOf(x);
            y = List.copyOf(y);
        }
    }

    private static final int WIDTH = 360;
    private static final int HEIGHT = 220;
    private static final int LEFT = 46;
    private static final int BOTTOM = 36;
    private static final int COLOURS = 7;
    private static final String[] DASHES = {"", "6 3", "2 3", "8 3 2 3"};

    private LinePlot() {}

    /** The plot as a figure; empty if no series has a value. */
    static String draw(String title, String subtitle, String horizontal, List<Series> series) {
        double leastX = Double.POSITIVE_INFINITY;
        double mostX = Double.NEGATIVE_INFINITY;
        double leastY = Double.POSITIVE_INFINITY;
        double mostY = Double.NEGATIVE_INFINITY;
        for (Series one : series) {
            for (int i = 0; i < one.y().size(); i++) {
                if (Double.isFinite(one.y().get(i))) {
                    leastX = Math.min(leastX, one.x().get(i));
                    mostX = Math.max(mostX, one.x().get(i));
                    leastY = Math.min(leastY, one.y().get(i));
                    mostY = Math.max(mostY, one.y().get(i));
                }
            }
        }
        if (leastX > mostX) {
            return "";
        }
        Scale x = mostX > leastX
                ? new Scale(leastX, mostX, LEFT, WIDTH - 10.0)
                : new Scale(leastX - 0.5, mostX + 0.5, LEFT, WIDTH - 10.0);
        Scale y = Scale.covering(leastY, mostY, HEIGHT - (double) BOTTOM, 8);
        StringBuilder svg = new StringBuilder("<figure><figcaption>")
                .append(Markup.escape(title))
                .append(" <span>")
                .append(Markup.escape(subtitle))
                .append("</span></figcaption><svg viewBox=\"0 0 " + WIDTH + " " + HEIGHT
                        + "\" role=\"img\" aria-label=\"")
                .append(Markup.escape(title + ", " + subtitle + " over " + horizontal))
                .append("\">");
        axes(svg, x, y, horizontal);
        for (int i = 0; i < series.size(); i++) {
            line(svg, series.get(i), x, y, i);
        }
        svg.append("</svg>");
        if (series.size() > 1) {
            svg.append("<div class=\"legend\">");
            for (int i = 0; i < series.size(); i++) {
                svg.append(
                                "<span><svg viewBox=\"0 0 26 10\" aria-hidden=\"true\"><line x1=\"0\" x2=\"26\" y1=\"5\" y2=\"5\" "
                                        + stroke(i) + "/></svg>")
                        .append(Markup.escape(series.get(i).name()))
                        .append("</span>");
            }
            svg.append("</div>");
        }
        return svg.append("</figure>\n").toString();
    }

    private static void axes(StringBuilder svg, Scale x, Scale y, String horizontal) {
        for (double tick : y.ticks()) {
            String at = Markup.number(y.at(tick));
            svg.append("<line class=\"grid\" x1=\"" + LEFT + "\" x2=\"" + (WIDTH - 10) + "\" y1=\"" + at + "\" y2=\""
                    + at + "\"/>");
            svg.append("<text class=\"axis\" text-anchor=\"end\" x=\"" + (LEFT - 6) + "\" y=\""
                    + Markup.number(y.at(tick) + 4) + "\">" + y.label(tick) + "</text>");
        }
        int floor = HEIGHT - BOTTOM;
        svg.append("<line class=\"base\" x1=\"" + LEFT + "\" x2=\"" + (WIDTH - 10) + "\" y1=\"" + floor + "\" y2=\""
                + floor + "\"/>");
        for (double tick : x.ticks()) {
            svg.append("<text class=\"axis\" text-anchor=\"middle\" x=\"" + Markup.number(x.at(tick)) + "\" y=\""
                    + (floor + 15) + "\">" + x.label(tick) + "</text>");
        }
        svg.append("<text class=\"axis\" text-anchor=\"middle\" x=\"" + (LEFT + WIDTH - 10) / 2 + "\" y=\""
                        + (floor + 31) + "\">")
                .append(Markup.escape(horizontal))
                .append("</text>");
    }

    private static void line(StringBuilder svg, Series one, Scale x, Scale y, int index) {
        StringBuilder path = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        boolean drawing = false;
        for (int i = 0; i < one.y().size(); i++) {
            double value = one.y().get(i);
            if (!Double.isFinite(value)) {
                drawing = false;
                continue;
            }
            String at = Markup.number(x.at(one.x().get(i))) + " " + Markup.number(y.at(value));
            path.append(drawing ? "L" : "M").append(at);
            drawing = true;
            if (one.y().size() <= 25) {
                dots.append("<circle r=\"2.4\" cx=\"" + at.replace(" ", "\" cy=\"") + "\" fill=\"var(--s"
                        + index % COLOURS + ")\"/>");
            }
        }
        svg.append("<g><title>")
                .append(Markup.escape(one.name()))
                .append("</title><path fill=\"none\" stroke-linejoin=\"round\" " + stroke(index) + " d=\"" + path
                        + "\"/>" + dots + "</g>");
    }

    private static String stroke(int index) {
        String dash = DASHES[index / COLOURS % DASHES.length];
        return "stroke=\"var(--s" + index % COLOURS + ")\" stroke-width=\"1.8\""
                + (dash.isEmpty() ? "" : " stroke-dasharray=\"" + dash + "\"");
    }
}
