package dev.freebind.evaluation.report;

import dev.freebind.evaluation.result.ClassScore;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.Subject;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Per-class scores of classification and tagging, folded away: there may be hundreds.
 *
 * @param results the scores; may have none
 */
public record ClassesPanel(Results results) implements Panel {

    @Override
    public String id() {
        return "classes";
    }

    @Override
    public String heading() {
        return "Classes";
    }

    @Override
    public String content() {
        Map<String, Map<String, Map<Subject, ClassScore>>> byDataset = new LinkedHashMap<>();
        for (ClassScore score : results.classes()) {
            byDataset
                    .computeIfAbsent(score.dataset() + ", " + score.metric().label(), dataset -> new LinkedHashMap<>())
                    .computeIfAbsent(score.name(), name -> new LinkedHashMap<>())
                    .put(score.subject(), score);
        }
        StringBuilder part = new StringBuilder();
        byDataset.forEach((dataset, byClass) -> {
            Set<Subject> subjects = new LinkedHashSet<>();
            byClass.values().forEach(scores -> subjects.addAll(scores.keySet()));
            part.append("<details><summary>")
                    .append(Markup.escape(dataset) + " of " + byClass.size() + " classes")
                    .append(
                            "</summary><div class=\"wide\"><table><thead><tr><th style=\"text-align:left\">class</th><th>items</th>");
            subjects.forEach(subject ->
                    part.append("<th>").append(Markup.subject(subject)).append("</th>"));
            part.append("</tr></thead><tbody>\n");
            byClass.forEach((name, scores) -> {
                part.append("<tr><th scope=\"row\">")
                        .append(Markup.escape(name))
                        .append("</th><td>")
                        .append(scores.values().iterator().next().items())
                        .append("</td>");
                for (Subject subject : subjects) {
                    ClassScore score = scores.get(subject);
                    part.append(
                            score == null || score.value() == null
                                    ? "<td class=\"none\">–</td>"
                                    : "<td>" + score.metric().format(score.value()) + "</td>");
                }
                part.append("</tr>\n");
            });
            part.append("</tbody></table></div></details>\n");
        });
        return part.toString();
    }
}
