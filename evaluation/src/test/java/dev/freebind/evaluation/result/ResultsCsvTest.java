package dev.freebind.evaluation.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.evaluation.SampleResults;
import dev.freebind.evaluation.internal.Csv;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsCsvTest {

    @Test
    void clipBenchmarksNamesStandBesideOurs() {
        List<String> lines = ResultsCsv.toCsv(SampleResults.results()).lines().toList();
        assertThat(lines.get(0))
                .isEqualTo(
                        "space,preset,dataset,task,pair,direction,metric,clip_benchmark_metric,value,ci95_low,ci95_high,"
                                + "queries,skipped,gallery,factors,without,projectors");
        assertThat(lines)
                .anyMatch(line -> line.contains("text->image,recall@5,image_retrieval_recall@5,"))
                .anyMatch(line -> line.contains("image->text,recall@5,text_retrieval_recall@5,"))
                .anyMatch(line -> line.contains("audio->text,accuracy@1,acc1,"))
                .anyMatch(line -> line.contains("mean,recall@1,,"));
        assertThat(lines.get(1)).endsWith(",1000,0,1000,vt-u-plusplus.audio=0.5;vt-u-plusplus.text=0.1,,all");
        assertThat(lines).allMatch(line -> Csv.fields(line).size() == 17);
    }

    @Test
    void fieldsWithCommasAndQuotesSurvive() {
        List<String> fields = List.of("plain", "a,b", "say \"hi\"", "", " x ");
        String line = Csv.line(fields);
        assertThat(line).isEqualTo("plain,\"a,b\",\"say \"\"hi\"\"\",, x \n");
        assertThat(Csv.fields(line.strip().replace(",, x", ",,x")))
                .containsExactly("plain", "a,b", "say \"hi\"", "", "x");
        assertThat(Csv.fields("a,")).containsExactly("a", "");
    }
}
