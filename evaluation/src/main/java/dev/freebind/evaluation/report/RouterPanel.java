package dev.freebind.evaluation.report;

import dev.freebind.bonds.router.RouterKey;
import dev.freebind.evaluation.report.BarPlot.Bar;
import dev.freebind.evaluation.routing.RouterLoad;
import dev.freebind.evaluation.routing.RouterLoad.SourceLoad;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How routers weigh the sources of each modality, task by task: bars, and the same numbers as a table.
 *
 * @param loads one for each router and task; none where nothing is routed
 */
public record RouterPanel(List<RouterLoad> loads) implements Panel {

    private static final int COLOURS = 7;

    /** Copies. */
    public RouterPanel {
        loads = List.copyOf(loads);
    }

    @Override
    public String id() {
        return "routers";
    }

    @Override
    public String heading() {
        return "Router weights and load";
    }

    @Override
    public String content() {
        if (loads.isEmpty()) {
            return "";
        }
        StringBuilder part = new StringBuilder("<p class=\"hint\">With the configured factors, in percent. Bar: mean"
                + " weight of a source over the items of a task. Line: from the 10th to the 90th percentile of its"
                + " weights. Ring: load, the share of the items whose largest weight it has. Where decoupling works,"
                + " texts about sounds and texts about images are weighed differently.</p>\n");
        // A source has one colour in all plots.
        List<String> sources = loads.stream()
                .flatMap(load -> load.sources().stream().map(SourceLoad::source))
                .distinct()
                .toList();
        byRouter().forEach((router, ofRouter) -> {
            part.append("<h3>")
                    .append(Markup.escape(router.bond() + ", " + router.modality()))
                    .append("</h3>\n<div class=\"plots\">\n");
            ofRouter.forEach(load -> part.append(plot(load, sources)));
            part.append("</div>\n");
            table(part, ofRouter);
        });
        return part.toString();
    }

    private Map<RouterKey, List<RouterLoad>> byRouter() {
        Map<RouterKey, List<RouterLoad>> byRouter = new LinkedHashMap<>();
        loads.forEach(load -> byRouter.computeIfAbsent(load.router(), router -> new ArrayList<>())
                .add(load));
        return byRouter;
    }

    private static String plot(RouterLoad load, List<String> sources) {
        return BarPlot.draw(
                load.items(),
                "weights, %",
                load.sources().stream()
                        .map(source -> new Bar(
                                source.source(),
                                "var(--s" + sources.indexOf(source.source()) % COLOURS + ")",
                                source.mean(),
                                source.low(),
                                source.high(),
                                source.load()))
                        .toList());
    }

    private static void table(StringBuilder part, List<RouterLoad> loads) {
        part.append("<div class=\"wide\"><table>\n<thead><tr><th style=\"text-align:left\">items</th><th>count</th>"
                + "<th style=\"text-align:left\">source</th><th>mean weight</th><th>10th percentile</th>"
                + "<th>90th percentile</th><th>load</th></tr></thead>\n<tbody>\n");
        for (RouterLoad load : loads) {
            String items = Markup.escape(load.items());
            String count = String.format(Locale.ROOT, "%,d", load.count());
            for (SourceLoad source : load.sources()) {
                part.append("<tr><th scope=\"row\">" + items + "</th><td>" + count
                        + "</td><td style=\"text-align:left\">" + Markup.escape(source.source()) + "</td>");
                for (double share : new double[] {source.mean(), source.low(), source.high(), source.load()}) {
                    part.append("<td>" + Markup.percent(share) + "</td>");
                }
                part.append("</tr>\n");
                items = "";
                count = "";
            }
        }
        part.append("</tbody></table></div>\n");
    }
}
