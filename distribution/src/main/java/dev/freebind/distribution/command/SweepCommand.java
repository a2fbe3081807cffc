package dev.freebind.distribution.command;

import dev.freebind.api.Progress;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.Encoding;
import dev.freebind.distribution.workflow.Engines;
import dev.freebind.distribution.workflow.SpaceEvaluation;
import dev.freebind.distribution.workflow.SpaceReport;
import dev.freebind.evaluation.report.FactorsPanel;
import dev.freebind.evaluation.report.HtmlReport;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.BoundSpace;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind sweep}: a grid of factors without training (paper figures 3–6). */
@Command(
        name = "sweep",
        description = {
            "Evaluates a bond over a grid of factors, without training.",
            "Items that are not encoded yet are encoded first.",
            "Prints a line for every point; --report draws it."
        })
public final class SweepCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<EncoderRegistry> registry;
    private final Provider<Progress> progress;

    @Parameters(index = "0", paramLabel = "DIR", description = "The bound space's folder.")
    private Path folder = Path.of("");

    @Option(names = "--bond", paramLabel = "B", required = true, description = "The bond whose factors vary.")
    private String bond = "";

    @Option(
            names = "--grid",
            paramLabel = "MODALITY=FROM:TO:STEP,...",
            required = true,
            description = "The grid, for example audio=0:1:0.1,text=0:1:0.1; MODALITY=F keeps one fixed.")
    private String grid = "";

    @Mixin
    private CustomisationOptions customisation = new CustomisationOptions();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the grid as JSON.")
    private @Nullable Path json;

    @Option(names = "--report", paramLabel = "FILE", description = "Draw the grid in an HTML report.")
    private @Nullable Path report;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    SweepCommand(Console console, Provider<EncoderRegistry> registry, Provider<Progress> progress) {
        this.console = console;
        this.registry = registry;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        Engines engines = device.engines();
        try (BoundSpace space = BoundSpace.open(folder, engines.inference(), device.encoders(registry), Map.of())) {
            FactorGrid parsed = FactorGrid.parse(space.graph(), bond, grid);
            Customisation chosen = customisation.customisation(space.graph(), FactorSettings.CONFIGURED);
            Encoding.Prepared prepared = new Encoding(device.encoders(registry), progress.get())
                    .prepare(space, space.configuration().evaluation(), SpaceEvaluation.of(parsed, chosen));
            prepared.notes().forEach(note -> console.err().println("note: " + note));
            Sweep sweep = new SpaceEvaluation(space, engines.nearest(), progress.get())
                    .sweep(prepared.tasks(), parsed, chosen);
            if (json != null) {
                sweep.write(json);
            }
            if (report != null) {
                HtmlReport.write(report, SpaceReport.of(space, "", List.of(new FactorsPanel(List.of(sweep)))));
            }
            sweep.points().forEach(this::print);
            console.out().flush();
        }
        return 0;
    }

    /** The first metric of every pair, mean of both directions where there are two. */
    private void print(Sweep.Point point) {
        StringBuilder line = new StringBuilder();
        point.factors()
                .forEach((modality, factor) ->
                        line.append(modality).append('=').append(factor).append(' '));
        String before = "";
        for (ResultRow row : point.rows()) {
            String pair = row.measure().dataset() + " " + row.measure().pair();
            boolean summary = row.measure().direction().equals("mean")
                    || !row.measure().task().equals("retrieval");
            if (summary && !pair.equals(before)) {
                before = pair;
                line.append(String.format(
                        Locale.ROOT, "  %s %s %.1f", pair, row.measure().metric(), 100 * row.value()));
            }
        }
        console.out().println(line);
    }
}
