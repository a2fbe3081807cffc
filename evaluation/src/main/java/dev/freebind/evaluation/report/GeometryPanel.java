package dev.freebind.evaluation.report;

import dev.freebind.api.Modality;
import dev.freebind.bonds.execution.Hubness;
import dev.freebind.evaluation.geometry.ModalityGap;
import dev.freebind.evaluation.geometry.SpaceGeometry;
import dev.freebind.evaluation.geometry.SpaceGeometry.PairGeometry;
import dev.freebind.evaluation.report.ScatterPlot.Group;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How the modalities lie in each space: gaps and hubs as a table, the first two principal components as plots.
 *
 * @param geometries one for each task and space; may be none
 */
public record GeometryPanel(List<SpaceGeometry> geometries) implements Panel {

    private static final int COLOURS = 7;

    /** Copies. */
    public GeometryPanel {
        geometries = List.copyOf(geometries);
    }

    @Override
    public String id() {
        return "geometry";
    }

    @Override
    public String heading() {
        return "Modality gap and hubs";
    }

    @Override
    public String content() {
        if (geometries.isEmpty()) {
            return "";
        }
        StringBuilder part =
                new StringBuilder("<p class=\"hint\">With the configured factors, on a seeded sample. Gap: distance"
                        + " between the centroids of the two modalities. Parted: share of the items on their own modality's side of the"
                        + " plane halfway between them; 50 means that they overlap, 100 that a gap parts them. Hubs: skewness of how"
                        + " often an item is among the 10 nearest of the other modality's items; above 1 some items are near to"
                        + " everything. Never: share of the items that are nobody's neighbour.</p>\n");
        byDataset().forEach((dataset, ofDataset) -> {
            part.append("<h3>").append(Markup.escape(dataset)).append("</h3>\n");
            table(part, ofDataset);
            part.append("<div class=\"plots\">\n");
            // A modality has one colour in all spaces.
            List<Modality> modalities = ofDataset.stream()
                    .flatMap(geometry -> geometry.points().keySet().stream())
                    .distinct()
                    .sorted()
                    .toList();
            ofDataset.forEach(geometry -> part.append(plot(geometry, modalities)));
            part.append("</div>\n");
        });
        return part.toString();
    }

    private Map<String, List<SpaceGeometry>> byDataset() {
        Map<String, List<SpaceGeometry>> byDataset = new LinkedHashMap<>();
        geometries.forEach(geometry -> byDataset
                .computeIfAbsent(geometry.dataset(), dataset -> new ArrayList<>())
                .add(geometry));
        return byDataset;
    }

    private static void table(StringBuilder part, List<SpaceGeometry> geometries) {
        part.append("<div class=\"wide\"><table>\n<thead><tr><th style=\"text-align:left\">space</th>"
                + "<th style=\"text-align:left\">pair</th><th>gap</th><th>matched cos</th><th>unmatched cos</th>"
                + "<th>parted, %</th><th>hubs &#8594;</th><th>hubs &#8592;</th><th>never &#8594;, %</th>"
                + "<th>never &#8592;, %</th></tr></thead>\n<tbody>\n");
        for (SpaceGeometry geometry : geometries) {
            String space = geometry.space();
            for (PairGeometry pair : geometry.pairs()) {
                ModalityGap gap = pair.gap();
                part.append("<tr><th scope=\"row\">")
                        .append(Markup.escape(space))
                        .append("</th><td style=\"text-align:left\">")
                        .append(Markup.escape(pair.pair()))
                        .append("</td>");
                cell(part, gap.distance(), "%.3f");
                cell(part, gap.matched(), "%.3f");
                cell(part, gap.unmatched(), "%.3f");
                cell(part, 100 * gap.separable(), "%.1f");
                hubs(part, pair.there(), pair.back());
                part.append("</tr>\n");
                space = "";
            }
        }
        part.append("</tbody></table></div>\n");
    }

    private static void hubs(StringBuilder part, Hubness there, Hubness back) {
        cell(part, there.skewness(), "%.2f");
        cell(part, back.skewness(), "%.2f");
        cell(part, 100 * there.never(), "%.1f");
        cell(part, 100 * back.never(), "%.1f");
    }

    private static void cell(StringBuilder part, double value, String format) {
        part.append(
                Double.isFinite(value)
                        ? "<td>" + String.format(Locale.ROOT, format, value) + "</td>"
                        : "<td class=\"none\">–</td>");
    }

    private static String plot(SpaceGeometry geometry, List<Modality> modalities) {
        List<Group> groups = new ArrayList<>();
        for (Map.Entry<Modality, List<double[]>> entry : geometry.points().entrySet()) {
            groups.add(new Group(
                    entry.getKey().name(),
                    "var(--s" + modalities.indexOf(entry.getKey()) % COLOURS + ")",
                    1.7,
                    true,
                    thinned(entry.getValue())));
        }
        return ScatterPlot.draw(
                geometry.space(),
                String.format(
                        Locale.ROOT,
                        "two principal components, %.0f%% and %.0f%% of the variance",
                        100 * geometry.explained()[0],
                        100 * geometry.explained()[1]),
                "",
                "",
                groups,
                List.of(),
                List.of());
    }

    /** Four hundred dots show the shape of a cloud as well as thousands, at a fraction of the page's size. */
    private static List<double[]> thinned(List<double[]> points) {
        int every = Math.max(1, points.size() / 400);
        List<double[]> kept = new ArrayList<>();
        for (int i = 0; i < points.size(); i += every) {
            kept.add(points.get(i));
        }
        return kept;
    }
}
