package dev.freebind.evaluation.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.evaluation.SampleResults;
import dev.freebind.evaluation.interval.Bootstrap;
import dev.freebind.evaluation.interval.Statistic;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.result.Comparison.Line;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {

    private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 7);

    /** Both directions with these ranks, and rows that agree with them. */
    private static Results results(String space, int... better) {
        Subject subject = new Subject(space, null);
        int[] ones = new int[better.length];
        Arrays.fill(ones, 1);
        List<ResultRow> rows = new ArrayList<>();
        List<QueryOutcomes> queries = List.of(
                SampleResults.ranks(subject, "audio->text", better, ones, ones),
                SampleResults.ranks(subject, "text->audio", better, ones, ones));
        double value = Statistic.MEAN.of(queries.get(0).outcome().values(Metric.recall(1)));
        for (String direction : List.of("audio->text", "text->audio", Measure.MEAN)) {
            rows.add(new ResultRow(
                    subject,
                    new Measure("test", "retrieval", "audio-text", direction, Metric.recall(1)),
                    value,
                    null,
                    null,
                    Conditions.NONE));
        }
        return new Results(rows, List.of(), List.of(), queries);
    }

    private static int[] ranks(int n, int hitEvery) {
        int[] better = new int[n];
        Arrays.setAll(better, i -> i % hitEvery == 0 ? 0 : 5);
        return better;
    }

    @Test
    void twoSpacesAreTestedOnTheSameQueries() {
        Comparison comparison = Comparison.of(
                new Selection("A.json", results("good", ranks(120, 2)), null),
                new Selection("B.json", results("bad", ranks(120, 6)), null),
                BOOTSTRAP);
        assertThat(comparison.lines()).hasSize(3);
        for (Line line : comparison.lines()) {
            assertThat(line.unpaired()).isNull();
            assertThat(line.test().difference()).isCloseTo(0.5 - 1.0 / 6, within(1e-12));
            assertThat(line.test().ci95().low()).isGreaterThan(0.2);
            assertThat(line.holmP()).isCloseTo(3.0 / 1001, within(1e-12));
        }
        assertThat(comparison.lines().get(0).test().firstHigher()).isEqualTo(40);
        assertThat(comparison.render())
                .contains("A: good   B: bad", "audio->text, recall@1", "+33.33", "40/0", "corrected for 3 tests");
    }

    @Test
    void theMeanOfRowAlignedDirectionsIsResampledByItem() {
        Line mean = Comparison.of(
                        new Selection("A", results("a", ranks(120, 2)), null),
                        new Selection("B", results("a", ranks(120, 3)), null),
                        BOOTSTRAP)
                .lines()
                .get(2);
        Line single = Comparison.of(
                        new Selection("A", results("a", ranks(120, 2)), null),
                        new Selection("B", results("a", ranks(120, 3)), null),
                        BOOTSTRAP)
                .lines()
                .get(0);
        // both directions have the same outcomes, so by item the mean is exactly as uncertain as one direction
        assertThat(mean.test().ci95().low()).isCloseTo(single.test().ci95().low(), within(1e-12));
    }

    @Test
    void withoutOutcomesOrWithOtherQueriesThereIsNoPairedTestAndTheReasonIsSaid() {
        Results plain = Results.of(results("a", ranks(120, 2)).rows());
        Comparison without = Comparison.of(
                new Selection("A", plain, null), new Selection("B", results("a", ranks(120, 3)), null), BOOTSTRAP);
        assertThat(without.lines()).allMatch(line -> line.test() == null && line.unpaired() != null);
        assertThat(without.render()).contains("no paired test", "a file keeps no outcomes by query");
        Comparison others = Comparison.of(
                new Selection("A", results("a", ranks(120, 2)), null),
                new Selection("B", results("a", ranks(60, 2)), null),
                BOOTSTRAP);
        assertThat(others.render()).contains("the queries or galleries are not the same");
    }

    @Test
    void nothingInCommonListsWhatThereIs() {
        Results several = SampleResults.results();
        assertThatThrownBy(() -> Comparison.of(
                        new Selection("A", several, null), new Selection("B", results("other", 0, 1), null), BOOTSTRAP))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no space in common")
                .hasMessageContaining("vt-u-plusplus@versatile")
                .hasMessageContaining("other");
    }

    @Test
    void aSubjectIsChosenBehindTheFileName(@TempDir Path folder) {
        Path file = folder.resolve("r.json");
        ResultsFile.write(file, SampleResults.results());
        assertThat(Selection.parse(file + "#vt-u-plusplus@versatile").subject()).isEqualTo(SampleResults.VERSATILE);
        assertThat(Selection.parse(file + "#vt").subject()).isEqualTo(new Subject("vt", null));
        assertThat(Selection.parse(file.toString()).subject()).isNull();
        assertThatThrownBy(() -> Selection.parse(file + "#vt-u-plusplus"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("several presets of 'vt-u-plusplus'");
        assertThatThrownBy(() -> Selection.parse(file + "#vx")).hasMessageContaining("no 'vx'; choose one of");
    }
}
