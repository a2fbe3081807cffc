package dev.freebind.training.run;

import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.TrainingSettings;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Everything {@code bind} will do, in order, before anything is done.
 *
 * @param graph the spaces and bonds
 * @param steps what is computed, each after what it needs
 * @param warnings what the user should know: corpora left out, modalities without a corpus, batches that are too large
 */
public record BindPlan(BondGraph graph, List<BindStep> steps, List<String> warnings) {

    /** What TensorFlow's float32 products reached per core where docs/performance.md was measured (AVX-512), rounded down. */
    private static final double FLOPS_OF_A_CORE = 100e9;

    /** A data centre's GPU with TF32, an estimate. */
    private static final double FLOPS_OF_A_GPU = 40e12;

    /** Copies. */
    public BindPlan {
        steps = List.copyOf(steps);
        warnings = List.copyOf(warnings);
    }

    /**
     * Plans all bonds.
     *
     * @param rows how many rows a corpus has
     * @throws dev.freebind.api.InvalidRequestException if a bond has nothing to learn from, with all such problems
     */
    public static BindPlan of(BondGraph graph, ToLongFunction<Corpus> rows) {
        return new BindPlanner(graph, rows).plan();
    }

    /** The steps of one kind. */
    public <S extends BindStep> List<S> steps(Class<S> kind) {
        return steps.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /**
     * The plan as a person reads it: the graph, every pass, and what it costs.
     *
     * @param cores how many a CPU would compute with; nothing is measured
     */
    public String describe(int cores) {
        StringBuilder text = new StringBuilder(graph.describe()).append('\n');
        for (Bond bond : graph.order()) {
            text.append(bond.name()).append('\n');
            for (BindStep step : steps) {
                if (step.bond().equals(bond.name())) {
                    describe(step, text);
                }
            }
        }
        double flops = steps.stream().mapToDouble(BindStep::flops).sum();
        int routers = steps(BindStep.Route.class).stream()
                .mapToInt(step -> step.routers().size())
                .sum();
        text.append(String.format(
                Locale.ROOT,
                "%n%d projectors%s; matrix products %s: about %s on %d CPU cores, taken to reach 100 GFLOP/s each, or %s on a"
                        + " GPU at 40 TFLOP/s; intermediate results take %s%n",
                steps(BindStep.Train.class).size()
                        + steps(BindStep.Tune.class).stream()
                                .mapToInt(step -> step.subsets().size())
                                .sum(),
                routers == 0 ? "" : ", " + routers + " routers",
                operations(flops),
                duration(flops / (cores * FLOPS_OF_A_CORE)),
                cores,
                duration(flops / FLOPS_OF_A_GPU),
                bytes(storedBytes())));
        return text.toString();
    }

    private void describe(BindStep step, StringBuilder text) {
        if (step instanceof BindStep.Collect collect) {
            text.append(String.format(
                    Locale.ROOT,
                    "  pairs of %s from %s: %,d rows, %s%n",
                    collect.source(),
                    collect.tuples().start(),
                    step.rows(),
                    operations(step.flops())));
            for (CollectionPlan.Step pass : collect.tuples().steps()) {
                text.append("    ").append(pass).append('\n');
            }
        } else if (step instanceof BindStep.Embed embed) {
            text.append(String.format(
                    Locale.ROOT,
                    "  embed %s into %s: %,d rows, %s%n    %s%n",
                    embed.corpus(),
                    embed.space(),
                    step.rows(),
                    operations(step.flops()),
                    embed.expression()));
        } else if (step instanceof BindStep.Tune tune) {
            text.append(String.format(
                    Locale.ROOT,
                    "  tune %d projectors of %s%s against %s: %,d pairs, %s%s%n",
                    tune.subsets().size(),
                    tune.tuned().modality(),
                    tune.tuned().settings().encoder() ? " and the encoder" : "",
                    tune.tuned().against(),
                    step.rows(),
                    operations(step.flops()),
                    tune.tuned().settings().encoder() ? " and the encoder's" : ""));
        } else if (step instanceof BindStep.Retrieve retrieve) {
            text.append(String.format(
                    Locale.ROOT,
                    "  %s: %,d × %,d rows, %s%n",
                    retrieve.hop(),
                    step.rows(),
                    retrieve.searched(),
                    operations(step.flops())));
        } else if (step instanceof BindStep.ItemTuples tuples) {
            text.append(String.format(
                    Locale.ROOT,
                    "  item tuples from %s: %,d rows; %s%n",
                    tuples.start(),
                    step.rows(),
                    tuples.searches().entrySet().stream()
                            .map(search -> search.getKey() + " of the "
                                    + search.getValue().hop().from() + " by "
                                    + search.getValue().hop().retriever())
                            .collect(Collectors.joining(", "))));
        } else if (step instanceof BindStep.Train train) {
            text.append(String.format(
                    Locale.ROOT,
                    "  train %s %s: %,d rows, %s%n",
                    train.key().source(),
                    train.key().subset(),
                    step.rows(),
                    operations(step.flops())));
        } else if (step instanceof BindStep.Route route) {
            text.append(String.format(
                    Locale.ROOT, "  train routers: %,d rows, %s%n", step.rows(), operations(step.flops())));
            route.modalities()
                    .forEach((modality, routed) -> text.append("    ")
                            .append(modality)
                            .append(routed.read().isEmpty() ? ": equal weights for " : ": weighs ")
                            .append(String.join(", ", routed.sources()))
                            .append(routed.read().isEmpty() ? "" : "; reads " + String.join(", ", routed.read()))
                            .append('\n'));
        }
    }

    private long storedBytes() {
        long total = 0;
        for (BindStep.Collect collect : steps(BindStep.Collect.class)) {
            int width = graph.pseudoPairBond(collect.bond()).training().storage() == TrainingSettings.Storage.FLOAT16
                    ? 2
                    : 4;
            for (CollectionPlan.Step pass : collect.tuples().steps()) {
                for (String space : pass.values()) {
                    total += collect.rows() * graph.space(space).dimension() * width;
                }
            }
        }
        for (BindStep.Retrieve retrieve : steps(BindStep.Retrieve.class)) {
            total += retrieve.rows() * Integer.BYTES;
        }
        for (BindStep.Embed embed : steps(BindStep.Embed.class)) {
            total += embed.rows() * embed.dimension() * Float.BYTES;
        }
        return total;
    }

    private static String operations(double flops) {
        String[] units = {"", "k", "M", "G", "T", "P", "E"};
        int unit = 0;
        double value = flops;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.3g %sFLOP", value, units[unit]);
    }

    private static String bytes(long bytes) {
        return bytes < 1L << 20
                ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                : bytes < 1L << 30
                        ? String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20))
                        : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }

    private static String duration(double seconds) {
        return seconds < 90
                ? String.format(Locale.ROOT, "%.0f s", Math.max(1, seconds))
                : seconds < 5400
                        ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
                        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }

    @Override
    public String toString() {
        return steps.stream().map(BindStep::description).collect(Collectors.joining("\n"));
    }
}
