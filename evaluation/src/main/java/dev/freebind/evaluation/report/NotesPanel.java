package dev.freebind.evaluation.report;

import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.TextTable;
import java.util.ArrayList;
import java.util.List;

/**
 * Warnings and remarks.
 *
 * @param remarks of whoever makes the report; may be none
 * @param results whose own notes are added
 */
public record NotesPanel(List<String> remarks, Results results) implements Panel {

    /** Copies. */
    public NotesPanel {
        remarks = List.copyOf(remarks);
    }

    @Override
    public String id() {
        return "notes";
    }

    @Override
    public String heading() {
        return "Notes";
    }

    @Override
    public String content() {
        List<String> notes = new ArrayList<>(remarks);
        notes.addAll(TextTable.notes(results));
        if (notes.isEmpty()) {
            return "";
        }
        StringBuilder part = new StringBuilder("<ul class=\"notes\">\n");
        notes.forEach(note -> part.append("<li>").append(Markup.escape(note)).append("</li>\n"));
        return part.append("</ul>\n").toString();
    }
}
