package dev.freebind.distribution.workflow;

import dev.freebind.api.DataException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.distribution.sample.SampleSize;
import dev.freebind.distribution.sample.SampleWorld;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.formats.AtomicFile;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.run.BindOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares ways to bind on a sample world and writes what came out as tables: the ablations and comparisons that papers make, in
 * small, by one command anyone can run.
 */
public final class MethodChecks {

    private static final String PAGE = "method-checks.md";

    private final Path output;
    private final long seed;
    private final SampleSize size;
    private final ConfigurationReader reader;
    private final Engines engines;
    private final Progress progress;

    /** Prepares the checks; nothing is written yet. */
    public MethodChecks(
            Path output, long seed, SampleSize size, ConfigurationReader reader, Engines engines, Progress progress) {
        this.output = output;
        this.seed = seed;
        this.size = size;
        this.reader = reader;
        this.engines = engines;
        this.progress = progress;
    }

    /**
     * One comparison: what is measured is the bond {@value #SUBJECT} of each variant.
     *
     * @param title heading of its table
     * @param question what it is to show
     * @param variants what is compared, row by row
     */
    public record Comparison(String title, String question, List<Variant> variants) {
        /** Copies. */
        public Comparison {
            variants = List.copyOf(variants);
        }
    }

    /** The bond that every variant defines. */
    public static final String SUBJECT = "checked";

    /**
     * One way to bind.
     *
     * @param label names its row
     * @param folder where it is bound; variants that share a folder share the projectors that they have in common
     * @param bonds the value of {@code bonds} as YAML, indented by two
     */
    public record Variant(String label, String folder, String bonds) {}

    /** Routers against fixed weights, decoupling, what routers read, and item tuples against soft pairs (OmniBind). */
    public static final Comparison OMNIBIND = new Comparison(
            "OmniBind: routers and item tuples",
            "Two audio-text experts and an image-text expert are bound into the unified space. Do routers beat fixed mean"
                    + " weights, does language decoupling help the pairs with text, and what do item tuples change?",
            List.of(
                    omni("soft pairs, mean weights", "soft", "weights: mean"),
                    omni("item tuples, mean weights", "items", "weights: mean"),
                    omni("item tuples, routers without decoupling", "items", "epochs: 20, batch: 512, decoupling: 0"),
                    omni("item tuples, routers", "items", "epochs: 20, batch: 512"),
                    omni(
                            "item tuples, routers that read one space each",
                            "items",
                            "epochs: 20, batch: 512, input: {audio: [at1], image: [vt], text: [at1, vt]}"),
                    omni("soft pairs, routers", "soft", "epochs: 20, batch: 512")));

    /** The three recipes where the unified space is displaced into an expert (FreeBind, table 9). */
    public static final Comparison DISPLACEMENT_RECIPES = new Comparison(
            "Table 9: recipes of displacement",
            "The unified space is displaced into the image-text expert by FreeBind, C-MCR and Ex-MCR. Which keeps the pairs that"
                    + " are not the expert's?",
            recipes("displacement", "displace: unified, into: vt", 10));

    /** The three recipes where an expert is combined into the unified space (FreeBind, table 9). */
    public static final Comparison COMBINATION_RECIPES = new Comparison(
            "Table 9: recipes of combination",
            "The image-text expert is combined into the unified space by FreeBind, C-MCR and Ex-MCR.",
            recipes("combination", "combine: [vt], into: unified, factors: {image: 0.1, text: 0.1}", 6));

    private static List<Variant> recipes(String name, String bond, int freeBindEpochs) {
        String freeBind = String.format(Locale.ROOT, "  checked: {%s, train: {epochs: %d}}\n", bond, freeBindEpochs);
        return List.of(
                new Variant("FreeBind", name + "-freebind", freeBind),
                new Variant("C-MCR", name + "-c-mcr", "  checked: {" + bond + ", recipe: c-mcr}\n"),
                new Variant("Ex-MCR", name + "-ex-mcr", "  checked: {" + bond + ", recipe: ex-mcr}\n"));
    }

