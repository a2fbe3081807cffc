package dev.freebind.evaluation.task;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.execution.Hubness;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.evaluation.geometry.ModalityGap;
import dev.freebind.evaluation.geometry.PrincipalPlane;
import dev.freebind.evaluation.geometry.SpaceGeometry;
import dev.freebind.evaluation.geometry.SpaceGeometry.PairGeometry;
import dev.freebind.evaluation.task.RetrievalItems.Relevant;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Looks at how the items of a retrieval task lie in spaces, on {@value #SAMPLE} rows of each modality at most, drawn by a seed;
 * only these are embedded.
 *
 * @param graph the spaces
 * @param source of the items' embeddings
 * @param inference embeds; the caller's to close
 * @param nearest searches the samples
 * @param seed decides the sample
 */
public record GeometryMeasurement(
        BondGraph graph, EmbeddingSource source, Inference inference, NearestItems nearest, long seed) {

    static final int SAMPLE = 2_000;
    private static final int NEIGHBOURS = 10;

    /**
     * Looks at a task in spaces.
     *
     * @param spaces in the order of the result; those that embed less than two of the task's pairs' modalities under
     *     these choices, or lack embeddings, are left out
     * @throws dev.freebind.api.DataException if the items cannot be read
     */
    public List<SpaceGeometry> of(Retrieval task, List<String> spaces, Customisation customisation, Progress progress) {
        Sampled sampled = new Sampled(task);
        List<SpaceGeometry> geometries = new ArrayList<>();
        try (Progress.Task bar = progress.start(task.name() + ": geometry", spaces.size(), "spaces")) {
            for (String space : spaces) {
                of(task, space, customisation, sampled).ifPresent(geometries::add);
                bar.advance(1);
            }
        }
        return geometries;
    }

    private Optional<SpaceGeometry> of(Retrieval task, String space, Customisation customisation, Sampled sampled) {
        Map<Modality, float[][]> rows = new LinkedHashMap<>();
        Map<Modality, Embeddings> embeddings = new LinkedHashMap<>();
        TreeSet<Modality> modalities = new TreeSet<>();
        task.pairs().forEach(pair -> modalities.addAll(List.of(pair.first(), pair.second())));
        for (Modality modality : modalities) {
            TaskItems items = sampled.items(modality);
            Composition.find(graph, space, modality, customisation)
                    .filter(expression -> items.missing(expression).isEmpty() && items.rows() > 1)
                    .ifPresent(expression -> {
                        float[][] read = read(items.evaluate(expression, inference));
                        rows.put(modality, read);
                        embeddings.put(modality, flat(read, space + "." + modality));
                    });
        }
        List<PairGeometry> pairs = new ArrayList<>();
        for (Pair pair : task.pairs()) {
            float[][] first = rows.get(pair.first());
            float[][] second = rows.get(pair.second());
            if (first != null && second != null) {
                Embeddings a = Objects.requireNonNull(embeddings.get(pair.first()));
                Embeddings b = Objects.requireNonNull(embeddings.get(pair.second()));
                pairs.add(new PairGeometry(
                        pair.toString(),
                        ModalityGap.of(first, second, sampled.partners(pair)),
                        hubs(a, b),
                        hubs(b, a),
                        new int[] {first.length, second.length}));
            }
        }
        if (pairs.isEmpty()) {
            return Optional.empty();
        }
        PrincipalPlane plane =
                PrincipalPlane.of(rows.values().stream().flatMap(Arrays::stream).toArray(float[][]::new));
        Map<Modality, List<double[]>> points = new LinkedHashMap<>();
        rows.forEach((modality, ofModality) -> points.put(
                modality, Arrays.stream(ofModality).map(plane::project).toList()));
        return Optional.of(new SpaceGeometry(space, task.name(), pairs, points, plane.explained()));
    }

    private Hubness hubs(Embeddings queries, Embeddings gallery) {
        NearestItems.Neighbours found = nearest.nearest(queries, gallery, NEIGHBOURS, Progress.SILENT.start("", 0, ""));
        return Hubness.of(found.rows(), found.k(), Math.toIntExact(gallery.rows()));
    }

    private static float[][] read(Embeddings embeddings) {
        int count = Math.toIntExact(embeddings.rows());
        FloatBuffer all = FloatBuffer.allocate(Math.multiplyExact(count, embeddings.dimension()));
        embeddings.read(0, count, all);
        all.flip();
        float[][] rows = new float[count][embeddings.dimension()];
        for (float[] row : rows) {
            all.get(row);
        }
        return rows;
    }

    private static Embeddings flat(float[][] rows, String origin) {
        int dimension = rows[0].length;
        float[] values = new float[rows.length * dimension];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, values, i * dimension, dimension);
        }
        return Embeddings.of(values, dimension, origin);
    }

    /** The sampled items of one task. */
    private final class Sampled {

        private final Retrieval task;
        private final RetrievalItems all;
        private final Map<Modality, TaskItems> items = new HashMap<>();
        private final Map<Modality, int[]> chosen = new HashMap<>();

        Sampled(Retrieval task) {
            this.task = task;
            this.all = new RetrievalItems(task, source);
        }

        TaskItems items(Modality modality) {
            return items.computeIfAbsent(modality, unknown -> {
                var data = Objects.requireNonNull(task.items().get(modality));
                return new TaskItems(
                        task.name() + ", " + modality,
                        space -> source.open(space, modality, data).map(whole -> {
                            all.side(modality).items().open(space); // now it is known how many items there are
                            return gather(whole, modality);
                        }));
            });
        }

        /** The sampled rows of leaf embeddings, in memory; the same rows in every space and, if aligned, modality. */
        private Embeddings gather(Embeddings whole, Modality modality) {
            int[] rows = chosen.computeIfAbsent(
                    modality, unknown -> sample(whole.rows(), task.relevance() == null ? 0 : modality.hashCode()));
            int dimension = whole.dimension();
            FloatBuffer values = FloatBuffer.allocate(rows.length * dimension);
            for (int row : rows) {
                if (row < whole.rows()) {
                    whole.read(row, 1, values);
                }
            }
            return Embeddings.of(
                    values.position() == values.capacity()
                            ? values.array()
                            : Arrays.copyOf(values.array(), values.position()),
                    dimension,
                    whole.origin());
        }

        /** For every sampled item of the first modality a sampled item of the second that belongs to it, or -1. */
        int[] partners(Pair pair) {
            int[] first = Objects.requireNonNull(chosen.get(pair.first()));
            int[] second = Objects.requireNonNull(chosen.get(pair.second()));
            int[] partners = new int[first.length];
            if (task.relevance() == null) {
                Arrays.setAll(partners, i -> i);
                return partners;
            }
            Relevant relevant = all.relevant(pair);
            Map<Integer, Integer> places = new HashMap<>();
            for (int place = 0; place < second.length; place++) {
                places.put(second[place], place);
            }
            for (int i = 0; i < first.length; i++) {
                partners[i] = -1;
                for (int row : relevant.forward().relevant(first[i])) {
                    partners[i] = places.getOrDefault(row, partners[i]);
                }
            }
            return partners;
        }

        private int[] sample(long total, int stream) {
            int count = (int) Math.min(SAMPLE, total);
            SplittableRandom random = new SplittableRandom(seed ^ (0x9E3779B97F4A7C15L * (stream + 1L)));
            int[] rows = new int[count];
            int taken = 0;
            for (long row = 0; taken < count; row++) {
                // each row is taken with the probability that makes all samples alike
                if (random.nextDouble() * (total - row) < count - taken) {
                    rows[taken++] = Math.toIntExact(row);
                }
            }
            return rows;
        }
    }
}
