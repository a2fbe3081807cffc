package dev.freebind.evaluation.report;

import dev.freebind.evaluation.report.Report.Fact;
import dev.freebind.formats.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Renders a {@link Report} as one HTML file that needs nothing else. The same report gives the same bytes. */
public final class HtmlReport {

    private HtmlReport() {}

    /**
     * Writes the page, whole or not at all.
     *
     * @throws dev.freebind.api.DataException if it cannot be written
     */
    public static void write(Path file, Report report) {
        AtomicFile.writeString(file, render(report));
    }

    /** A panel that has something to show, rendered. */
    private record Part(String id, String heading, String content) {}

    /** The page. */
    public static String render(Report report) {
        List<Part> parts = new ArrayList<>();
        for (Panel panel : report.panels()) {
            String content = panel.content();
            if (!content.isEmpty()) {
                parts.add(new Part(panel.id(), Markup.escape(panel.heading()), content));
            }
        }
        String title = Markup.escape(report.title());
        StringBuilder html = new StringBuilder(
                        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
                .append(title)
                .append("</title>\n<style>\n")
                .append(styleSheet())
                .append("</style>\n</head>\n<body>\n<header>\n<h1>")
                .append(title)
                .append("</h1>\n");
        if (!report.summary().isBlank()) {
            html.append("<p class=\"lead\">")
                    .append(Markup.escape(report.summary()))
                    .append("</p>\n");
        }
        facts(html, report.facts());
        if (parts.size() > 1) {
            html.append("<nav>");
            parts.forEach(part -> html.append("<a href=\"#" + part.id() + "\">")
                    .append(part.heading())
                    .append("</a>"));
            html.append("</nav>\n");
        }
        html.append("</header>\n<main>\n");
        for (Part part : parts) {
            html.append("<section id=\"" + part.id() + "\">\n<h2>")
                    .append(part.heading())
                    .append("</h2>\n")
                    .append(part.content())
                    .append("</section>\n");
        }
        html.append("</main>\n<footer>Made by FreeBind. Self-contained: keep this file, it needs no other.</footer>\n");
        return html.append("</body>\n</html>\n").toString();
    }

    private static String styleSheet() {
        try (InputStream css = HtmlReport.class.getResourceAsStream("report.css")) {
            if (css == null) {
                throw new IllegalStateException("report.css is missing from the jar");
            }
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void facts(StringBuilder html, List<Fact> facts) {
        if (facts.isEmpty()) {
            return;
        }
        html.append("<dl class=\"facts\">\n");
        for (Fact fact : facts) {
            html.append("<div><dt>")
                    .append(Markup.escape(fact.label()))
                    .append("</dt><dd>")
                    .append(Markup.escape(fact.value()))
                    .append("</dd></div>\n");
        }
        html.append("</dl>\n");
    }
}
