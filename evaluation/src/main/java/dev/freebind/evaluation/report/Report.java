package dev.freebind.evaluation.report;

import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.Sweep;
import java.util.List;

/**
 * What a report shows. Parts that are empty are left out.
 *
 * @param title the heading
 * @param summary one or two sentences below it; may be empty
 * @param facts where the numbers come from: configuration and its hash, seed, versions, device, times
 * @param results the rows; may have none
 * @param sweeps factor grids
 * @param curves how the projectors were trained
 * @param graph the bond graph as text; may be empty
 * @param notes warnings and remarks; what the results themselves note is added by the report
 */
public record Report(
        String title,
        String summary,
        List<Fact> facts,
        Results results,
        List<Sweep> sweeps,
        List<TrainingCurve> curves,
        String graph,
        List<String> notes) {

    /** Copies. */
    public Report {
        facts = List.copyOf(facts);
        sweeps = List.copyOf(sweeps);
        curves = List.copyOf(curves);
        notes = List.copyOf(notes);
    }

    /** A report of results alone. */
    public static Report of(String title, List<Fact> facts, Results results) {
        return new Report(title, "", facts, results, List.of(), List.of(), "", List.of());
    }

    /**
     * One line of the provenance.
     *
     * @param label what it is
     * @param value as shown
     */
    public record Fact(String label, String value) {}

    /**
     * The training of one projector.
     *
     * @param bond the bond it belongs to
     * @param source the projected space
     * @param projector the code of its start modalities
     * @param loss mean loss of every epoch
     * @param heldOutRecall recall@1 on held-out pseudo pairs after every epoch, NaN where not measured; may be empty
     */
    public record TrainingCurve(
            String bond, String source, String projector, List<Double> loss, List<Double> heldOutRecall) {
        /** Copies. */
        public TrainingCurve {
            loss = List.copyOf(loss);
            heldOutRecall = List.copyOf(heldOutRecall);
        }
    }
}
