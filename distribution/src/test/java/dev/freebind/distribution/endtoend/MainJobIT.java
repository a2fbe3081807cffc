package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.formats.npy.NpyArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** bind, evaluate, compare, sweep and embed, as the contract describes them. */
class MainJobIT {

    private static BoundWorld world;
    private static Path results;
    private static Installation.Run evaluation;

    @BeforeAll
    static void bindAndEvaluate() {
        world = BoundWorld.get();
        Path scratch = world.scratch("main-job");
        results = scratch.resolve("results.json");
        evaluation = world.run(
                        "evaluate",
                        "my-space",
                        "--json",
                        results.toString(),
                        "--csv",
                        scratch.resolve("results.csv").toString(),
                        "--report",
                        scratch.resolve("report.html").toString())
                .succeeded();
    }

    private static JsonNode json(Path file) throws Exception {
        return new ObjectMapper().readTree(file.toFile());
    }

    @Test
    void bindWritesTheBoundSpaceAndSaysSoInOneLine() throws Exception {
        assertThat(world.binding().out().lines()).containsExactly("my-space: 14 projectors trained");
        assertThat(world.binding().err()).contains("vt-u").doesNotContain("checking ");
        assertThat(Tree.reproducible(world.space()).keySet())
                .contains("space.yaml", "projectors/vt-u/unified/VAT.safetensors")
                .hasSize(1 + 14);
        assertThat(Tree.assertNothingHalfWritten(world.space())).isGreaterThan(15);
        JsonNode provenance = json(world.space().resolve("provenance.json"));
        assertThat(provenance.get("seed").asLong()).isEqualTo(7);
        assertThat(provenance.get("inputs"))
                .hasSize(7)
                .allSatisfy(input -> assertThat(input.get("sha256").asText()).hasSize(64));
        assertThat(provenance.get("steps")).hasSize(14);
        assertThat(provenance.get("host").has("device")).isTrue();
    }

    @Test
    void evaluatePrintsTheTableOnStandardOutputAndProgressOnStandardError() {
        assertThat(evaluation.out())
                .contains("test: retrieval", "vt-u-plusplus", "audio-text", "R@10", "MedR")
                .containsPattern("audio-image: not measured.* at \\(.*image\\)")
                .doesNotContain("rows/s", "freebind:");
        assertThat(evaluation.err()).isNotEmpty();
    }

    @Test
    void evaluateWritesEveryRowOfEverySpaceAsJsonCsvAndPage() throws Exception {
        JsonNode file = json(results);
        assertThat(file.get("schema").asInt()).isEqualTo(1);
        assertThat(file.get("rows").findValuesAsText("space")).contains("vt-u", "vt-u-plusplus", "unified", "vt", "at");
        assertThat(file.get("rows")).allSatisfy(row -> {
            double value = row.get("value").asDouble();
            if (row.get("metric").asText().equals("median-rank")) {
                assertThat(value).isBetween(1.0, 120.0);
            } else {
                assertThat(value).isBetween(0.0, 1.0);
            }
        });
        Path scratch = results.getParent();
        assertThat(Files.readString(scratch.resolve("results.csv")).lines().count())
                .isEqualTo(1L + file.get("rows").size());
        assertThat(Files.readString(scratch.resolve("report.html")))
                .contains("<svg", "vt-u-plusplus")
                .doesNotContain("http://", "<script src");
    }

    @Test
    void presetsAndFactorsAndExpertsAreChosenAfterTraining() throws Exception {
        Path chosen = results.resolveSibling("chosen.json");
        Installation.Run run = world.run(
                        "evaluate",
                        "my-space",
                        "--space",
                        "vt-u-plusplus",
                        "--preset",
                        "versatile",
                        "--factors",
                        "vt-u-plusplus.audio=0.8",
                        "--projectors",
                        "VAT",
                        "--json",
                        chosen.toString(),
                        "--quiet")
                .succeeded();

        assertThat(run.err()).isEmpty();
        List<String> presets = json(chosen).get("rows").findValuesAsText("preset");
        assertThat(presets).isNotEmpty().containsOnly("versatile");
        assertThat(json(chosen).get("rows").findValuesAsText("projectors")).contains("VAT");
        assertThat(json(chosen).get("rows").size()).isEqualTo(2 * presets.size());
    }

    @Test
    void compareTestsTwoSpacesPairedOverQueries() {
        Installation.Run run =
                world.run("compare", results + "#vt-u", results + "#unified").succeeded();

        assertThat(run.out()).contains("audio-text", "image-text", "recall@1", "p");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void sweepPrintsALineForEveryPointAndDrawsThem() throws Exception {
        Path scratch = world.scratch("sweep");
        Installation.Run run = world.run(
                        "sweep",
                        "my-space",
                        "--bond",
                        "vt-u-plusplus",
                        "--grid",
                        "audio=0:1:0.5,text=0.1",
                        "--json",
                        scratch.resolve("sweep.json").toString(),
                        "--report",
                        scratch.resolve("sweep.html").toString(),
                        "--quiet")
                .succeeded();

        assertThat(run.out().lines())
                .hasSize(3)
                .allMatch(line -> line.contains("text=0.1") && line.contains("recall@1"));
        assertThat(run.err()).isEmpty();
        assertThat(json(scratch.resolve("sweep.json")).toString()).contains("vt-u-plusplus");
        assertThat(Files.readString(scratch.resolve("sweep.html"))).contains("<svg");
    }

    @Test
    void embedWritesUnitRowsAndAManifestWithTheirHash() throws Exception {
        Path file = world.scratch("embed").resolve("text.npy");
        Installation.Run run = world.run(
                        "embed",
                        "my-space",
                        "--space",
                        "vt-u-plusplus",
                        "--modality",
                        "text",
                        "--embeddings",
                        "unified=world/test/unified/text.npy",
                        "--embeddings",
                        "vt=world/test/vt/text.npy",
                        "--embeddings",
                        "at=world/test/at1/text.npy",
                        "--output",
                        file.toString())
                .succeeded();

        assertThat(run.out().lines()).containsExactly(file + ": 120 rows of vt-u-plusplus");
        NpyArray rows = NpyArray.read(file);
        assertThat(rows.shape().toString()).contains("120", "96");
        float[] values = rows.floats();
        for (int row = 0; row < 120; row++) {
            double squares = 0;
            for (int i = 0; i < 96; i++) {
                squares += values[row * 96 + i] * values[row * 96 + i];
            }
            assertThat(squares).isCloseTo(1, within(1e-5));
        }
        Map<?, ?> manifest =
                new ObjectMapper().readValue(Path.of(file + ".json").toFile(), Map.class);
        assertThat(manifest.get("rows")).isEqualTo(120);
        assertThat(manifest.get("sha256")).isEqualTo(Tree.sha256(file));
    }

    @Test
    void embeddingsOfALeafThatIsMissingAreNamed() {
        Installation.Run run = world.run(
                        "embed",
                        "my-space",
                        "--space",
                        "vt-u",
                        "--modality",
                        "text",
                        "--embeddings",
                        "vt=world/test/vt/text.npy",
                        "--output",
                        "never.npy")
                .failedWith(2);

        assertThat(run.err()).contains("missing: unified");
        assertThat(world.folder().resolve("never.npy")).doesNotExist();
    }
}
