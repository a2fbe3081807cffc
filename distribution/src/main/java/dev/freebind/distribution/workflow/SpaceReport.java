package dev.freebind.distribution.workflow;

import dev.freebind.evaluation.report.ClassesPanel;
import dev.freebind.evaluation.report.ConfidencePanel;
import dev.freebind.evaluation.report.GraphPanel;
import dev.freebind.evaluation.report.NotesPanel;
import dev.freebind.evaluation.report.PairsPanel;
import dev.freebind.evaluation.report.Panel;
import dev.freebind.evaluation.report.Report;
import dev.freebind.evaluation.report.Report.Fact;
import dev.freebind.evaluation.report.ResultsPanel;
import dev.freebind.evaluation.report.TrainingPanel;
import dev.freebind.evaluation.report.TrainingPanel.TrainingCurve;
import dev.freebind.evaluation.result.Results;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.run.PairQuality;
import dev.freebind.training.run.Provenance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Gathers what the HTML report of a bound space shows. */
public final class SpaceReport {

    private SpaceReport() {}

    /**
     * A report of an evaluation.
     *
     * @param summary one or two sentences below the heading; may be empty
     * @param more further parts, shown after the results
     * @throws dev.freebind.api.DataException if the provenance is damaged
     */
    public static Report of(BoundSpace space, String summary, Results results, List<? extends Panel> more) {
        List<Panel> panels = new ArrayList<>(
                List.of(new ResultsPanel(results), new ConfidencePanel(results), new ClassesPanel(results)));
        panels.addAll(more);
        return of(space, summary, panels, results);
    }

    /** A report of something else about the space. */
    public static Report of(BoundSpace space, String summary, List<? extends Panel> panels) {
        return of(space, summary, List.copyOf(panels), Results.of(List.of()));
    }

    private static Report of(BoundSpace space, String summary, List<Panel> first, Results results) {
        Optional<Provenance> provenance = Provenance.read(space.folder());
        List<Panel> panels = new ArrayList<>(first);
        panels.add(new PairsPanel(provenance.map(SpaceReport::passes).orElse(List.of())));
        panels.add(new TrainingPanel(provenance.map(SpaceReport::curves).orElse(List.of())));
        panels.add(new GraphPanel(space.graph().describe()));
        panels.add(new NotesPanel(provenance.map(Provenance::warnings).orElse(List.of()), results));
        return new Report(
                space.configuration().name(),
                summary,
                provenance.map(SpaceReport::facts).orElse(List.of()),
                panels);
    }

    private static List<Fact> facts(Provenance provenance) {
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("configuration", provenance.configuration().file()));
        facts.add(new Fact("its SHA-256", provenance.configuration().sha256()));
        facts.add(new Fact("seed", Long.toString(provenance.seed())));
        facts.add(new Fact("bound", provenance.finished()));
        facts.add(new Fact("binding took", String.format(Locale.ROOT, "%.1f s", provenance.seconds())));
        provenance.versions().forEach((name, version) -> facts.add(new Fact(name, version)));
        provenance.host().forEach((name, value) -> facts.add(new Fact(name, value)));
        return facts;
    }

    private static List<PairsPanel.Pass> passes(Provenance provenance) {
        List<PairsPanel.Pass> passes = new ArrayList<>();
        for (PairQuality quality : provenance.pairs()) {
            for (PairQuality.Pass pass : quality.passes()) {
                Map<String, Double> alignments = new LinkedHashMap<>();
                pass.alignment().forEach(alignment -> alignments.put(alignment.space(), alignment.cosine()));
                passes.add(new PairsPanel.Pass(
                        quality.bond(),
                        quality.source(),
                        pass.query(),
                        pass.keys(),
                        pass.keyRows(),
                        pass.effectiveKeys(),
                        pass.hubness().skewness(),
                        pass.hubness().never(),
                        pass.agreement().stream()
                                .map(other -> new PairsPanel.Agreement(
                                        other.space(), other.first(), other.jaccard(), other.correlation()))
                                .toList(),
                        alignments));
            }
        }
        return passes;
    }

    private static List<TrainingCurve> curves(Provenance provenance) {
        return provenance.steps().stream().map(SpaceReport::curve).toList();
    }

    private static TrainingCurve curve(Provenance.TrainedStep step) {
        String[] names = step.projector().split("/", -1);
        boolean measured = step.epochs().stream().allMatch(epoch -> epoch.heldOutRecall() != null);
        return new TrainingCurve(
                names[0],
                names[1],
                names[2],
                step.epochs().stream().map(Provenance.Epoch::loss).toList(),
                measured ? step.epochs().stream().map(SpaceReport::recall).toList() : List.of());
    }

    private static double recall(Provenance.Epoch epoch) {
        Double recall = epoch.heldOutRecall();
        return recall == null ? Double.NaN : recall;
    }
}
