package dev.freebind.evaluation.result;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything an evaluation found out.
 *
 * @param rows the numbers: products first, then leaf spaces, in the order of the tasks
 * @param leftOut spaces that could not take part, and what they lack
 * @param classes per-class scores of classification and tagging
 * @param queries what every query got; may be empty in files of others
 */
public record Results(
        List<ResultRow> rows, List<LeftOut> leftOut, List<ClassScore> classes, List<QueryOutcomes> queries) {

    /** The version of the results file that is read and written. */
    public static final int SCHEMA = 1;

    /** Copies. */
    public Results {
        rows = List.copyOf(rows);
        leftOut = List.copyOf(leftOut);
        classes = List.copyOf(classes);
        queries = List.copyOf(queries);
    }

    /** Rows only. */
    public static Results of(List<ResultRow> rows) {
        return new Results(rows, List.of(), List.of(), List.of());
    }

    /** The measured subjects in order of appearance. */
    public Set<Subject> subjects() {
        Set<Subject> subjects = new LinkedHashSet<>();
        rows.forEach(row -> subjects.add(row.subject()));
        return subjects;
    }
}
