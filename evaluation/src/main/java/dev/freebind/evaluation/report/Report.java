package dev.freebind.evaluation.report;

import dev.freebind.evaluation.result.Results;
import java.util.List;

/**
 * What a report shows.
 *
 * @param title the heading
 * @param summary one or two sentences below it; may be empty
 * @param facts where the numbers come from: configuration and its hash, seed, versions, device, times
 * @param panels its parts from top to bottom; those without content are left out
 */
public record Report(String title, String summary, List<Fact> facts, List<Panel> panels) {

    /** Copies. */
    public Report {
        facts = List.copyOf(facts);
        panels = List.copyOf(panels);
    }

    /** A report of results alone. */
    public static Report of(String title, List<Fact> facts, Results results) {
        return new Report(
                title,
                "",
                facts,
                List.of(
                        new ResultsPanel(results),
                        new ConfidencePanel(results),
                        new ClassesPanel(results),
                        new NotesPanel(List.of(), results)));
    }

    /**
     * One line of the provenance.
     *
     * @param label what it is
     * @param value as shown
     */
    public record Fact(String label, String value) {}
}
