package dev.freebind.evaluation.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.evaluation.SampleResults;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {

    @Test
    void theTableLooksLikeTheDocumentedOne() {
        assertThat(TextTable.render(SampleResults.results(), 120)).isEqualTo("""
                        test: retrieval, mean of both directions
                                                               audio-text                            audio-image
                        space                                      R@1      R@5     R@10     MedR        R@1      R@5     R@10     MedR
                        ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
                        vt-u-plusplus [versatile]                29.42    56.67    70.46      4.0      15.48*   33.21*   44.49*     7.0*
                        vt-u-plusplus [audio-text-expertise]     43.10*   74.16*   86.10*     3.0*     12.23    26.88    36.66      9.0
                        vt-u                                     11.17    24.74    33.94     10.0      13.77    29.92    40.46      8.0
                        unified                                   9.24    20.76    28.78     12.0      14.82    31.95    42.96      8.0
                        at1                                      43.10*   74.16*   86.10*     3.0*         –        –        –        –

                        test: retrieval, mean of both directions
                                                               image-text
                        space                                      R@1      R@5     R@10     MedR
                        ─────────────────────────────────────────────────────────────────────────
                        vt-u-plusplus [versatile]                61.13    89.65    96.34      3.0*
                        vt-u-plusplus [audio-text-expertise]     54.75    85.09    93.77      3.0*
                        vt-u                                     61.49*   89.88*   96.46*     3.0*
                        unified                                  57.28    87.01    94.90      3.0*
                        vt                                       61.49*   89.88*   96.46*     3.0*

                        esc: classification
                                                    audio-text
                        space                         Acc@1
                        ───────────────────────────────────
                        vt-u-plusplus [versatile]     87.25*
                        unified                       67.25

                        * best of its column · – did not take part · all in percent but MedR, the median rank
                        test text->audio: 3 queries without a relevant item left out
                        test text->image: 3 queries without a relevant item left out
                        esc: classes without items: "rain"
                        test audio-text: not measured: vt (lacks audio)
                        test image-text: not measured: at1 (lacks image)
                        captions image-text: not measured: vt-u (lacks vt.image, vt.text)
                        """);
    }

    @Test
    void noLineIsWiderThanTheTerminal() {
        for (int width : new int[] {80, 100, 120, 160}) {
            assertThat(TextTable.render(SampleResults.results(), width).lines())
                    .allMatch(line -> line.length() <= width);
        }
    }

    @Test
    void ofTwoValuesThatLookTheSameBothAreBest() {
        ResultTable table = ResultTable.of(SampleResults.results());
        long best = table.sections().get(0).lines().stream()
                .flatMap(line -> line.cells().entrySet().stream())
                .filter(cell -> cell.getKey().pair().equals("image-text")
                        && cell.getKey().metric().name().equals("recall@1")
                        && cell.getValue().best())
                .count();
        assertThat(best).isEqualTo(2); // vt-u and vt
    }

    @Test
    void whereADirectionLeavesOutMoreQueriesThanItKeepsEachDirectionIsShown() {
        List<ResultRow> rows = new ArrayList<>();
        rows.add(sounds("audio->image", 0.25, new ResultRow.Counts(160, 0, 1203)));
        rows.add(sounds("image->audio", 1, new ResultRow.Counts(6, 1197, 160)));
        rows.add(sounds(Measure.MEAN, 0.625, null));

        assertThat(TextTable.render(Results.of(rows), 100))
                .contains("sounds: retrieval\n")
                .contains("audio->image   image->audio")
                .contains("25.00     100.00")
                .doesNotContain("62.50");
    }

    private static ResultRow sounds(String direction, double value, ResultRow.Counts counts) {
        ResultRow like = SampleResults.results().rows().get(0);
        Measure measure = new Measure(
                "sounds", "retrieval", "audio-image", direction, like.measure().metric());
        return new ResultRow(new Subject("bound", null), measure, value, null, counts, like.conditions());
    }
}
