package dev.freebind.evaluation.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Points in a plane, some of them named, with an optional line through some. */
final class ScatterPlot {

    /**
     * Points that look alike.
     *
     * @param name in the legend; empty to leave them out of it
     * @param colour a CSS colour
     * @param radius of the dots, in pixels
     * @param filled whether they are filled, or rings
     * @param points where they are, {@code {x, y}}
     */
    record Group(String name, String colour, double radius, boolean filled, List<double[]> points) {
        Group {
            points = List.copyOf(points);
        }
    }

    /**
     * A point with a name beside it.
     *
     * @param name what is written
     * @param colour a CSS colour
     * @param x where
     * @param y where
     */
    record Mark(String name, String colour, double x, double y) {}

    private static final int WIDTH = 360;
    private static final int HEIGHT = 280;
    private static final int LEFT = 46;
    private static final int BOTTOM = 40;

    /** Dots beyond this number make a file large and a picture no clearer: of larger groups every n-th is drawn. */
    private static final int MOST_DOTS = 1_500;

    private ScatterPlot() {}

    /**
     * Draws the plot as a figure; empty if there is no point.
     *
     * @param horizontal name of the horizontal axis; empty for axes without meaning, which get no numbers
     * @param vertical name of the vertical axis
     * @param groups drawn in this order
     * @param line joined by a line, in the order of x; may be empty
     * @param marks drawn on top
     */
    static String draw(
            String title,
            String subtitle,
            String horizontal,
            String vertical,
            List<Group> groups,
            List<double[]> line,
            List<Mark> marks) {
        List<double[]> all = new ArrayList<>();
        groups.forEach(group -> all.addAll(group.points()));
        if (all.isEmpty()) {
            return "";
        }
        Scale x = scale(all, 0, LEFT, WIDTH - 12.0);
        Scale y = scale(all, 1, HEIGHT - (double) BOTTOM, 8);
        StringBuilder svg = new StringBuilder("<figure><figcaption>")
                .append(Markup.escape(title))
                .append(" <span>")
                .append(Markup.escape(subtitle))
                .append("</span></figcaption><svg viewBox=\"0 0 " + WIDTH + " " + HEIGHT
                        + "\" role=\"img\" aria-label=\"")
                .append(Markup.escape(title + ", " + subtitle
                        + (horizontal.isEmpty() ? "" : ", " + vertical + " over " + horizontal)))
                .append("\">");
        axes(svg, x, y, horizontal, vertical);
        for (Group group : groups) {
            int every = Math.max(1, (group.points().size() + MOST_DOTS - 1) / MOST_DOTS);
            if (group.filled()) {
                dots(svg, x, y, group, every);
            } else {
                rings(svg, x, y, group, every);
            }
        }
        line(svg, x, y, line);
        marks.forEach(mark -> mark(svg, x, y, mark));
        svg.append("</svg>");
        legend(svg, groups);
        return svg.append("</figure>\n").toString();
    }

    /** Lines without length but with round ends: a fraction of the size of as many circles. */
    private static void dots(StringBuilder svg, Scale x, Scale y, Group group, int every) {
        svg.append("<path fill=\"none\" stroke-linecap=\"round\" stroke-opacity=\"0.75\" stroke=\"" + group.colour()
                + "\" stroke-width=\"" + Markup.number(2 * group.radius()) + "\" d=\"");
        for (int i = 0; i < group.points().size(); i += every) {
            double[] point = group.points().get(i);
            svg.append(String.format(Locale.ROOT, "M%.1f %.1fh0", x.at(point[0]), y.at(point[1])));
        }
        svg.append("\"/>");
    }

    private static void rings(StringBuilder svg, Scale x, Scale y, Group group, int every) {
        svg.append("<g fill=\"none\" stroke=\"" + group.colour() + "\">");
        for (int i = 0; i < group.points().size(); i += every) {
            double[] point = group.points().get(i);
            svg.append("<circle r=\"" + Markup.number(group.radius()) + "\" cx=\"" + Markup.number(x.at(point[0]))
                    + "\" cy=\"" + Markup.number(y.at(point[1])) + "\"/>");
        }
        svg.append("</g>");
    }

