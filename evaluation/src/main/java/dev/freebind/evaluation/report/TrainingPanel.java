package dev.freebind.evaluation.report;

import dev.freebind.evaluation.report.LinePlot.Series;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Loss and held-out recall of every projector, epoch by epoch.
 *
 * @param curves one for each projector; may be none
 */
public record TrainingPanel(List<TrainingCurve> curves) implements Panel {

    /** Copies. */
    public TrainingPanel {
        curves = List.copyOf(curves);
    }

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

    @Override
    public String id() {
        return "training";
    }

    @Override
    public String heading() {
        return "Training";
    }

    @Override
    public String content() {
        Map<String, List<TrainingCurve>> bySource = new LinkedHashMap<>();
        for (TrainingCurve curve : curves) {
            bySource.computeIfAbsent(curve.bond() + ": " + curve.source(), source -> new ArrayList<>())
                    .add(curve);
        }
        StringBuilder part = new StringBuilder();
        bySource.forEach((source, curves) -> {
            part.append(LinePlot.draw(source, "loss", "epoch", series(curves, TrainingCurve::loss, 1)));
            part.append(LinePlot.draw(
                    source, "held-out R@1, %", "epoch", series(curves, TrainingCurve::heldOutRecall, 100)));
        });
        return part.isEmpty()
                ? ""
                : "<p class=\"hint\">One line for each projector, named by the start modalities of its pseudo pairs (A audio, V"
                        + " image, T text). Held-out recall is measured on pseudo pairs kept from training, not on the"
                        + " evaluation's data.</p>\n<div class=\"plots\">\n" + part + "</div>\n";
    }

    private static List<Series> series(
            List<TrainingCurve> curves, Function<TrainingCurve, List<Double>> values, double unit) {
        return curves.stream()
                .map(curve -> {
                    List<Double> all = values.apply(curve);
                    return new Series(
                            curve.projector(),
                            IntStream.rangeClosed(1, all.size())
                                    .mapToObj(epoch -> (double) epoch)
                                    .toList(),
                            all.stream().map(value -> unit * value).toList());
                })
                .toList();
    }
}
