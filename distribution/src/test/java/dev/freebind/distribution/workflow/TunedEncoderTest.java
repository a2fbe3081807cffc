package dev.freebind.distribution.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.distribution.Invocation;
import dev.freebind.encoding.output.EncodingManifest;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.formats.pytorch.PyTorchFile;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.tensorflow.Device;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.run.BindOptions;
import dev.freebind.training.run.Provenance;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tuning the audio network of the tiny ImageBind model together with the projectors, from sounds to a bound space in use. */
class TunedEncoderTest {

    private static final String CONFIGURATION = """
            name: plus
            seed: 7
            spaces:
              ib:
                encoder: imagebind
                modalities: [audio, image]
                dimension: 40
                options: {checkpoint: "GOLDENS/tiny/imagebind_tiny.pth", config: "GOLDENS/tiny/config.json", device: cpu}
              vt: {modalities: [image, text], dimension: 24}
              at: {modalities: [audio, text], dimension: 16}
            corpora:
              images: {modality: image, embeddings: {ib: ib-image.npy, vt: vt-image.npy}}
              texts:  {modality: text,  embeddings: {vt: vt-text.npy, at: at-text.npy}}
              sounds: {modality: audio, items: sounds.txt, embeddings: {ib: ib-audio.npy, at: at-audio.npy}}
            defaults: {epochs: 2, batch: 16, hidden: 16}
            bonds:
              vt-ib:
                displace: ib
                into: vt
                train: {mixture: [[audio], [image]]}
              tuned:
                tune: vt-ib
                modality: audio
                against: image
                pairs:
                  audio: {items: sounds.txt}
                  image: {embeddings: {ib: pair-ib-image.npy, vt: pair-vt-image.npy}}
                train: {encoder: true, epochs: 6, batch: 2, accumulate: 2, learning-rate: 2e-3, drop-path: 0.1}
              plus:
                combine: [at]
                into: tuned
                train: {mixture: joint}
            evaluation:
              - name: pairs
                task: retrieval
                items:
                  audio: {items: sounds.txt, embeddings: {ib: ib-audio.npy}}
                  image: {embeddings: {ib: pair-ib-image.npy, vt: pair-vt-image.npy}}
                pairs: [audio-image]
                recall: [1]
            """;

    private static final List<String> SOUNDS = List.of(
            "audio_1_16k_mono_5s.wav",
            "audio_2_44k1_stereo_3s.wav",
            "audio_3_16k_mono_1s.wav",
            "audio_4_16k_mono_odd.wav");

    @TempDir
    private static Path folder;

    private static Path goldens;
    private static BoundSpace space;

    @BeforeAll
    static void bind() throws IOException {
        goldens = Path.of(System.getProperty("freebind.root"), "..", "shared", "goldens", "imagebind")
                .normalize();
        Assumptions.assumeTrue(Files.isDirectory(goldens), "the goldens of ImageBind are not beside this checkout");
        Files.writeString(
                folder.resolve("sounds.txt"),
                String.join(
                        "\n",
                        SOUNDS.stream()
                                .map(name ->
                                        goldens.resolve("inputs").resolve(name).toString())
                                .toList()));
        write("ib-image", 40, 40);
        write("vt-image", 24, 40);
        write("vt-text", 24, 40);
        write("at-text", 16, 40);
        write("ib-audio", 40, 4);
        write("at-audio", 16, 4);
        write("pair-ib-image", 40, 4);
        write("pair-vt-image", 24, 4);
        bind("space", CONFIGURATION);
        space = BoundSpace.open(folder.resolve("space"), new Engines(Device.CPU, 0).inference());
    }

    @AfterAll
    static void close() {
        if (space != null) {
            space.close();
        }
    }

    private static void write(String name, int dimension, int rows) {
        SplittableRandom random = new SplittableRandom(name.hashCode());
        try (NpyWriter writer = NpyWriter.create(folder.resolve(name + ".npy"), dimension, ElementType.F32)) {
            for (int i = 0; i < rows; i++) {
                float[] row = new float[dimension];
                for (int j = 0; j < dimension; j++) {
                    row[j] = (float) random.nextDouble(-1, 1);
                }
                writer.append(FloatBuffer.wrap(row));
            }
            writer.commit();
        }
    }

    private static void bind(String output, String yaml) throws IOException {
        bind(output, yaml, BindOptions.ALL, Progress.SILENT);
    }

    private static void bind(String output, String yaml, BindOptions options, Progress progress) throws IOException {
        Path file = Files.writeString(folder.resolve("freebind.yaml"), yaml.replace("GOLDENS", goldens.toString()));
        Configuration configuration = new ConfigurationReader().read(file);
        Binding.run(
                configuration,
                folder.resolve(output),
                options,
                new Engines(Device.CPU, 0),
                Binding.items(TunedEncoderTest::encoders),
                progress);
    }