    private static Scale scale(List<double[]> points, int coordinate, double from, double to) {
        double least =
                points.stream().mapToDouble(point -> point[coordinate]).min().orElse(0);
        double most =
                points.stream().mapToDouble(point -> point[coordinate]).max().orElse(1);
        return Scale.covering(least, most, from, to);
    }

    private static void axes(StringBuilder svg, Scale x, Scale y, String horizontal, String vertical) {
        int floor = HEIGHT - BOTTOM;
        boolean numbered = !horizontal.isEmpty();
        for (double tick : y.ticks()) {
            String at = Markup.number(y.at(tick));
            svg.append("<line class=\"grid\" x1=\"" + LEFT + "\" x2=\"" + (WIDTH - 12) + "\" y1=\"" + at + "\" y2=\""
                    + at + "\"/>");
            if (numbered) {
                svg.append("<text class=\"axis\" text-anchor=\"end\" x=\"" + (LEFT - 6) + "\" y=\""
                        + Markup.number(y.at(tick) + 4) + "\">" + y.label(tick) + "</text>");
            }
        }
        for (double tick : x.ticks()) {
            String at = Markup.number(x.at(tick));
            svg.append("<line class=\"grid\" y1=\"8\" y2=\"" + floor + "\" x1=\"" + at + "\" x2=\"" + at + "\"/>");
            if (numbered) {
                svg.append("<text class=\"axis\" text-anchor=\"middle\" x=\"" + at + "\" y=\"" + (floor + 15) + "\">"
                        + x.label(tick) + "</text>");
            }
        }
        if (numbered) {
            svg.append("<text class=\"axis\" text-anchor=\"middle\" x=\"" + (LEFT + WIDTH - 12) / 2 + "\" y=\""
                            + (floor + 33) + "\">")
                    .append(Markup.escape(horizontal))
                    .append("</text><text class=\"axis\" text-anchor=\"middle\" transform=\"translate(11 "
                            + Markup.number((8 + floor) / 2.0) + ") rotate(-90)\">")
                    .append(Markup.escape(vertical))
                    .append("</text>");
        }
    }

    private static void line(StringBuilder svg, Scale x, Scale y, List<double[]> line) {
        if (line.size() < 2) {
            return;
        }
        StringBuilder path = new StringBuilder();
        line.stream()
                .sorted(Comparator.comparingDouble(point -> point[0]))
                .forEach(point -> path.append(path.isEmpty() ? "M" : "L")
                        .append(Markup.number(x.at(point[0])))
                        .append(' ')
                        .append(Markup.number(y.at(point[1]))));
        svg.append("<path fill=\"none\" stroke=\"var(--s0)\" stroke-width=\"1.5\" stroke-linejoin=\"round\" d=\"" + path
                + "\"/>");
    }

    private static void mark(StringBuilder svg, Scale x, Scale y, Mark mark) {
        double left = x.at(mark.x());
        double top = y.at(mark.y());
        boolean end = left > WIDTH * 0.65;
        svg.append("<circle r=\"5\" fill=\"var(--paper)\" stroke-width=\"2.5\" stroke=\"" + mark.colour() + "\" cx=\""
                + Markup.number(left) + "\" cy=\"" + Markup.number(top) + "\"/>");
        svg.append(
                        "<text class=\"value\" font-weight=\"700\" style=\"paint-order:stroke;stroke:var(--paper);stroke-width:3px\""
                                + " text-anchor=\"" + (end ? "end" : "start") + "\" x=\""
                                + Markup.number(left + (end ? -9 : 9)) + "\" y=\"" + Markup.number(top + 4) + "\">")
                .append(Markup.escape(mark.name()))
                .append("</text>");
    }

    private static void legend(StringBuilder svg, List<Group> groups) {
        List<Group> named =
                groups.stream().filter(group -> !group.name().isEmpty()).toList();
        if (named.isEmpty()) {
            return;
        }
        svg.append("<div class=\"legend\">");
        for (Group group : named) {
            svg.append("<span><svg viewBox=\"0 0 26 10\" aria-hidden=\"true\"><circle cx=\"13\" cy=\"5\" r=\"4\" "
                            + (group.filled() ? "fill=\"" : "fill=\"none\" stroke=\"") + group.colour() + "\"/></svg>")
                    .append(Markup.escape(group.name()))
                    .append("</span>");
        }
        svg.append("</div>");
    }
}
