package dev.freebind.distribution.workflow;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.distribution.sample.SampleSize;
import dev.freebind.distribution.sample.SampleWorld;
import dev.freebind.evaluation.report.FactorsPanel;
import dev.freebind.evaluation.report.GeometryPanel;
import dev.freebind.evaluation.report.HtmlReport;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.ResultsFile;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.evaluation.task.Setting;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.run.BindOptions;
import java.nio.file.Path;
import java.util.List;

/** The main job from end to end on a sample world: made, bound, evaluated, swept, reported. */
public final class Demo {

    private static final String SUMMARY = "A simulated concept seen by one unified space and three experts."
            + " vt-u is sequential, vt-u-plusplus sequential and parallel; only-sequential and only-parallel are the"
            + " alternatives of the paper's table 6.";

    private final Path output;
    private final long seed;
    private final ConfigurationReader reader;
    private final Engines engines;
    private final Progress progress;

    /** Prepares the demo; nothing is written yet. */
    public Demo(Path output, long seed, ConfigurationReader reader, Engines engines, Progress progress) {
        this.output = output;
        this.seed = seed;
        this.reader = reader;
        this.engines = engines;
        this.progress = progress;
    }

    /**
     * Where everything is.
     *
     * @param results what was measured
     * @param configuration the sample world's configuration file
     * @param space the bound space's folder
     * @param json the results file
     * @param report the HTML page
     */
    public record Result(Results results, Path configuration, Path space, Path json, Path report) {}

    /**
     * Runs it, or continues it where it was interrupted.
     *
     * @throws dev.freebind.api.FreeBindException if something cannot be read or written
     */
    public Result run() {
        Path configuration;
        try (Progress.Task task = progress.start("sample world", 1, "worlds")) {
            configuration = new SampleWorld(SampleSize.DEMO, seed).writeTo(output.resolve("world"));
            task.advance(1);
        }
        Path folder = output.resolve("space");
        Binding.run(reader.read(configuration), folder, new BindOptions(true, null, Long.MAX_VALUE), engines, progress);

        try (BoundSpace space = BoundSpace.open(folder, engines.inference())) {
            SpaceEvaluation evaluation = new SpaceEvaluation(space, engines.nearest(), progress);
            List<Setting> presets = space.configuration().presets().keySet().stream()
                    .map(name -> new Setting(name, FactorSettings.preset(space.configuration(), name)))
                    .toList();
            Results results = evaluation.evaluate(
                    space.configuration().evaluation(),
                    new EvaluationRequest(List.of(), presets, Customisation.CONFIGURED));
            Sweep sweep = evaluation.sweep(
                    space.configuration().evaluation(),
                    FactorGrid.parse(space.graph(), "vt-u-plusplus", "audio=0:1:0.25,text=0:1:0.25"),
                    Customisation.CONFIGURED);
            Path json = output.resolve("results.json");
            Path report = output.resolve("report.html");
            ResultsFile.write(json, results);
            HtmlReport.write(
                    report,
                    SpaceReport.of(
                            space,
                            SUMMARY,
                            results,
                            List.of(
                                    new FactorsPanel(List.of(sweep)),
                                    new GeometryPanel(evaluation.geometry(
                                            space.configuration().evaluation(), EvaluationRequest.ALL)))));
            return new Result(results, configuration, folder, json, report);
        }
    }
}