    private static Path copy(String name) throws IOException {
        Path copy = folder.resolve(name);
        try (Stream<Path> files = Files.walk(folder.resolve("space"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(folder.resolve("space").relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
        return copy;
    }

    private static float[][] sounds(String name) {
        List<Item> items = SOUNDS.stream()
                .<Item>map(sound -> new Item.File(goldens.resolve("inputs").resolve(sound)))
                .toList();
        return space.embed(name, Modality.AUDIO, items, Customisation.CONFIGURED);
    }

    @Test
    void theLossFallsAndTheTunedWeightsAreStoredUnderTheirOfficialNames() {
        List<Provenance.Epoch> curve = Provenance.read(folder.resolve("space")).orElseThrow().steps().stream()
                .filter(step -> step.projector().equals("tuned/audio"))
                .findFirst()
                .orElseThrow()
                .epochs();
        assertThat(curve.get(5).loss()).isLessThan(0.7 * curve.get(0).loss());
        try (SafetensorsFile encoder = SafetensorsFile.open(folder.resolve("space/encoders/tuned/audio.safetensors"))) {
            assertThat(encoder.tensors().keySet())
                    .contains("modality_trunks.audio.blocks.0.attn.in_proj_weight", "modality_heads.audio.2.weight")
                    .allMatch(name -> name.contains(".audio."));
        }
    }

    @Test
    void theTunedEncoderIsUsedInItsOwnSpaceAndInNoOther() throws IOException {
        float[][] tuned = sounds("tuned");
        assertThat(tuned).isNotEqualTo(sounds("vt-ib"));
        assertThat(tuned[0]).hasSize(24);
        assertThat(space.encoders()).containsKeys("tuned", "ib");

        // without the tuned encoder the tuned projectors give something else
        Path copy = copy("untuned");
        Files.delete(copy.resolve("encoders/tuned/audio.safetensors"));
        try (BoundSpace broken = BoundSpace.open(copy, new Engines(Device.CPU, 0).inference())) {
            assertThatThrownBy(() -> broken.embed(
                            "tuned",
                            Modality.AUDIO,
                            List.of(new Item.File(goldens.resolve("inputs/audio_3_16k_mono_1s.wav"))),
                            Customisation.CONFIGURED))
                    .hasMessageContaining("encoders/tuned/audio.safetensors");
        }
    }

    @Test
    void imagesDoNotMoveAndTextsNeither() throws IOException {
        List<Item> images = List.of(new Item.File(goldens.resolve("inputs/image_1.png")));
        assertThat(space.inference()).isNotNull();
        // the factor 0 leaves vt out, which has no encoder
        Customisation alone =
                Customisation.of(dev.freebind.bonds.product.FactorSettings.parse(space.graph(), "vt-ib.image=0"));
        assertThat(space.embed("tuned", Modality.IMAGE, images, alone))
                .isDeepEqualTo(space.embed("vt-ib", Modality.IMAGE, images, alone));
    }

    /** Mean recall@1 by space; what was encoded for it is added to the list. */
    private static Map<String, Double> evaluate(Path bound, List<String> encoded) {
        Progress progress = new Progress() {
            @Override
            public Progress.Task start(String what, long total, String unit) {
                if (unit.equals("items")) {
                    encoded.add(what);
                }
                return SILENT.start(what, total, unit);
            }
        };
        Map<String, Double> recall = new TreeMap<>();
        EvaluationRequest request =
                new EvaluationRequest(List.of("tuned", "vt-ib"), List.of(), Customisation.CONFIGURED);
        Engines engines = new Engines(Device.CPU, 0);
        try (BoundSpace opened = BoundSpace.open(bound, engines.inference())) {
            Encoding.Prepared prepared = new Encoding(TunedEncoderTest::encoders, progress)
                    .prepare(opened, opened.configuration().evaluation(), request);
            new SpaceEvaluation(opened, engines.nearest(), Progress.SILENT)
                    .evaluate(prepared.tasks(), request).rows().stream()
                            .filter(row -> row.measure().direction().equals(Measure.MEAN))
                            .filter(row -> row.measure().metric().toString().equals("recall@1"))
                            .forEach(row -> recall.put(row.subject().toString(), row.value()));
        }
        return recall;
    }

    private static EncoderRegistry encoders() {
        return EncoderRegistry.discover(TunedEncoderTest.class.getClassLoader());
    }

    @Test
    void evaluationEncodesTheItemsWithTheTunedEncoderOnceAndAgainWhenItsWeightsAreOthers() throws IOException {
        Path bound = copy("evaluated");
        List<String> encoded = new ArrayList<>();
        Map<String, Double> recall = evaluate(bound, encoded);

        assertThat(recall.get("tuned"))
                .as("of the very pairs that were tuned on")
                .isGreaterThan(recall.get("vt-ib"));
        assertThat(encoded).containsExactly("tuned: pairs/audio");
        Path rows = bound.resolve("embeddings/tuned/pairs/audio");
        EncodingManifest manifest =
                EncodingManifest.read(rows.resolve("manifest.json")).orElseThrow();
        assertThat(manifest.space()).isEqualTo("tuned");
        assertThat(manifest.rows()).isEqualTo(4);
        assertThat(manifest.encoder().options()).containsEntry("tuned", "encoders/tuned/audio.safetensors");
        String first = FileHashes.sha256(rows.resolve("audio_emb_0.npy"));

        encoded.clear();
        assertThat(evaluate(bound, encoded)).isEqualTo(recall);
        assertThat(encoded).isEmpty();

        Path weights = bound.resolve("encoders/tuned/audio.safetensors");
        try (SafetensorsFile tuned = SafetensorsFile.open(weights)) {
            List<NamedTensor> others = new ArrayList<>();
            tuned.tensors().forEach((name, summary) -> {
                float[] values = tuned.floats(name);
                for (int i = 0; i < values.length; i++) {
                    values[i] *= name.equals("modality_heads.audio.2.weight") ? -1 : 1;
                }
                others.add(NamedTensor.of(
                        name,
                        values,
                        summary.shape().lengths().stream()
                                .mapToLong(Long::longValue)
                                .toArray()));
            });
            SafetensorsWriter.write(bound.resolve("others"), others, tuned.metadata());
        }
        Files.move(bound.resolve("others"), weights, StandardCopyOption.REPLACE_EXISTING);
        evaluate(bound, encoded);
        assertThat(encoded).containsExactly("tuned: pairs/audio");
        assertThat(FileHashes.sha256(rows.resolve("audio_emb_0.npy"))).isNotEqualTo(first);
    }

    @Test
    void aCorpusIsEncodedIntoFilesThatStandForItsItems() throws IOException {
        Path bound = copy("encoded");
        Invocation first =
                Invocation.of("encode", bound.toString(), "--space", "tuned", "--corpus", "sounds", "--quiet");
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.out()).contains("encoded/embeddings/tuned/sounds: 4 rows of tuned.audio, 4 encoded");
        assertThat(Invocation.of("encode", bound.toString(), "--space", "tuned", "--corpus", "sounds", "--quiet")
                        .out())
                .contains("4 rows of tuned.audio, up to date");

        Path fromItems = folder.resolve("from-items.npy");
        Path fromFiles = folder.resolve("from-files.npy");
        List<String> embed = List.of("embed", bound.toString(), "--space", "tuned", "--modality", "audio", "--quiet");
        assertThat(invoke(embed, "--items", folder.resolve("sounds.txt").toString(), "-o", fromItems.toString()))
                .isZero();
        assertThat(invoke(
                        embed,
                        "--embeddings",
                        "tuned=" + bound.resolve("embeddings/tuned/sounds"),
                        "-o",
                        fromFiles.toString()))
                .isZero();
        assertThat(NpyArray.read(fromFiles).floats())
                .as("batches of encoding and of embedding may round differently")
                .containsExactly(NpyArray.read(fromItems).floats(), within(1e-6f));

        Path index = folder.resolve("index");
        Invocation indexed = Invocation.of(
                "index",
                bound.toString(),
                "--space",
                "tuned",
                "--modality",
                "audio",
                "--quiet",
                "--embeddings",
                "tuned=" + bound.resolve("embeddings/tuned/sounds"),
                "-o",
                index.toString());
        assertThat(indexed.exitCode()).as(indexed.err()).isZero();
        Invocation found = Invocation.of(
                "search",
                bound.toString(),
                "audio:" + goldens.resolve("inputs").resolve(SOUNDS.get(2)),
                "--index",
                index.toString(),
                "-k",
                "1",
                "--quiet");
        assertThat(found.exitCode()).as(found.err()).isZero();
        assertThat(found.out()).containsPattern("\\b1\\.0").containsPattern("\\b2\\b");

        Files.writeString(folder.resolve("more.yaml"), """
                spaces: {vt: {modalities: [image, text], dimension: 24}, at: {modalities: [audio, text], dimension: 16}}
                corpora: {more: {modality: audio, items: sounds.txt, embeddings: {at: at-audio.npy}}}
                """);
        Invocation other = Invocation.of(
                "encode",
                bound.toString(),
                "--config",
                folder.resolve("more.yaml").toString(),
                "--quiet");
        assertThat(other.exitCode()).as(other.err()).isZero();
        assertThat(other.out()).contains("encoded/embeddings/tuned/more: 4 rows of tuned.audio, 4 encoded");
        assertThat(Invocation.of("encode", folder.resolve("more.yaml").toString(), "--config", "other.yaml")
                        .err())
                .contains("--config goes with the folder of a bound space");
    }

    @Test
    void exportWritesTheFileThatTheOfficialClassLoads() throws IOException {
        Path out = folder.resolve("exported");
        Invocation run = Invocation.of("export", folder.resolve("space").toString(), "-o", out.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("5 projectors, 1 tuned encoder in 4 files");

        Set<String> official;
        try (PyTorchFile checkpoint = PyTorchFile.open(goldens.resolve("tiny/imagebind_tiny.pth"))) {
            official = checkpoint.tensors().keySet().stream()
                    .filter(name -> name.contains(".audio."))
                    .map(name -> "ib." + name)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        try (PyTorchFile file = PyTorchFile.open(out.resolve("tuned/audio_with_head.pt"));
                SafetensorsFile trunk = SafetensorsFile.open(folder.resolve("space/encoders/tuned/audio.safetensors"));
                SafetensorsFile audio =
                        SafetensorsFile.open(folder.resolve("space/projectors/tuned/ib.audio/A.safetensors"));
                SafetensorsFile image =
                        SafetensorsFile.open(folder.resolve("space/projectors/tuned/ib.audio/V.safetensors"))) {
            assertThat(file.tensors().keySet().stream().filter(name -> name.startsWith("ib.")))
                    .as("all of the audio branch, for a strict load_state_dict")
                    .containsExactlyInAnyOrderElementsOf(official);
            assertThat(file.floats("ib.modality_heads.audio.2.weight"))
                    .isEqualTo(trunk.floats("modality_heads.audio.2.weight"));
            assertThat(file.floats("ib_head.projectors.0.Head2.mlps.0.weight"))
                    .isEqualTo(audio.floats("Head2.mlps.0.weight"));
            assertThat(file.floats("ib_head.projectors.1.Head2.mlps.4.bias"))
                    .isEqualTo(image.floats("Head2.mlps.4.bias"));
            assertThat(file.tensors().keySet()).noneMatch(name -> name.startsWith("ib_head.projectors.2"));
        }
    }

    private static int invoke(List<String> command, String... more) {
        Invocation run =
                Invocation.of(Stream.concat(command.stream(), Stream.of(more)).toArray(String[]::new));
        assertThat(run.err()).isEmpty();
        return run.exitCode();
    }

    @Test
    void aRunThatWasInterruptedInTheMiddleOfTuningEndsInTheSameBytes() throws IOException {
        AtomicInteger steps = new AtomicInteger();
        Progress interrupting = (what, total, unit) -> new Progress.Task() {
            @Override
            public void advance(long units) {
                if (what.equals("tuned: tune audio against image") && steps.addAndGet((int) units) == 4) {
                    throw new IllegalStateException("killed after four of six steps");
                }
            }
        };
        assertThatThrownBy(() -> bind("resumed", CONFIGURATION, BindOptions.ALL, interrupting))
                .hasMessage("killed after four of six steps");
        assertThat(folder.resolve("resumed/encoders/tuned/audio.safetensors")).doesNotExist();
        assertThat(folder.resolve("resumed/work/checkpoints")).isNotEmptyDirectory();

        bind("resumed", CONFIGURATION, new BindOptions(true, null, Long.MAX_VALUE), Progress.SILENT);
        assertThat(bytes("resumed")).isEqualTo(bytes("space"));
    }

    private static Map<String, String> bytes(String output) throws IOException {
        Map<String, String> bytes = new TreeMap<>();
        Path root = folder.resolve(output);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = root.relativize(file).toString();
                if (!name.startsWith("work") && !name.equals(Provenance.FILE)) {
                    bytes.put(name, HexFormat.of().formatHex(Files.readAllBytes(file)));
                }
            }
        }
        return bytes;
    }

    @Test
    void aModalityWhoseNetworkCannotBeTunedIsSaid() {
        String yaml = CONFIGURATION
                .replace("modality: audio\n    against: image", "modality: image\n    against: audio")
                .replace("audio: {items: sounds.txt}", "audio: {embeddings: {ib: ib-audio.npy}}")
                .replace(
                        "image: {embeddings: {ib: pair-ib-image.npy, vt: pair-vt-image.npy}}",
                        "image: {items: images.txt, embeddings: {vt: pair-vt-image.npy}}");
        assertThatThrownBy(() -> {
                    Files.writeString(
                            folder.resolve("images.txt"),
                            String.join(
                                    "\n",
                                    java.util.Collections.nCopies(
                                            4,
                                            goldens.resolve("inputs/image_1.png")
                                                    .toString())));
                    bind("image", yaml);
                })
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("cannot be tuned for image")
                .hasMessageContaining("[audio]");
    }
}
