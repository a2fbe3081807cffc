package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.workflow.EvaluationFiles;
import dev.freebind.distribution.workflow.ItemContents;
import dev.freebind.evaluation.leak.LeakCheck;
import dev.freebind.evaluation.leak.LeakReport;
import dev.freebind.evaluation.report.HtmlReport;
import dev.freebind.evaluation.report.LeakPanel;
import dev.freebind.evaluation.report.Report;
import dev.freebind.evaluation.report.Report.Fact;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code freebind leaks}: evaluation items that are in the corpora. */
@Command(
        name = "leaks",
        description = {
            "Looks for evaluation items in the corpora: exact and near duplicates of the same modality.",
            "Compares embeddings in a leaf space that has both, and contents where both are given as items.",
            "Encodes nothing: items whose embeddings are not there yet are compared by content alone, which is said."
        })
public final class LeaksCommand implements Callable<Integer> {

    private final Console console;
    private final Provider<ConfigurationReader> reader;
    private final Provider<Progress> progress;

    @Parameters(
            index = "0",
            paramLabel = "CONFIG",
            description = "The configuration file, or the folder of a bound space.")
    private Path configuration = Path.of("");

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description = "Check this task only; may be repeated (default: all).")
    private List<String> tasks = List.of();

    @Option(
            names = "--space",
            paramLabel = "S",
            description = "Compare in this leaf space (default: the one of the largest dimension that has both).")
    private @Nullable String space;

    @Option(
            names = "--threshold",
            paramLabel = "COS",
            defaultValue = "0.97",
            description = "Cosine from which on items are near duplicates (default: 0.97).")
    private double threshold;

    @Option(
            names = "--list",
            paramLabel = "N",
            defaultValue = "5",
            description = "Duplicates to list for each comparison (default: 5).")
    private int listed;

    @Option(names = "--fail", description = "End with exit code 1 if there are duplicates.")
    private boolean fail;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the findings as JSON.")
    private @Nullable Path json;

    @Option(names = "--report", paramLabel = "FILE", description = "Write an HTML report.")
    private @Nullable Path report;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Inject
    LeaksCommand(Console console, Provider<ConfigurationReader> reader, Provider<Progress> progress) {
        this.console = console;
        this.reader = reader;
        this.progress = progress;
    }

    @Override
    public Integer call() {
        Configuration read = Files.isDirectory(configuration)
                ? reader.get().readBoundSpace(configuration)
                : reader.get().read(configuration);
        LeakReport found;
        try (EvaluationFiles files = new EvaluationFiles()) {
            found = new LeakCheck(
                            files,
                            new ItemContents(),
                            device.engines().nearest(),
                            threshold,
                            space,
                            Math.max(0, listed),
                            progress.get())
                    .check(read, chosen(read.evaluation()));
        }
        if (json != null) {
            found.write(json);
        }
        if (report != null) {
            HtmlReport.write(
                    report,
                    new Report(
                            read.name(),
                            "",
                            List.of(new Fact("configuration", read.file().toString())),
                            List.of(new LeakPanel(found))));
        }
        console.out().print(found.render());
        console.out().flush();
        return fail && found.found() ? 1 : 0;
    }

    private List<EvaluationTask> chosen(List<EvaluationTask> all) {
        List<String> known = all.stream().map(EvaluationTask::name).toList();
        for (String name : tasks) {
            if (!known.contains(name)) {
                throw new InvalidRequestException("--task " + name + ": no such task; there are " + known);
            }
        }
        return tasks.isEmpty()
                ? all
                : all.stream().filter(task -> tasks.contains(task.name())).toList();
    }
}
