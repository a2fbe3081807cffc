package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.Encoding;
import dev.freebind.distribution.workflow.Engines;
import dev.freebind.distribution.workflow.SpaceEvaluation;
import dev.freebind.distribution.workflow.SpaceReport;
import dev.freebind.evaluation.report.GeometryPanel;
import dev.freebind.evaluation.report.HtmlReport;
import dev.freebind.evaluation.report.RouterPanel;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.ResultsCsv;
import dev.freebind.evaluation.result.ResultsFile;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.evaluation.task.Setting;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.BoundSpace;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind evaluate}: every task of the configuration, for products and leaf spaces. */
@Command(
        name = "evaluate",
        description = {
            "Runs every evaluation task, for product spaces and for every leaf space that can take part.",
            "Items that are not encoded yet are encoded first.",
            "Without --preset and --factors: the configured factors. With them: only those settings."
        })
public final class EvaluateCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;
    private final Provider<EncoderRegistry> registry;
    private final Provider<Progress> progress;

    @Parameters(index = "0", paramLabel = "DIR", description = "The bound space's folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--config",
            paramLabel = "CONFIG",
            description = "Take the evaluation tasks from this configuration instead of the bound space's.")
    private @Nullable Path tasksFrom;

    @Option(
            names = "--space",
            paramLabel = "S",
            description = "Measure this product or leaf space only; may be repeated (default: all).")
    private List<String> spaces = List.of();

    @Option(names = "--preset", paramLabel = "P", description = "Measure with this preset's factors; may be repeated.")
    private List<String> presets = List.of();

    @Option(
            names = "--factors",
            paramLabel = "BOND.MODALITY=F,...",
            description = "Measure with these factors; what is not named stays as configured.")
    private @Nullable String factors;

    @Mixin
    private CustomisationOptions customisation = new CustomisationOptions();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description = "Write the results as CSV, with CLIP_benchmark's metric names.")
    private @Nullable Path csv;

    @Option(names = "--report", paramLabel = "FILE", description = "Write an HTML report.")
    private @Nullable Path report;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    EvaluateCommand(
            Console console,
            Provider<ConfigurationReader> reader,
            Provider<EncoderRegistry> registry,
            Provider<Progress> progress) {
        this.console = console;
        this.reader = reader;
        this.registry = registry;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        Engines engines = device.engines();
        try (BoundSpace space = BoundSpace.open(folder, engines.inference(), device.encoders(registry), Map.of())) {
            Configuration asking =
                    tasksFrom == null ? space.configuration() : reader.get().read(tasksFrom);
            List<EvaluationTask> configured = asking.evaluation();
            if (configured.isEmpty()) {
                throw new InvalidRequestException(
                        asking.file() + ": there is nothing to evaluate; add a task under the key 'evaluation'");
            }
            EvaluationRequest request = new EvaluationRequest(
                    spaces, settings(space), customisation.customisation(space.graph(), FactorSettings.CONFIGURED));
            Encoding.Prepared prepared =
                    new Encoding(device.encoders(registry), progress.get()).prepare(space, configured, request);
            prepared.notes().forEach(note -> console.err().println("note: " + note));
            List<EvaluationTask> tasks = prepared.tasks();
            SpaceEvaluation evaluation = new SpaceEvaluation(space, engines.nearest(), progress.get());
            Results results = evaluation.evaluate(tasks, request);
            if (json != null) {
                ResultsFile.write(json, results);
            }
            if (csv != null) {
                ResultsCsv.write(csv, results);
            }
            if (report != null) {
                HtmlReport.write(
                        report,
                        SpaceReport.of(
                                space,
                                "",
                                results,
                                List.of(
                                        new RouterPanel(evaluation.routerLoads(tasks, request)),
                                        new GeometryPanel(evaluation.geometry(tasks, request)))));
            }
            ResultOutput.print(console, results);
        }
        return 0;
    }

    private List<Setting> settings(BoundSpace space) {
        List<Setting> settings = new ArrayList<>();
        presets.forEach(name -> settings.add(new Setting(name, FactorSettings.preset(space.configuration(), name))));
        if (factors != null) {
            settings.add(new Setting(null, FactorSettings.parse(space.graph(), factors)));
        }
        return settings;
    }
}
