package dev.freebind.bonds.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.collection.CollectionPlan.SpaceModality;
import dev.freebind.bonds.collection.CollectionPlan.Step;
import dev.freebind.bonds.collection.CollectionPlan.TupleSet;
import dev.freebind.bonds.graph.BondGraph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Carries out the rule's plans in float64 on small corpora and compares every pseudo embedding with values computed from the
 * paper's equations by an independent PyTorch program.
 */
class PaperTablesTest {

    private static final double TEMPERATURE = 0.01;

    private static final Set<Modality> ALL = Set.of(Modality.AUDIO, Modality.IMAGE, Modality.TEXT);

    private static final BondGraph GRAPH = Configurations.graph("""
            spaces:
              unified: {modalities: [audio, image, text], dimension: 16}
              image-text: {modalities: [image, text], dimension: 12}
              audio-text: {modalities: [audio, text], dimension: 10}
            bonds:
              displaced: {displace: unified, into: image-text}
              combined: {combine: [audio-text], into: unified}
            """);

    @ParameterizedTest
    @CsvSource({"displaced, unified, image-text", "combined, audio-text, audio-text"})
    void theRuleGivesThePseudoPairsOfThePapersEquations(String bond, String source, String expert) {
        CollectionPlan plan = CollectionRule.plan(GRAPH, GRAPH.pseudoPairBond(bond), source, ALL);
        Set<Modality> starts = new TreeSet<>();
        int compared = 0;
        for (TupleSet tuples : plan.starts()) {
            starts.add(tuples.start());
            Map<SpaceModality, double[][]> results = execute(tuples);
            for (String space : new String[] {plan.expert(), plan.unified()}) {
                for (Modality modality : tuples.modalities(space)) {
                    String golden = "pseudo/" + expert + "/start-" + tuples.start() + "/"
                            + (space.equals(expert) ? "expert-" : "unified-") + modality;
                    assertClose(results.get(new SpaceModality(space, modality)), npy(golden), golden);
                    compared++;
                }
            }
        }
        assertThat(starts).isEqualTo(new TreeSet<>(ALL));
        assertThat(compared)
                .as("2 expert and 3 unified modalities from each of 3 starts")
                .isEqualTo(15);
    }

    private static Map<SpaceModality, double[][]> execute(TupleSet tuples) {
        Map<SpaceModality, double[][]> known = new HashMap<>();
        for (String space : tuples.nativeSpaces()) {
            known.put(new SpaceModality(space, tuples.start()), corpus(space, tuples.start()));
        }
        for (Step step : tuples.steps()) {
            double[][] queries = known.get(step.query());
            double[][] keys = corpus(step.keys().space(), step.keys().modality());
            for (String space : step.values()) {
                known.put(
                        new SpaceModality(space, step.keys().modality()),
                        aggregate(queries, keys, corpus(space, step.keys().modality())));
            }
        }
        return known;
    }

    /** {@code softmax(Q Kᵀ / τ) V}. */
    private static double[][] aggregate(double[][] queries, double[][] keys, double[][] values) {
        double[][] results = new double[queries.length][values[0].length];
        for (int q = 0; q < queries.length; q++) {
            double[] weights = new double[keys.length];
            double largest = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < keys.length; k++) {
                for (int d = 0; d < keys[k].length; d++) {
                    weights[k] += queries[q][d] * keys[k][d] / TEMPERATURE;
                }
                largest = Math.max(largest, weights[k]);
            }
            double sum = 0;
            for (int k = 0; k < keys.length; k++) {
                weights[k] = Math.exp(weights[k] - largest);
                sum += weights[k];
            }
            for (int k = 0; k < keys.length; k++) {
                for (int d = 0; d < values[k].length; d++) {
                    results[q][d] += weights[k] / sum * values[k][d];
                }
            }
        }
        return results;
    }

    private static void assertClose(double[][] found, double[][] expected, String name) {
        assertThat(found).as(name).hasDimensions(expected.length, expected[0].length);
        for (int row = 0; row < expected.length; row++) {
            for (int d = 0; d < expected[row].length; d++) {
                assertThat(found[row][d]).as("%s[%d, %d]", name, row, d).isCloseTo(expected[row][d], within(1e-5));
            }
        }
    }

    private static double[][] corpus(String space, Modality modality) {
        return npy("corpora/" + space + "/" + modality);
    }

    /** Just enough of npy version 1 for these files: little-endian float32 matrices. */
    private static double[][] npy(String name) {
        try (InputStream stream = PaperTablesTest.class.getResourceAsStream("/goldens/" + name + ".npy")) {
            ByteBuffer bytes = ByteBuffer.wrap(stream.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            int header = bytes.getShort(8);
            String text = new String(bytes.array(), 10, header, StandardCharsets.US_ASCII);
            Matcher shape = Pattern.compile("'<f4'.*\\((\\d+), (\\d+)\\)").matcher(text);
            assertThat(shape.find()).as(text).isTrue();
            bytes.position(10 + header);
            double[][] rows = new double[Integer.parseInt(shape.group(1))][Integer.parseInt(shape.group(2))];
            for (double[] row : rows) {
                for (int d = 0; d < row.length; d++) {
                    row[d] = bytes.getFloat();
                }
            }
            return rows;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
