package dev.freebind.distribution.workflow;

import dev.freebind.api.DataException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.distribution.sample.CaptionWorld;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Compares ways to bind on sample worlds and writes what came out as tables: the ablations and comparisons that papers make, in
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

    /** The simulated world that a comparison is made on. */
    public enum World {
        /** Every text is about everything. */
        SAMPLE {
            @Override
            Path write(SampleSize size, long seed, Path folder) {
                return new SampleWorld(size, seed).writeTo(folder);
            }
        },
        /** A text is the caption of a sound or of a photo. */
        CAPTIONS {
            @Override
            Path write(SampleSize size, long seed, Path folder) {
                return new CaptionWorld(size, seed).writeTo(folder);
            }
        };

        abstract Path write(SampleSize size, long seed, Path folder);

        private String folder() {
            return "world-" + name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One comparison: what is measured is the bond {@value #SUBJECT} of each variant.
     *
     * @param name short, for the command line
     * @param title heading of its table
     * @param question what it is to show
     * @param world what is bound
     * @param variants what is compared, row by row
     */
    public record Comparison(String name, String title, String question, World world, List<Variant> variants) {
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

    private static final Omni CAPTIONS = new Omni("captions", "at1, at2, vt1, vt2", "vt1");
    private static final Omni TEXTS = new Omni("texts", "at1, at2, vt", "vt");

    /** Routers against fixed weights, decoupling, what routers read, and item tuples against soft pairs (OmniBind). */
    public static final Comparison OMNIBIND = new Comparison(
            "omnibind",
            "OmniBind: routers and item tuples",
            "Two audio-text and two image-text experts are bound into the unified space; texts are captions of sounds or of photos."
                    + " Do routers beat fixed mean weights, does language decoupling help the pairs with text, and what do item"
                    + " tuples change?",
            World.CAPTIONS,
            List.of(
                    CAPTIONS.variant("soft pairs, mean weights", "soft", "weights: mean"),
                    CAPTIONS.variant("item tuples, mean weights", "items", "weights: mean"),
                    CAPTIONS.variant("item tuples, routers without decoupling", "items", "decoupling: 0"),
                    CAPTIONS.variant("item tuples, routers", "items", "weights: learned"),
                    CAPTIONS.variant(
                            "item tuples, routers that read one space each",
                            "items",
                            "input: {audio: [at1], image: [vt1], text: [at1, vt1]}"),
                    CAPTIONS.variant("soft pairs, routers", "soft", "weights: learned")));

    /** Routers where every text is about everything, so that there is nothing for decoupling to tell apart. */
    public static final Comparison TEXTS_ALIKE = new Comparison(
            "texts-alike",
            "OmniBind where all texts are alike",
            "Every text is about all that can be heard and seen, so that no text belongs to one group of experts. What do routers do"
                    + " then?",
            World.SAMPLE,
            List.of(
                    TEXTS.variant("item tuples, mean weights", "items", "weights: mean"),
                    TEXTS.variant("item tuples, routers", "items", "weights: learned"),
                    TEXTS.variant(
                            "item tuples, routers without sharpening or decoupling",
                            "items",
                            "decoupling: 0, sharpening: {text: 1}")));

    /** The three recipes where the unified space is displaced into an expert (FreeBind, table 9). */
    public static final Comparison DISPLACEMENT_RECIPES = new Comparison(
            "displacement",
            "Table 9: recipes of displacement",
            "The unified space is displaced into the image-text expert by FreeBind, C-MCR and Ex-MCR. Which keeps the pairs that"
                    + " are not the expert's?",
            World.SAMPLE,
            recipes("displacement", "displace: unified, into: vt"));

    /** The three recipes where an expert is combined into the unified space (FreeBind, table 9). */
    public static final Comparison COMBINATION_RECIPES = new Comparison(
            "combination",
            "Table 9: recipes of combination",
            "The image-text expert is combined into the unified space by FreeBind, C-MCR and Ex-MCR.",
            World.SAMPLE,
            recipes("combination", "combine: [vt], into: unified, factors: {image: 0.1, text: 0.1}"));

    /** All recipes pass over the data as often as C-MCR and Ex-MCR do, so that none has more training than another. */
    private static List<Variant> recipes(String name, String bond) {
        return List.of(
                new Variant("FreeBind", name + "-freebind", "  checked: {" + bond + ", train: {epochs: 36}}\n"),
                new Variant("C-MCR", name + "-c-mcr", "  checked: {" + bond + ", recipe: c-mcr}\n"),
                new Variant("Ex-MCR", name + "-ex-mcr", "  checked: {" + bond + ", recipe: ex-mcr}\n"));
    }

    /** All comparisons, in the order of the page. */
    public static final List<Comparison> ALL =
            List.of(OMNIBIND, TEXTS_ALIKE, DISPLACEMENT_RECIPES, COMBINATION_RECIPES);

    /** The bond of an OmniBind comparison: which experts are bound, and which of them retrieves images for texts. */
    private record Omni(String name, String experts, String imageText) {

        Variant variant(String label, String tuples, String route) {
            boolean plain = tuples.equals("soft") && route.equals("weights: mean");
            return new Variant(
                    label,
                    name + "-" + tuples,
                    String.format(
                            Locale.ROOT,
                            """
                              checked:
                                combine: [%s]
                                into: unified
                                collect: {tuples: %s%s}
                                route: {%s}
                            """,
                            experts,
                            tuples,
                            plain
                                    ? ""
                                    : ", retrievers: {audio-text: at1, audio-image: unified, image-text: " + imageText
                                            + "}",
                            route));
        }
    }

    /**
     * What came out for a variant.
     *
     * @param label of the variant
     * @param recall recall@1 in [0, 1] with its interval, by direction, in alphabetical order
     */
    public record Row(String label, NavigableMap<String, ResultRow> recall) {
        /** Copies. */
        public Row {
            recall = Collections.unmodifiableNavigableMap(new TreeMap<>(recall));
        }

        /** The mean over the directions, in [0, 1]. */
        public double mean() {
            return recall.values().stream()
                    .mapToDouble(ResultRow::value)
                    .average()
                    .orElse(0);
        }
    }

    /**
     * Makes the worlds, binds and measures every variant of every comparison, and writes the page; done before, it continues.
     *
     * @return the page's path
     * @throws dev.freebind.api.FreeBindException if something cannot be read or written
     */
    public Path run(List<Comparison> comparisons) {
        StringBuilder page = new StringBuilder();
        for (Comparison comparison : comparisons) {
            page.append("## ").append(comparison.title()).append("\n\n");
            page.append(comparison.question()).append("\n\n");
            table(measure(comparison), page);
        }
        Path file = output.resolve(PAGE);
        AtomicFile.writeString(file, page.toString());
        return file;
    }

    /**
     * Makes the world, binds and measures every variant; done before, it continues.
     *
     * @return a row for each variant, in order
     * @throws dev.freebind.api.FreeBindException if something cannot be read or written
     */
    public List<Row> measure(Comparison comparison) {
        Path world = comparison
                .world()
                .write(size, seed, output.resolve(comparison.world().folder()));
        List<Row> rows = new ArrayList<>();
        for (Variant variant : comparison.variants()) {
            rows.add(new Row(variant.label(), recall(measure(variant, world))));
        }
        return List.copyOf(rows);
    }

    private static void table(List<Row> rows, StringBuilder page) {
        NavigableMap<String, ResultRow> first = rows.get(0).recall();
        page.append("| | mean | ").append(String.join(" | ", first.keySet())).append(" |\n");
        page.append("|---|---|").append("---|".repeat(first.size())).append('\n');
        for (Row row : rows) {
            page.append("| ").append(row.label()).append(String.format(Locale.ROOT, " | %.1f |", 100 * row.mean()));
            row.recall().values().forEach(value -> page.append(cell(value)));
            page.append('\n');
        }
        page.append('\n');
    }

    private static String cell(ResultRow row) {
        return row.ci95() == null
                ? String.format(Locale.ROOT, " %.1f |", 100 * row.value())
                : String.format(
                        Locale.ROOT,
                        " %.1f (%.1f–%.1f) |",
                        100 * row.value(),
                        100 * row.ci95().low(),
                        100 * row.ci95().high());
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

    /** Recall@1 of both directions of every pair that is measured, by direction. */
    private static NavigableMap<String, ResultRow> recall(Results results) {
        NavigableMap<String, ResultRow> recall = new TreeMap<>();
        for (ResultRow row : results.rows()) {
            if (row.subject().toString().equals(SUBJECT)
                    && row.measure().metric().toString().equals("recall@1")
                    && !row.measure().direction().equals(Measure.MEAN)) {
                recall.put(row.measure().direction().replace("->", " → "), row);
            }
        }
        return recall;
    }
}