    private static Variant omni(String label, String tuples, String route) {
        boolean plain = tuples.equals("soft") && route.equals("weights: mean");
        return new Variant(
                label,
                "omnibind-" + tuples,
                String.format(
                        Locale.ROOT,
                        """
                          checked:
                            combine: [at1, at2, vt]
                            into: unified
                            collect: {tuples: %s%s}
                            route: {%s}
                        """,
                        tuples,
                        plain ? "" : ", retrievers: {audio-text: at1, audio-image: unified, image-text: vt}",
                        route));
    }

    /**
     * Makes the world, binds and measures every variant of every comparison, and writes the page; done before, it continues.
     *
     * @return the page's path
     * @throws dev.freebind.api.FreeBindException if something cannot be read or written
     */
    public Path run(List<Comparison> comparisons) {
        Path world = new SampleWorld(size, seed).writeTo(output.resolve("world"));
        StringBuilder page = new StringBuilder();
        for (Comparison comparison : comparisons) {
            page.append("## ").append(comparison.title()).append("\n\n");
            page.append(comparison.question()).append("\n\n");
            table(comparison, world, page);
        }
        Path file = output.resolve(PAGE);
        AtomicFile.writeString(file, page.toString());
        return file;
    }

    private void table(Comparison comparison, Path world, StringBuilder page) {
        boolean first = true;
        for (Variant variant : comparison.variants()) {
            Map<String, ResultRow> rows = recall(measure(variant, world), SUBJECT);
            if (first) {
                page.append("| | mean | ")
                        .append(String.join(" | ", rows.keySet()))
                        .append(" |\n");
                page.append("|---|---|").append("---|".repeat(rows.size())).append('\n');
                first = false;
            }
            row(variant.label(), rows, page);
        }
        page.append('\n');
    }

    private static void row(String label, Map<String, ResultRow> rows, StringBuilder page) {
        double mean =
                rows.values().stream().mapToDouble(ResultRow::value).average().orElse(0);
        page.append("| ").append(label).append(String.format(Locale.ROOT, " | %.1f |", 100 * mean));
        for (ResultRow row : rows.values()) {
            page.append(
                    row.ci95() == null
                            ? String.format(Locale.ROOT, " %.1f |", 100 * row.value())
                            : String.format(
                                    Locale.ROOT,
                                    " %.1f (%.1f–%.1f) |",
                                    100 * row.value(),
                                    100 * row.ci95().low(),
                                    100 * row.ci95().high()));
        }
        page.append('\n');
    }

    private Results measure(Variant variant, Path world) {
        Configuration configuration = reader.read(configuration(variant, world));
        Path folder = output.resolve(variant.folder());
        Binding.run(configuration, folder, new BindOptions(true, null, Long.MAX_VALUE), engines, progress);
        try (BoundSpace space = BoundSpace.open(folder, engines.inference())) {
            return new SpaceEvaluation(space, engines.nearest(), progress)
                    .evaluate(
                            space.configuration().evaluation(),
                            new EvaluationRequest(List.of(SUBJECT), List.of(), Customisation.CONFIGURED));
        }
    }

    /** The sample world's configuration with the variant's bonds in place of its own. */
    private static Path configuration(Variant variant, Path world) {
        try {
            String text = Files.readString(world);
            int bonds = text.indexOf("\nbonds:");
            int evaluation = text.indexOf("\nevaluation:");
            Path file = world.resolveSibling(variant.folder() + ".yaml");
            AtomicFile.writeString(
                    file, text.substring(0, bonds) + "\nbonds:\n" + variant.bonds() + text.substring(evaluation));
            return file;
        } catch (IOException e) {
            throw new DataException(world + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Recall@1 of both directions of every pair of the retrieval task, by direction. */
    private static Map<String, ResultRow> recall(Results results, String subject) {
        Map<String, ResultRow> recall = new TreeMap<>();
        for (ResultRow row : results.rows()) {
            if (row.subject().toString().equals(subject)
                    && row.measure().metric().toString().equals("recall@1")
                    && !row.measure().direction().equals(Measure.MEAN)) {
                recall.put(row.measure().direction().replace("->", " → "), row);
            }
        }
        return recall;
    }
}
