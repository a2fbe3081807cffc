package dev.freebind.evaluation.report;

import java.util.List;

/** Horizontal bars of shares, one below the other, on a scale from 0 to 100 %. */
final class BarPlot {

    private static final int WIDTH = 360;
    private static final int ROW = 22;
    private static final int LABELS = 138;
    private static final int VALUES = 44;
    private static final int LABEL_LENGTH = 22;

    private BarPlot() {}

    /**
     * One bar, all values in [0, 1].
     *
     * @param name what it is of
     * @param colour a CSS colour
     * @param value its length
     * @param low where the line over its end begins
     * @param high where that line ends
     * @param load where the ring is
     */
    record Bar(String name, String colour, double value, double low, double high, double load) {}

    /**
     * The plot as a figure.
     *
     * @param caption plain text
     * @param note after the caption, plain text
     */
    static String draw(String caption, String note, List<Bar> bars) {
        Scale x = new Scale(0, 100, LABELS + 8, WIDTH - VALUES - 8);
        int rows = ROW * bars.size();
        StringBuilder svg = new StringBuilder("<figure><figcaption>")
                .append(Markup.escape(caption))
                .append(" <span>")
                .append(Markup.escape(note))
                .append("</span></figcaption><svg viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(rows + 30)
                .append("\" role=\"img\" aria-label=\"")
                .append(Markup.escape(caption + ", " + note))
                .append("\">");
        double bottom = rows + 6.0;
        for (double tick : x.ticks()) {
            String at = Markup.number(x.at(tick));
            svg.append("<line class=\"grid\" x1=\"" + at + "\" x2=\"" + at + "\" y1=\"4\" y2=\"" + bottom + "\"/>");
            svg.append("<text class=\"axis\" text-anchor=\"middle\" x=\"" + at + "\" y=\"" + (bottom + 15) + "\">"
                    + x.label(tick) + "</text>");
        }
        for (int i = 0; i < bars.size(); i++) {
            row(svg, bars.get(i), x, 4 + ROW * i + ROW / 2.0);
        }
        return svg.append("</svg></figure>\n").toString();
    }

    private static void row(StringBuilder svg, Bar bar, Scale x, double y) {
        String value = Markup.percent(bar.value());
        svg.append("<g><title>")
                .append(Markup.escape(bar.name() + ": " + value + " [" + Markup.percent(bar.low()) + ", "
                        + Markup.percent(bar.high()) + "], load " + Markup.percent(bar.load())))
                .append("</title><text class=\"name\" text-anchor=\"end\" x=\"" + LABELS + "\" y=\"" + (y + 4) + "\">")
                .append(Markup.escape(Markup.shortened(bar.name(), LABEL_LENGTH)))
                .append("</text><rect fill=\"" + bar.colour() + "\" fill-opacity=\"0.55\" x=\""
                        + Markup.number(x.at(0)) + "\" y=\"" + (y - 7) + "\" height=\"14\" width=\""
                        + Markup.number(x.at(100 * bar.value()) - x.at(0)) + "\"/>")
                .append("<line stroke=\"var(--ink)\" stroke-width=\"1.5\" stroke-linecap=\"round\" x1=\""
                        + Markup.number(x.at(100 * bar.low())) + "\" x2=\"" + Markup.number(x.at(100 * bar.high()))
                        + "\" y1=\"" + y + "\" y2=\"" + y + "\"/>")
                .append("<circle r=\"4.5\" cx=\"" + Markup.number(x.at(100 * bar.load())) + "\" cy=\"" + y
                        + "\" stroke=\"" + bar.colour() + "\" stroke-width=\"2\" fill=\"var(--paper)\"/>")
                .append("<text class=\"value\" text-anchor=\"end\" x=\"" + WIDTH + "\" y=\"" + (y + 4) + "\">" + value
                        + "</text></g>");
    }
}
