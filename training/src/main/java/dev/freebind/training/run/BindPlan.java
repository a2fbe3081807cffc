package dev.freebind.training.run;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.collection.CollectionPlan.SpaceModality;
import dev.freebind.bonds.collection.CollectionPlan.TupleSet;
import dev.freebind.bonds.collection.CorpusSelection;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Connection;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.graph.TuningSettings;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.Subset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
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

    private static final double CPU_FLOPS = 300e9;
    private static final double GPU_FLOPS = 40e12;

    /** Copies. */
    public BindPlan {
        steps = List.copyOf(steps);
        warnings = List.copyOf(warnings);
    }

    /**
     * Plans all bonds.
     *
     * @param rows how many rows a corpus has
     * @throws InvalidRequestException if a bond has nothing to learn from, with all such problems
     */
    public static BindPlan of(BondGraph graph, ToLongFunction<Corpus> rows) {
        Planner planner = new Planner(graph, rows);
        for (Bond bond : graph.order()) {
            planner.plan(bond);
        }
        if (!planner.problems.isEmpty()) {
            throw new InvalidRequestException(String.join("\n", planner.problems));
        }
        return new BindPlan(graph, planner.steps, planner.warnings.stream().toList());
    }

    /** The steps of one kind. */
    public <S extends BindStep> List<S> steps(Class<S> kind) {
        return steps.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** The plan as a person reads it: the graph, every pass, and what it costs. */
    public String describe() {
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
        text.append(String.format(
                Locale.ROOT,
                "%n%d projectors; matrix products %s, about %s at 300 GFLOP/s (2 cores) or %s at 40 TFLOP/s (a GPU);"
                        + " pseudo pairs take %s%n",
                steps(BindStep.Train.class).size()
                        + steps(BindStep.Tune.class).stream()
                                .mapToInt(step -> step.subsets().size())
                                .sum(),
                operations(flops),
                duration(flops / CPU_FLOPS),
                duration(flops / GPU_FLOPS),
                bytes(pairBytes())));
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
        } else if (step instanceof BindStep.Train train) {
            text.append(String.format(
                    Locale.ROOT,
                    "  train %s %s: %,d rows, %s%n",
                    train.key().source(),
                    train.key().subset(),
                    step.rows(),
                    operations(step.flops())));
        }
    }

    private long pairBytes() {
        long total = 0;
        for (BindStep.Collect collect : steps(BindStep.Collect.class)) {
            int width = graph.bond(collect.bond()).training().storage() == TrainingSettings.Storage.FLOAT16 ? 2 : 4;
            for (CollectionPlan.Step pass : collect.tuples().steps()) {
                for (String space : pass.values()) {
                    total += collect.rows() * graph.space(space).dimension() * width;
                }
            }
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

    /** Collects steps bond by bond. */
    private static final class Planner {
        private final BondGraph graph;
        private final CorpusSelection selection;
        private final ToLongFunction<Corpus> rows;
        private final List<BindStep> steps = new ArrayList<>();
        private final Set<String> embedded = new LinkedHashSet<>();
        private final Set<String> warnings = new LinkedHashSet<>();
        private final List<String> problems = new ArrayList<>();

        Planner(BondGraph graph, ToLongFunction<Corpus> rows) {
            this.graph = graph;
            this.selection = CorpusSelection.of(graph);
            this.rows = rows;
        }

        void plan(Bond bond) {
            if (bond instanceof TunedSpace tuned) {
                tune(tuned);
            }
            for (String source : bond.sources()) {
                warnings.addAll(selection.warnings(bond, source));
                List<Subset> subsets = selection.subsets(bond, source);
                List<BindStep.Collect> collected = new ArrayList<>();
                for (TupleSet tuples : selection.plan(bond, source).starts()) {
                    if (subsets.stream().anyMatch(subset -> subset.modalities().contains(tuples.start()))) {
                        collected.add(collect(bond, source, tuples));
                    }
                }
                steps.addAll(collected);
                for (Subset subset : subsets) {
                    train(bond, source, subset, collected);
                }
            }
        }

        private void tune(TunedSpace tuned) {
            Displacement displacement = graph.displacement(tuned);
            Corpus modality = pairs(tuned, tuned.modality());
            Corpus against = pairs(tuned, tuned.against());
            embed(tuned, List.of(against), List.of(tuned.tuned()));
            if (!tuned.settings().encoder()) {
                embed(tuned, List.of(modality), List.of(displacement.unified()));
            }
            if (graph.modalities(displacement.into()).contains(tuned.modality())) {
                embed(tuned, List.of(modality), List.of(displacement.into()));
            }
            List<Subset> subsets = selection.subsets(displacement, displacement.unified());
            long count = rows.applyAsLong(against);
            TuningSettings settings = tuned.settings();
            long trained = count - Math.round(count * settings.holdOut());
            long batch = Math.min((long) settings.batch() * settings.accumulate(), trained);
            double width = graph.space(displacement.unified()).dimension()
                    + graph.space(tuned.name()).dimension();
            double passes = settings.accumulate() > 1 ? 4 : 3; // forward, backward for two factors, forward once more
            double perRow =
                    passes * 2 * subsets.size() * displacement.training().hidden() * width
                            + 4.0 * batch * graph.space(tuned.name()).dimension();
            steps.add(new BindStep.Tune(
                    tuned, displacement, subsets, count, settings.epochs() * (double) trained * perRow));
        }

        private Corpus pairs(TunedSpace tuned, Modality modality) {
            return Objects.requireNonNull(graph.configuration().pairs().get(tuned.pairs(modality)));
        }

        private BindStep.Collect collect(Bond bond, String source, TupleSet tuples) {
            List<Corpus> starts = selection.forStart(tuples).used();
            check(bond, tuples.start(), tuples.nativeSpaces(), starts);
            embed(bond, starts, tuples.nativeSpaces());
            long startRows = rows(starts);
            List<List<String>> keyCorpora = new ArrayList<>();
            double flops = 0;
            for (CollectionPlan.Step pass : tuples.steps()) {
                Set<String> spaces = new LinkedHashSet<>();
                spaces.add(pass.keys().space());
                spaces.addAll(pass.values());
                List<Corpus> keys = selection.forStep(pass).used();
                check(bond, pass.keys().modality(), spaces, keys);
                embed(bond, keys, spaces);
                keyCorpora.add(names(keys));
                int width = graph.space(pass.keys().space()).dimension()
                        + pass.values().stream()
                                .mapToInt(space -> graph.space(space).dimension())
                                .sum();
                flops += 2.0 * startRows * rows(keys) * width;
            }
            return new BindStep.Collect(bond.name(), source, tuples, names(starts), keyCorpora, startRows, flops);
        }

        private void check(Bond bond, Modality modality, Collection<String> spaces, List<Corpus> usable) {
            if (usable.isEmpty()) {
                problems.add("bond " + bond.name() + ": no corpus of " + modality + " has embeddings of "
                        + String.join(" and ", spaces) + ", which its collection needs; add them to one corpus");
            }
        }

        private long rows(List<Corpus> corpora) {
            return corpora.stream().mapToLong(rows).sum();
        }

        private static List<String> names(List<Corpus> corpora) {
            return corpora.stream().map(Corpus::name).toList();
        }

        private void embed(Bond bond, List<Corpus> corpora, Collection<String> spaces) {
            for (String space : spaces) {
                if (graph.isLeaf(space)) {
                    continue;
                }
                for (Corpus corpus : corpora) {
                    if (embedded.add(space + "\n" + corpus.name())) {
                        EmbeddingExpression expression =
                                Composition.compose(graph, space, corpus.modality(), Customisation.CONFIGURED);
                        long count = rows.applyAsLong(corpus);
                        steps.add(new BindStep.Embed(
                                bond.name(),
                                space,
                                corpus.modality(),
                                corpus.name(),
                                expression,
                                count,
                                count * flopsPerRow(expression)));
                    }
                }
            }
        }

        /** Of the projectors; routers are small beside them. */
        private double flopsPerRow(EmbeddingExpression expression) {
            double flops = 0;
            for (ProjectorKey key : expression.projectors()) {
                Bond bond = graph.bond(key.bond());
                String source = bond instanceof TunedSpace tuned
                        ? graph.displacement(tuned).unified()
                        : key.source();
                double width = graph.space(source).dimension()
                        + graph.space(key.bond()).dimension();
                flops += 2.0 * graph.projectors(bond).hidden() * width;
            }
            return flops;
        }

        private void train(Bond bond, String source, Subset subset, List<BindStep.Collect> collected) {
            List<BindStep.Collect> pairs = collected.stream()
                    .filter(step -> subset.modalities().contains(step.tuples().start()))
                    .toList();
            List<Modality> sources = common(pairs, source);
            List<Modality> targets = common(pairs, bond.into());
            ProjectorKey key = new ProjectorKey(bond.name(), source, subset);
            if (sources.isEmpty() || targets.isEmpty()) {
                problems.add("projector " + key + ": its tuple sets share no modality of "
                        + (sources.isEmpty() ? source : bond.into()));
                return;
            }
            long tuples = pairs.stream().mapToLong(BindStep.Collect::rows).sum();
            String counterpart = bond instanceof Connection ? bond.into() : null;
            steps.add(new BindStep.Train(
                    key,
                    counterpart,
                    pairs,
                    sources,
                    targets,
                    tuples,
                    trainingFlops(bond, key, sources, targets, tuples)));
        }

        private double trainingFlops(
                Bond bond, ProjectorKey key, List<Modality> sources, List<Modality> targets, long tuples) {
            TrainingSettings settings = bond.training();
            long trained = tuples - Math.round(tuples * settings.holdOut());
            long batch = Math.min(settings.batch(), trained);
            if (batch < settings.batch()) {
                warnings.add(key + ": there are only " + trained + " tuples to train on, so the batch is " + batch
                        + " instead of " + settings.batch());
            }
            if (batch < 1) {
                return 0;
            }
            double in = graph.space(key.source()).dimension();
            double out = graph.space(bond.name()).dimension();
            double hidden = settings.hidden();
            double projector = sources.size() * 2.0 * batch * (2 * in * hidden + 3 * hidden * out);
            double terms = (double) sources.size() * targets.size() * 4.0 * batch * batch * out;
            long stepsPerEpoch = trained / batch;
            return settings.epochs() * stepsPerEpoch * (projector + terms);
        }

        private static List<Modality> common(List<BindStep.Collect> pairs, String space) {
            Set<Modality> shared = new LinkedHashSet<>(modalities(pairs.get(0).tuples(), space));
            pairs.forEach(step -> shared.retainAll(modalities(step.tuples(), space)));
            return shared.stream().sorted().toList();
        }
    }

    /** The modalities that tuples have in a space. */
    static Set<Modality> modalities(TupleSet tuples, String space) {
        Set<Modality> modalities = new LinkedHashSet<>();
        if (tuples.nativeSpaces().contains(space)) {
            modalities.add(tuples.start());
        }
        tuples.steps().stream()
                .filter(pass -> pass.values().contains(space))
                .map(CollectionPlan.Step::keys)
                .map(SpaceModality::modality)
                .forEach(modalities::add);
        return modalities;
    }

    @Override
    public String toString() {
        return steps.stream().map(BindStep::description).collect(Collectors.joining("\n"));
    }
}
