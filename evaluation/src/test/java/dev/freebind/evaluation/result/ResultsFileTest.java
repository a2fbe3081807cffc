package dev.freebind.evaluation.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.DataException;
import dev.freebind.evaluation.SampleResults;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.result.QueryOutcomes.Ranks;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsFileTest {

    @Test
    void aRowHasTheFieldsOfTheContractInTheirOrder() throws Exception {
        JsonNode row = new ObjectMapper()
                .readTree(ResultsFile.toJson(SampleResults.results()))
                .get("rows")
                .get(0);
        assertThat(row.fieldNames())
                .toIterable()
                .containsExactly(
                        "space",
                        "preset",
                        "dataset",
                        "task",
                        "pair",
                        "direction",
                        "metric",
                        "value",
                        "ci95",
                        "queries",
                        "skipped",
                        "gallery",
                        "factors",
                        "without",
                        "projectors");
        assertThat(row.get("factors").toString()).isEqualTo("{\"vt-u-plusplus\":{\"audio\":0.5,\"text\":0.1}}");
    }

    @Test
    void whatIsWrittenIsReadBack(@TempDir Path folder) {
        Path file = folder.resolve("results.json");
        Results results = SampleResults.results();
        ResultsFile.write(file, results);
        Results read = ResultsFile.read(file);
        assertThat(read.rows()).isEqualTo(results.rows());
        assertThat(read.leftOut()).isEqualTo(results.leftOut());
        assertThat(read.classes()).isEqualTo(results.classes());
        assertThat(ResultsFile.toJson(read)).isEqualTo(ResultsFile.toJson(results));
        Ranks ranks = (Ranks) read.queries().get(0).outcome();
        assertThat(ranks.ranks().ranks().tied()).containsExactly(1, 2, 0, 1);
        assertThat(read.queries().get(2).outcome().values(Metric.MEAN_AVERAGE_PRECISION))
                .containsExactly(0.5, 1.0 / 3);
        assertThat(ranks.values(Metric.recall(4))).containsExactly(1.0, 0.5, 0.0);
    }

    @Test
    void theContractsExampleIsRead() {
        Results results = ResultsFile.parse("""
                {"schema": 1, "rows": [
                 {"space": "vt-u-plusplus", "preset": "versatile", "dataset": "test", "task": "retrieval", "pair": "audio-text", "direction": "text->audio", "metric": "recall@1", "value": 0.412, "ci95": [0.38, 0.44], "queries": 1000, "skipped": 0, "gallery": 1000,
                  "factors": {"vt-u-plusplus": {"audio": 0.5, "text": 0.1}}, "without": [], "projectors": "all"},
                 {"space": "vt-u-plusplus", "preset": "versatile", "dataset": "test", "task": "retrieval", "pair": "audio-text", "direction": "mean", "metric": "recall@1", "value": 0.409}
                ]}
                """, "example");
        assertThat(results.rows()).hasSize(2);
        assertThat(results.rows().get(1).value()).isEqualTo(0.409);
        assertThat(results.rows().get(1).ci95()).isNull();
    }

    @Test
    void anotherSchemaIsRefusedByItsNumber() {
        assertThatThrownBy(() -> ResultsFile.parse("{\"schema\": 2, \"rows\": []}", "new.json"))
                .isInstanceOf(DataException.class)
                .hasMessage("new.json: results of schema 2 cannot be read; this version reads schema 1");
    }

    @Test
    void damageIsReportedWithItsPlace(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> ResultsFile.parse("{\"schema\": 1, \"rows\": [{\"space\": 3}]}", "r.json"))
                .isInstanceOf(DataException.class)
                .hasMessage("r.json, rows[0]: 'dataset' is missing, expected a text");
        assertThatThrownBy(() -> ResultsFile.parse("{\"schema\": 1,\n \"rows\": [", "r.json"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("r.json, line 2: not a results file");
        assertThatThrownBy(() -> ResultsFile.parse("[]", "r.json")).hasMessageContaining("has no 'schema'");
        Path missing = folder.resolve("missing.json");
        assertThatThrownBy(() -> ResultsFile.read(missing)).hasMessageEndingWith("there is no such file");
        Path ties = folder.resolve("ties.json");
        Files.writeString(ties, """
                {"schema": 1, "rows": [], "queries": [{"space": "s", "dataset": "d", "pair": "a-b", "direction": "a->b",
                 "better": [0], "ties": [[4, 2, 1]]}]}""");
        assertThatThrownBy(() -> ResultsFile.read(ties)).hasMessageContaining("queries[0]: 'ties' has [4,2,1]");
    }
}
