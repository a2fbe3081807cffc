package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.bonds.published.PublishedSpace;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.training.run.Provenance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code import} and {@code export} on the published files, against what the official Python code computes. */
class PublishedCheckpointsTest {

    private static final Path SHARED = Path.of(System.getProperty("freebind.root"), "..", "shared")
            .toAbsolutePath()
            .normalize();

    @TempDir
    private Path folder;

    private Invocation run(String... arguments) {
        Invocation done = Invocation.of(arguments);
        assertThat(done.exitCode()).as(done.err()).isEqualTo(ExitCode.DONE);
        return done;
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    void freeBindsTreeEmbedsAsTheOfficialHeadsDo() throws Exception {
        Path goldens = SHARED.resolve("goldens/freebind");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "needs " + goldens);
        Files.writeString(folder.resolve("plus.yaml"), """
                spaces:
                  clap: {modalities: [audio, text], dimension: 10}
                  unified: {modalities: [audio, image, text], dimension: 16}
                bonds:
                  plus: {combine: [clap], into: unified, factors: {audio: 1, text: 1}}
                """);
        Invocation imported = run(
                "import",
                goldens.resolve("checkpoints").toString(),
                "--config",
                path("plus.yaml"),
                "--place",
                "plus/clap=IB_PP_G_Proj",
                "--output",
                path("space"));
        assertThat(imported.out()).contains("7 projectors imported from 7 files");
        Provenance provenance = Provenance.read(folder.resolve("space")).orElseThrow();
        assertThat(provenance.inputs())
                .hasSize(7)
                .allSatisfy(input -> assertThat(input.sha256()).hasSize(64));

        Path projector = goldens.resolve("projector");
        assertEmbeds(projector, "all", projector.resolve("mixture.npy"));
        for (String mode : List.of("mix", "A", "T", "V", "AT", "AV", "TV")) {
            assertEmbeds(projector, Subset.parse(mode).code(), projector.resolve("output-" + mode + ".npy"));
        }

        run("export", path("space"), "--place", "plus/clap=IB_PP_G_Proj", "--output", path("exported"));
        assertThat(folder.resolve("exported/IB_PP_G_Proj/mix/best.pt")).exists();
        run(
                "import",
                path("exported"),
                "--config",
                path("plus.yaml"),
                "--place",
                "plus/clap=IB_PP_G_Proj",
                "--output",
                path("again"));
        for (String code : List.of("VAT", "A", "T", "V", "AT", "VA", "VT")) {
            String file = "projectors/plus/clap/" + code + ".safetensors";
            assertThat(folder.resolve("again").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("space").resolve(file));
        }
    }

    private void assertEmbeds(Path goldens, String projectors, Path expected) {
        String output = path(projectors + ".npy");
        run(
                "embed",
                path("space"),
                "--space",
                "plus",
                "--modality",
                "audio",
                "--embeddings",
                "clap=" + goldens.resolve("input.npy"),
                "--projectors",
                projectors,
                "--output",
                output);
        float[] found = NpyArray.read(Path.of(output)).floats();
        float[] reference = NpyArray.read(expected).floats();
        assertThat(found).hasSameSizeAs(reference);
        for (int i = 0; i < reference.length; i++) {
            assertThat(found[i]).as("%s, value %d", projectors, i).isCloseTo(reference[i], within(1e-5f));
        }
    }

    /** The reference figures are those of the checkpoint's own README of the data. */
    @Test
    void thePublishedHeadsOfCMcrEvaluateAsTheOfficialOnes() throws Exception {
        Path data = SHARED.resolve("realdata");
        Assumptions.assumeTrue(Files.isDirectory(data), "needs " + data);
        Path lvis = data.resolve("tb1_lvis");
        Files.writeString(folder.resolve("tasks.yaml"), """
                spaces:
                  clip: {modalities: [image, text], dimension: 512}
                evaluation:
                  - {name: names, task: retrieval, pairs: [image-text], recall: [1, 5, 10],
                     items: {image: {embeddings: {clip: "LVIS/clipB32_image.npy"}}, text: {embeddings: {clip: "LVIS/clipB32_text.npy"}}}}
                  - {name: descriptions, task: retrieval, pairs: [image-text], recall: [1, 5, 10],
                     items: {image: {embeddings: {clip: "LVIS/clipB32_image.npy"}}, text: {embeddings: {clip: "LVIS/clipB32_text_gpt3desc.npy"}}}}
                """.replace("LVIS", lvis.toString()));
        Invocation imported = run(
                "import",
                data.resolve("c-mcr/ulip_clip.pt").toString(),
                "--as",
                "c-mcr-ulip-clip",
                "--output",
                path("ulip"));
        assertThat(imported.out()).contains("2 projectors imported from 1 file");

        run("evaluate", path("ulip"), "--config", path("tasks.yaml"), "--json", path("results.json"));
        JsonNode results =
                new ObjectMapper().readTree(folder.resolve("results.json").toFile());
        assertThat(recall(results, "ulip-clip", "names", 1)).isCloseTo(0.367, within(5e-4));
        assertThat(recall(results, "ulip-clip", "names", 5)).isCloseTo(0.643, within(5e-4));
        assertThat(recall(results, "ulip-clip", "names", 10)).isCloseTo(0.757, within(5e-4));
        assertThat(recall(results, "ulip-clip", "descriptions", 1)).isCloseTo(0.431, within(5e-4));
        assertThat(recall(results, "ulip-clip", "descriptions", 5)).isCloseTo(0.708, within(5e-4));
        assertThat(recall(results, "ulip-clip", "descriptions", 10)).isCloseTo(0.799, within(5e-4));
        assertThat(recall(results, "clip", "names", 1)).isCloseTo(0.628, within(5e-4));

        run("export", path("ulip"), "--as", "c-mcr-ulip-clip", "--output", path("exported"));
        run("import", path("exported/ulip_clip.pt"), "--as", "c-mcr-ulip-clip", "--output", path("again"));
        for (String file : List.of("clip/VT", "ulip/VT")) {
            assertThat(folder.resolve("again/projectors/ulip-clip/" + file + ".safetensors"))
                    .hasSameBinaryContentAs(folder.resolve("ulip/projectors/ulip-clip/" + file + ".safetensors"));
        }
    }

    private static double recall(JsonNode results, String space, String dataset, int k) {
        for (JsonNode row : results.get("rows")) {
            if (row.get("space").asText().equals(space)
                    && row.get("dataset").asText().equals(dataset)
                    && row.get("metric").asText().equals("recall@" + k)
                    && row.get("direction").asText().equals("image->text")) {
                return row.get("value").asDouble();
            }
        }
        throw new AssertionError("no recall@" + k + " of " + space + " on " + dataset + " in " + results);
    }

    @Test
    void theHelpNamesEveryPublishedSpace() {
        assertThat(run("import", "--help").out().replaceAll("\\s+", " ")).contains(PublishedSpace.labels());
    }

    @Test
    void whatIsNotPublishedOrGoesWithSomethingElseIsRefused() {
        Invocation unknown = Invocation.of("import", path("x"), "--as", "imagebind+", "--output", path("y"));
        assertThat(unknown.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(unknown.err()).contains("'imagebind+'").contains("imagebind++");
        Invocation place =
                Invocation.of("import", path("x"), "--as", "ex-mcr", "--place", "a/b=c", "--output", path("y"));
        assertThat(place.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(place.err()).contains("--place goes with --config");
        Invocation missing = Invocation.of("import", path("x"), "--as", "ex-mcr", "--output", path("y"));
        assertThat(missing.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(missing.err()).contains("no such file or folder");
    }
}
