package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.bonds.published.PublishedSpace;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.formats.pytorch.PyTorchWriter;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.training.run.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code import} and {@code export} on the published files, against what the official Python code computes. */
class PublishedCheckpointsTest {

    private static final Path SHARED = Path.of(System.getProperty("freebind.root"), "..", "shared")
            .toAbsolutePath()
            .normalize();

    private static final String PLUS = """
            spaces:
              clap: {modalities: [audio, text], dimension: 10}
              unified: {modalities: [audio, image, text], dimension: 16}
            bonds:
              plus: {combine: [clap], into: unified, factors: {audio: 1, text: 1}}
            """;

    private static final String OFFICIAL_CLASS = """
            from torch import nn
            from torch.nn.functional import normalize

            class Head(nn.Module):
                def __init__(self, in_dim, out_dim):
                    super().__init__()
                    self.mlps = nn.Sequential(
                        nn.Linear(in_dim, 2048), nn.BatchNorm1d(2048), nn.ReLU(),
                        nn.Linear(2048, out_dim), nn.BatchNorm1d(out_dim))

            class Reaction_Head_mini(nn.Module):
                def __init__(self, in_dim, out_dim):
                    super().__init__()
                    self.Head2 = Head(in_dim, out_dim)

                def proj_audio(self, rows):
                    return normalize(self.Head2.mlps(rows), dim=-1)
            """;

