package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.PresetFile;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.Encoding;
import dev.freebind.distribution.workflow.Engines;
import dev.freebind.distribution.workflow.SpaceReport;
import dev.freebind.distribution.workflow.SpaceTuning;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.report.HtmlReport;
import dev.freebind.evaluation.report.TuningPanel;
import dev.freebind.evaluation.tuning.SearchPlan;
import dev.freebind.evaluation.tuning.Tuning;
import dev.freebind.evaluation.tuning.TuningFile;
import dev.freebind.evaluation.tuning.TuningText;
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

/** {@code freebind tune-factors}: the factors that serve a goal best, without training. */
@Command(
        name = "tune-factors",
        description = {
            "Finds the factors of a space that serve a goal best, without training.",
            "Searches a grid over all factors, then finer steps around the best points; tells whether the result can be",
            "told from the configured factors, and saves it as a preset. Tune on validation data, not on the test set.",
            "Items that are not encoded yet are encoded first."
        })
public final class TuneFactorsCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;
    private final Provider<EncoderRegistry> registry;
    private final Provider<Progress> progress;

    @Parameters(index = "0", paramLabel = "DIR", description = "The bound space's folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--space",
            paramLabel = "S",
            description =
                    "The product space to tune (default: the one --bond; else the bond with the configuration's name, or the"
                            + " only one that no other bond is made of).")
    private @Nullable String space;

    @Option(
            names = "--bond",
            paramLabel = "B",
            description = "Tune only this bond's factors; may be repeated (default: every bond the space is made of).")
    private List<String> bonds = List.of();

    @Option(
            names = "--config",
            paramLabel = "CONFIG",
            description = "Take the evaluation tasks from this configuration instead of the bound space's.")
    private @Nullable Path tasksFrom;

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description = "Tune on this retrieval task; may be repeated (default: all retrieval tasks).")
    private List<String> tasks = List.of();

    @Option(
            names = "--goal",
            paramLabel = "[TASK:]PAIR=W,...",
            description =
                    "What counts, and how much, for example audio-text=2,image-text=1 (default: all pairs alike).")
    private @Nullable String goal;

    @Option(
            names = "--keep",
            paramLabel = "[TASK:]PAIR>=X",
            description =
                    "A floor, for example \"image-text>=vt\" (not below that space) or \"image-text>=0.55\"; may be"
                            + " repeated.")
    private List<String> keeps = List.of();

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "0",
            description = "How far below a floor is still allowed, as a fraction of one (default: 0).")
    private double tolerance;

    @Option(
            names = "--metric",
            paramLabel = "recall@K",
            defaultValue = "recall@1",
            description = "What is measured, the mean of both directions (default: recall@1).")
    private String metric = "recall@1";

    @Option(
            names = "--step",
            paramLabel = "X",
            description =
                    "Step of the first grid; must divide 1 (default: 0.2, 0.25 or 0.5, by the number of factors).")
    private @Nullable Double step;

    @Option(
            names = "--levels",
            paramLabel = "N",
            defaultValue = "3",
            description = "Grids, each with half the step of the one before (default: 3).")
    private int levels;

    @Option(names = "--split", description = "Choose on one half of the queries, seeded, and report on the other.")
    private boolean split;

    @Option(
            names = "--save",
            paramLabel = "NAME",
            description = "Save the chosen factors in DIR/space.yaml as this preset; nothing else there changes.")
    private @Nullable String save;

    @Option(names = "--dry-run", description = "Print the plan only.")
    private boolean dryRun;

    @Mixin
    private CustomisationOptions customisation = new CustomisationOptions();

    @Option(names = "--json", paramLabel = "FILE", description = "Write every point that was tried as JSON.")
    private @Nullable Path json;

    @Option(names = "--report", paramLabel = "FILE", description = "Draw the Pareto front in an HTML report.")
    private @Nullable Path report;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    TuneFactorsCommand(
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
        try (BoundSpace bound = BoundSpace.open(folder, engines.inference(), device.encoders(registry), Map.of())) {
            if (save != null) {
                PresetFile.check(bound.configuration(), save);
            }
            SpaceTuning.Request wanted = new SpaceTuning.Request(
                    space != null ? space : bonds.size() == 1 ? bonds.get(0) : bound.defaultSpace(),
                    bonds,
                    tasks(bound),
                    customisation.customisation(bound.graph(), FactorSettings.CONFIGURED),
                    new Metric(metric),
                    goal,
                    keeps,
                    tolerance,
                    step == null ? null : SearchPlan.ofStep(step, levels),
                    levels,
                    split);
            SpaceTuning.Request request = dryRun ? wanted : encoded(bound, wanted);
            try (SpaceTuning tuning = new SpaceTuning(bound, engines.nearest(), progress.get(), request)) {
                if (dryRun) {
                    console.out().println(tuning.describe());
                    console.out().flush();
                    return 0;
                }
                console.err().println(tuning.describe());
                return finish(bound, tuning.run());
            }
        }
    }

    private int finish(BoundSpace bound, Tuning found) {
        if (json != null) {
            TuningFile.write(json, found);
        }
        if (report != null) {
            HtmlReport.write(report, SpaceReport.of(bound, "", List.of(new TuningPanel(found))));
        }
        console.out().print(TuningText.render(found));
        FactorSettings chosen = found.factors();
        if (chosen != null) {
            console.out().println("\n--factors " + chosen);
            if (save != null) {
                PresetFile.add(folder, save, chosen);
                console.out().println("saved: freebind evaluate " + folder + " --preset " + save);
            }
        }
        console.out().flush();
        return chosen == null ? 1 : 0;
    }

    private List<Retrieval> tasks(BoundSpace bound) {
        List<EvaluationTask> all =
                (tasksFrom == null ? bound.configuration() : reader.get().read(tasksFrom)).evaluation();
        List<Retrieval> chosen = new ArrayList<>();
        for (EvaluationTask task : all) {
            if (task instanceof Retrieval retrieval && (tasks.isEmpty() || tasks.contains(task.name()))) {
                chosen.add(retrieval);
            }
        }
        List<String> known = all.stream()
                .filter(Retrieval.class::isInstance)
                .map(EvaluationTask::name)
                .toList();
        for (String name : tasks) {
            if (!known.contains(name)) {
                throw new InvalidRequestException("--task " + name + ": no such retrieval task; there are " + known);
            }
        }
        if (chosen.isEmpty()) {
            throw new InvalidRequestException(
                    "there is no retrieval task to tune on; add one under the key 'evaluation', or name a --config that has");
        }
        return chosen;
    }

    private SpaceTuning.Request encoded(BoundSpace bound, SpaceTuning.Request wanted) {
        Encoding.Prepared prepared = new Encoding(device.encoders(registry), progress.get())
                .prepare(bound, List.copyOf(wanted.tasks()), wanted.measured(bound.graph()));
        prepared.notes().forEach(note -> console.err().println("note: " + note));
        return wanted.with(prepared.tasks().stream().map(Retrieval.class::cast).toList());
    }
}
