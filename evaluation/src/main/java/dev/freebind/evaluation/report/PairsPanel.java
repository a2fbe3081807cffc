package dev.freebind.evaluation.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How good the pseudo pairs are that the bonds learnt from, as far as that can be told without right answers.
 *
 * @param passes one for each pass of soft retrieval; may be none
 */
public record PairsPanel(List<Pass> passes) implements Panel {

    /** Copies. */
    public PairsPanel {
        passes = List.copyOf(passes);
    }

    /**
     * One pass.
     *
     * @param bond the bond the pairs were collected for
     * @param source its source
     * @param query what asked: {@code space.modality}
     * @param keys what was searched: {@code space.modality}
     * @param keyRows how many keys there were
     * @param effectiveKeys how many of them a pseudo embedding is made of
     * @param skewness hubness of the 10 keys of largest weight
     * @param never share of keys that are in no list
     * @param agreements with other spaces
     * @param alignments mean cosine of start items and their pseudo embeddings, by space
     */
    public record Pass(
            String bond,
            String source,
            String query,
            String keys,
            long keyRows,
            double effectiveKeys,
            double skewness,
            double never,
            List<Agreement> agreements,
            Map<String, Double> alignments) {
        /** Copies. */
        public Pass {
            agreements = List.copyOf(agreements);
            alignments = new LinkedHashMap<>(alignments);
        }
    }

    /**
     * Whether another space retrieves the same.
     *
     * @param space the other space
     * @param first share of queries with the same nearest key
     * @param jaccard mean overlap of the 10 nearest
     * @param correlation mean rank correlation of scores
     */
    public record Agreement(String space, double first, double jaccard, double correlation) {}

    @Override
    public String id() {
        return "pairs";
    }

    @Override
    public String heading() {
        return "Pseudo pairs";
    }

    @Override
    public String content() {
        if (passes.isEmpty()) {
            return "";
        }
        StringBuilder part =
                new StringBuilder("<p class=\"hint\">What the bonds learnt from, on a seeded sample of start items."
                        + " Effective keys: exp(entropy) of the weights, so 1 is the nearest key alone; many of them blur a pair."
                        + " Agreement: another space that knows both modalities retrieves the same nearest key, the same ten (shared by"
                        + " all), the same order (Spearman). Pair cos: a start item and its pseudo partner in one space. Hubs and never:"
                        + " of the ten keys of largest weight.</p>\n<div class=\"wide\"><table>\n<thead><tr>");
        for (String heading : List.of("bond", "source", "asks", "of")) {
            part.append("<th style=\"text-align:left\">").append(heading).append("</th>");
        }
        part.append(
                "<th>effective keys</th><th>pair cos</th><th style=\"text-align:left\">agreement: nearest, ten, order</th>"
                        + "<th>hubs</th><th>never, %</th></tr></thead>\n<tbody>\n");
        String before = "";
        for (Pass pass : passes) {
            String group = pass.bond() + " " + pass.source();
            boolean again = group.equals(before);
            before = group;
            part.append("<tr><th scope=\"row\">")
                    .append(again ? "" : Markup.escape(pass.bond()))
                    .append("</th>");
            left(part, again ? "" : pass.source());
            left(part, pass.query());
            left(part, pass.keys());
            right(part, String.format(Locale.ROOT, "%.1f of %,d", pass.effectiveKeys(), pass.keyRows()));
            List<String> cosines = new ArrayList<>();
            pass.alignments()
                    .forEach((space, cosine) -> cosines.add(space + " " + String.format(Locale.ROOT, "%.2f", cosine)));
            right(part, cosines.isEmpty() ? "–" : String.join(", ", cosines));
            List<String> agreements = new ArrayList<>();
            pass.agreements()
                    .forEach(agreement -> agreements.add(String.format(
                            Locale.ROOT,
                            "%s %.0f%%, %.0f%%, %.2f",
                            agreement.space(),
                            100 * agreement.first(),
                            100 * agreement.jaccard(),
                            agreement.correlation())));
            left(part, agreements.isEmpty() ? "–" : String.join("; ", agreements));
            right(part, String.format(Locale.ROOT, "%.2f", pass.skewness()));
            right(part, String.format(Locale.ROOT, "%.1f", 100 * pass.never()));
            part.append("</tr>\n");
        }
        return part.append("</tbody></table></div>\n").toString();
    }

    private static void left(StringBuilder part, String text) {
        part.append("<td style=\"text-align:left\">")
                .append(Markup.escape(text))
                .append("</td>");
    }

    private static void right(StringBuilder part, String text) {
        part.append("<td>").append(Markup.escape(text)).append("</td>");
    }
}
