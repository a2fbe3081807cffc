package dev.freebind.evaluation.report;

/**
 * The bond graph.
 *
 * @param graph as text; may be empty
 */
public record GraphPanel(String graph) implements Panel {

    @Override
    public String id() {
        return "graph";
    }

    @Override
    public String heading() {
        return "Bond graph";
    }

    @Override
    public String content() {
        return graph.isBlank() ? "" : "<pre>" + Markup.escape(graph) + "</pre>\n";
    }
}