    private static final String SAFETENSORS = """
            import json, numpy, torch

            def load_file(path):
                data = open(path, "rb").read()
                begin = 8 + int.from_bytes(data[:8], "little")
                header = json.loads(data[8:begin])
                header.pop("__metadata__", None)
                return {name: torch.from_numpy(numpy.frombuffer(
                            data[begin + tensor["data_offsets"][0]:begin + tensor["data_offsets"][1]],
                            {"F32": "<f4", "I64": "<i8"}[tensor["dtype"]]).reshape(tensor["shape"]).copy())
                        for name, tensor in header.items()}
            """;

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
        Files.writeString(folder.resolve("plus.yaml"), PLUS);
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
        assertClose(Path.of(output), expected, projectors);
    }

    private static void assertClose(Path output, Path expected, String projectors) {
        float[] found = NpyArray.read(output).floats();
        float[] reference = NpyArray.read(expected).floats();
        assertThat(found).hasSameSizeAs(reference);
        for (int i = 0; i < reference.length; i++) {
            assertThat(found[i]).as("%s, value %d", projectors, i).isCloseTo(reference[i], within(1e-5f));
        }
    }

    /**
     * The documented snippet, run by Python, with the official class as its module names describe it. Where Python has no
     * safetensors, its format is read here; without torch the test is skipped.
     */
    @Test
    void theDocumentedPythonComputesWhatEmbedWrites() throws Exception {
        Path goldens = SHARED.resolve("goldens/freebind");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "needs " + goldens);
        String python = Stream.of("python3", "/usr/bin/python3")
                .filter(candidate -> python(candidate, "import torch, numpy").exitCode() == 0)
                .findFirst()
                .orElse("");
        Assumptions.assumeFalse(python.isEmpty(), "needs a Python with torch and numpy");
        Files.writeString(folder.resolve("plus.yaml"), PLUS);
        run(
                "import",
                goldens.resolve("checkpoints").toString(),
                "--config",
                path("plus.yaml"),
                "--place",
                "plus/clap=IB_PP_G_Proj",
                "--output",
                path("my-space"));
        Files.copy(goldens.resolve("projector/input.npy"), folder.resolve("clap.npy"));
        Files.createDirectories(folder.resolve("FreeBind/models"));
        Files.writeString(folder.resolve("FreeBind/models/projector.py"), OFFICIAL_CLASS);
        if (python(python, "import safetensors").exitCode() != 0) {
            Files.createDirectories(folder.resolve("safetensors"));
            Files.writeString(folder.resolve("safetensors/torch.py"), SAFETENSORS);
        }
        String snippet = Documentation.block("docs/formats.md", "python")
                .replace("512", "10")
                .replace("1024", "16");

        Ran ran = python(python, snippet + "np.save('projected.npy', projected.numpy())\n");

        assertThat(ran.exitCode()).as(ran.output()).isZero();
        run(
                "embed",
                path("my-space"),
                "--space",
                "plus",
                "--modality",
                "audio",
                "--embeddings",
                "clap=" + path("clap.npy"),
                "--projectors",
                "VAT",
                "--factors",
                "plus.audio=1",
                "--output",
                path("embedded.npy"));
        assertClose(folder.resolve("embedded.npy"), folder.resolve("projected.npy"), "VAT");
    }

    private record Ran(int exitCode, String output) {}

    /** Runs a program text in the test's folder. */
    private Ran python(String python, String program) {
        try {
            Path output = folder.resolve("python.log");
            ProcessBuilder builder = new ProcessBuilder(python, "-c", program)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            int exitCode = builder.start().waitFor();
            return new Ran(exitCode, Files.readString(output));
        } catch (IOException e) {
            return new Ran(-1, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The small ImageBind with the last layer of its audio tower negated, as a tuned encoder: sounds lie opposite to where they did,
     * and the tuned projectors, which are the displacement's here, project that.
     */
    @Test
    void anImportedTunedEncoderEmbedsSounds() throws Exception {
        Path goldens = SHARED.resolve("goldens/imagebind");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "needs " + goldens);
        Path tiny = goldens.resolve("tiny/imagebind_tiny.pth");
        String last = "modality_heads.audio.2.weight";
        try (Checkpoint checkpoint = Checkpoint.open(tiny)) {
            List<NamedTensor> audio = new ArrayList<>(projector("ib_head.projectors.0.", 40, 24));
            checkpoint.tensors().forEach((name, tensor) -> {
                if (name.endsWith(".audio.1.log_logit_scale")) {
                    audio.add(NamedTensor.of("ib." + name, new float[] {(float) Math.log(20)}));
                } else if (name.contains(".audio.")) {
                    float[] values = checkpoint.floats(name);
                    audio.add(NamedTensor.of(
                            "ib." + name,
                            name.equals(last) ? negated(values) : values,
                            tensor.shape().lengths().stream()
                                    .mapToLong(Long::longValue)
                                    .toArray()));
                }
            });
            PyTorchWriter.write(folder.resolve("files/tuned/audio_with_head.pt"), audio);
        }
        PyTorchWriter.write(folder.resolve("files/vt-ib/ib/mix/best.pt"), projector("", 40, 24));
        Files.writeString(folder.resolve("tuned.yaml"), """
                spaces:
                  ib:
                    encoder: imagebind
                    modalities: [audio, image]
                    dimension: 40
                    options: {checkpoint: "TINY/imagebind_tiny.pth", config: "TINY/config.json", device: cpu}
                  vt: {modalities: [image, text], dimension: 24}
                bonds:
                  vt-ib: {displace: ib, into: vt, train: {mixture: joint}}
                  tuned: {tune: vt-ib, modality: audio, against: image, train: {encoder: true}}
                """.replace(
                        "TINY", goldens.resolve("tiny").toString()));

        Invocation imported = run("import", path("files"), "--config", path("tuned.yaml"), "--output", path("space"));

        assertThat(imported.out()).contains("2 projectors and a tuned encoder imported from 2 files");
        Files.writeString(
                folder.resolve("sounds.txt"),
                goldens.resolve("inputs/audio_1_16k_mono_5s.wav") + "\n"
                        + goldens.resolve("inputs/audio_3_16k_mono_1s.wav") + "\n");
        embedSounds("ib", "--items", path("sounds.txt"));
        embedSounds("tuned", "--items", path("sounds.txt"));
        NpyArray.of(negated(NpyArray.read(folder.resolve("ib.npy")).floats()), 2, 40)
                .write(folder.resolve("negated.npy"));
        embedSounds("vt-ib", "--embeddings", "ib=" + path("negated.npy"));
        assertClose(folder.resolve("tuned.npy"), folder.resolve("vt-ib.npy"), "tuned");
    }

    private void embedSounds(String embedded, String... from) {
        List<String> arguments = new ArrayList<>(
                List.of("embed", path("space"), "--space", embedded, "--modality", "audio", "--output"));
        arguments.add(path(embedded + ".npy"));
        arguments.addAll(List.of(from));
        run(arguments.toArray(String[]::new));
    }

    private static float[] negated(float[] values) {
        float[] negated = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            negated[i] = -values[i];
        }
        return negated;
    }

    private static List<NamedTensor> projector(String prefix, int input, int output) {
        SplittableRandom random = new SplittableRandom(2);
        int hidden = 8;
        List<NamedTensor> tensors = new ArrayList<>();
        for (int block : new int[] {0, 3}) {
            int from = block == 0 ? input : hidden;
            int to = block == 0 ? hidden : output;
            String linear = prefix + "Head2.mlps." + block;
            String norm = prefix + "Head2.mlps." + (block + 1);
            tensors.add(NamedTensor.of(linear + ".weight", floats(random, to * from, -1), to, from));
            for (String name : List.of(
                    linear + ".bias",
                    norm + ".weight",
                    norm + ".bias",
                    norm + ".running_mean",
                    norm + ".running_var")) {
                tensors.add(NamedTensor.of(name, floats(random, to, name.endsWith("var") ? 0.1 : -1), to));
            }
            tensors.add(NamedTensor.of(norm + ".num_batches_tracked", new long[] {1}));
        }
        return tensors;
    }

    private static float[] floats(SplittableRandom random, int count, double least) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(least, 1);
        }
        return values;
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
