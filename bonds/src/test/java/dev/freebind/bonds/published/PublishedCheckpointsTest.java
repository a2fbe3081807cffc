package dev.freebind.bonds.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorFile;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.published.CheckpointExport.Format;
import dev.freebind.bonds.published.PublishedLayout.ProjectorPlace;
import dev.freebind.bonds.published.PublishedLayout.RouterPlace;
import dev.freebind.bonds.router.RouterFile;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.pytorch.PyTorchWriter;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Import and export on small networks with the official names, and the shape of every published space. */
class PublishedCheckpointsTest {

    private static final String SMALL = """
            name: small
            spaces:
              u: {modalities: [audio, image, text], dimension: 6}
              vt: {modalities: [image, text], dimension: 5}
              at: {modalities: [audio, text], dimension: 4}
            bonds:
              vt-u: {displace: u, into: vt, train: {mixture: [[text], [image, text], [audio, image, text]]}}
              plus: {combine: [at], into: vt-u, recipe: ex-mcr}
              both: {connect: [at, vt], dimension: 3}
            """;

    @TempDir
    private Path folder;

    private final BondGraph small = Configurations.graph(SMALL);
    private final PublishedLayout layout = PublishedLayout.of(small, Map.of());

    /** Random networks for every place of a layout, in small hidden layers. */
    private void write(BondGraph graph, PublishedLayout of, Path target, Format format) {
        SplittableRandom random = new SplittableRandom(3);
        for (String file : of.files()) {
            List<NamedTensor> tensors = new ArrayList<>();
            for (ProjectorPlace place : of.projectors()) {
                if (place.file().equals(file)) {
                    int input = graph.space(place.key().source()).dimension();
                    int output = graph.space(place.key().bond()).dimension();
                    tensors.addAll(network(
                            random,
                            place.prefix(),
                            place.architecture(),
                            place.architecture().widths(input, 3, output)));
                }
            }
            if (format == Format.PT) {
                PyTorchWriter.write(target.resolve(file + ".pt"), tensors);
            } else {
                SafetensorsWriter.write(target.resolve(file + ".safetensors"), tensors, Map.of());
            }
        }
    }

    /** A router of small hidden layers under the official names. */
    private static List<NamedTensor> router(SplittableRandom random, String prefix, int input, int sources) {
        List<NamedTensor> tensors = new ArrayList<>();
        linear(random, tensors, prefix + "router.0", input, 3);
        norm(random, tensors, prefix + "router.1", 3);
        linear(random, tensors, prefix + "router.3", 3, 2);
        norm(random, tensors, prefix + "router.4", 2);
        linear(random, tensors, prefix + "router.6", 2, sources);
        return tensors;
    }

    private static List<NamedTensor> network(
            SplittableRandom random, String prefix, ProjectorArchitecture architecture, List<Integer> widths) {
        List<NamedTensor> tensors = new ArrayList<>();
        if (architecture.adapter() != null) {
            linear(random, tensors, prefix + architecture.adapter(), widths.get(0), widths.get(0));
        }
        for (int i = 0; i < architecture.blocks().size(); i++) {
            ProjectorArchitecture.Block block = architecture.blocks().get(i);
            int width = widths.get(i + 1);
            linear(random, tensors, prefix + block.linear(), widths.get(i), width);
            norm(random, tensors, prefix + block.norm(), width);
        }
        return tensors;
    }

    private static void norm(SplittableRandom random, List<NamedTensor> tensors, String name, int width) {
        for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
            tensors.add(NamedTensor.of(name + "." + part, values(random, width), width));
        }
        tensors.add(NamedTensor.of(name + ".num_batches_tracked", new long[] {7}));
    }

    private static void linear(SplittableRandom random, List<NamedTensor> tensors, String name, int input, int output) {
        tensors.add(NamedTensor.of(name + ".weight", values(random, input * output), output, input));
        tensors.add(NamedTensor.of(name + ".bias", values(random, output), output));
    }

    private static float[] values(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble();
        }
        return values;
    }

    /** SHA-256 of every file. */
    private static Map<String, String> bytes(Path root) throws IOException {
        Map<String, String> bytes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes.put(root.relativize(file).toString(), FileHashes.sha256(file));
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @EnumSource
    void whatIsExportedAndImportedAgainIsTheSameBytes(Format format) throws IOException {
        write(small, layout, folder.resolve("published"), format);
        CheckpointImport into = new CheckpointImport(small, layout);
        CheckpointImport.Outcome outcome = into.run(folder.resolve("published"), folder.resolve("space"));
        assertThat(outcome.projectors()).isEqualTo(6);
        assertThat(outcome.leftAlone()).isEmpty();

        List<Path> written =
                new CheckpointExport(folder.resolve("space"), layout, format).run(folder.resolve("exported"));
        assertThat(written).hasSize(5).allSatisfy(file -> assertThat(file).exists());
        assertThat(bytes(folder.resolve("exported"))).isEqualTo(bytes(folder.resolve("published")));

        into.run(folder.resolve("exported"), folder.resolve("again"));
        assertThat(bytes(folder.resolve("again"))).isEqualTo(bytes(folder.resolve("space")));
    }

    @Test
    void anImportedSpaceSaysHowItEmbeds() {
        write(small, layout, folder.resolve("published"), Format.PT);
        new CheckpointImport(small, layout).run(folder.resolve("published"), folder.resolve("space"));
        BondGraph imported = BondGraph.of(new ConfigurationReader().readBoundSpace(folder.resolve("space")));
        assertThat(Composition.compose(imported, "plus", Modality.AUDIO, Customisation.CONFIGURED))
                .hasToString("mix(mixture(vt-u: Ψ[u T,VT,VAT](u.audio)), mixture(plus: Ψ[at VAT](at.audio)); 0.5)");
        ProjectorWeights extended = ProjectorFile.read(folder.resolve("space/projectors/plus/at/VAT.safetensors"));
        assertThat(extended.architecture()).isEqualTo(ProjectorArchitecture.EX_MCR);
        assertThat(extended.adapter().modalities())
                .as("nothing of at is new to vt-u")
                .isEmpty();
    }

    @Test
    void theFolderOfASingleSourceAndShortNamesAreFound() throws IOException {
        BondGraph graph = Configurations.graph(SMALL.substring(0, SMALL.indexOf("  plus:")));
        PublishedLayout tree = PublishedLayout.of(graph, Map.of("vt-u/u", "Some_Proj"));
        write(graph, tree, folder.resolve("checkpoints"), Format.PT);
        Path other = folder.resolve("checkpoints/Other_Proj/mix/best.pt");
        Files.createDirectories(other.getParent());
        Files.copy(folder.resolve("checkpoints/Some_Proj/mix/best.pt"), other);

        CheckpointImport.Outcome all =
                new CheckpointImport(graph, tree).run(folder.resolve("checkpoints"), folder.resolve("a"));
        assertThat(all.leftAlone()).containsExactly(other);

        new CheckpointImport(graph, PublishedLayout.of(graph, Map.of()))
                .run(folder.resolve("checkpoints/Some_Proj"), folder.resolve("b"));
        assertThat(bytes(folder.resolve("b"))).isEqualTo(bytes(folder.resolve("a")));
    }

    @Test
    void aTensorWithoutAPlaceAndAMissingOneAreNamed() {
        BondGraph graph = Configurations.graph(
                SMALL.substring(0, SMALL.indexOf("  vt-u:")) + "  both: {connect: [at, vt], dimension: 3}\n");
        PublishedLayout heads = PublishedLayout.of(graph, Map.of());
        List<NamedTensor> tensors =
                new ArrayList<>(network(new SplittableRandom(1), "", ProjectorArchitecture.C_MCR, List.of(4, 3, 3)));
        tensors.add(NamedTensor.of("Head_C.extra", new float[] {1}, 1));
        PyTorchWriter.write(folder.resolve("both.pt"), tensors);
        assertThatThrownBy(() ->
                        new CheckpointImport(graph, heads).run(folder.resolve("both.pt"), folder.resolve("space")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("both.pt")
                .hasMessageContaining("2 projectors of kind c-mcr")
                .hasMessageContaining("missing: Head_B.net1.0.weight")
                .hasMessageContaining("without a place: Head_C.extra");
        assertThat(folder.resolve("space/space.yaml")).doesNotExist();
    }

    @Test
    void projectorsOfOtherDimensionsAreRefusedWithBoth() {
        BondGraph graph = Configurations.graph(
                SMALL.substring(0, SMALL.indexOf("  vt-u:")) + "  both: {connect: [at, vt], dimension: 3}\n");
        BondGraph wider = Configurations.graph(
                SMALL.substring(0, SMALL.indexOf("  vt-u:")).replace("dimension: 4", "dimension: 9")
                        + "  both: {connect: [at, vt], dimension: 3}\n");
        PublishedLayout heads = PublishedLayout.of(graph, Map.of());
        write(wider, heads, folder, Format.PT);
        assertThatThrownBy(() -> new CheckpointImport(graph, heads).run(folder.resolve("both.pt"), folder.resolve("s")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("map dimension 9 to 3")
                .hasMessageContaining("'at' has dimension 4");
    }

    @Test
    void allMissingFilesAreNamed() throws IOException {
        Files.createDirectories(folder.resolve("empty"));
        assertThatThrownBy(() -> new CheckpointImport(small, layout).run(folder.resolve("empty"), folder.resolve("s")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("vt-u/u/T/best, vt-u/u/TV/best, vt-u/u/mix/best, plus/at, both");
        assertThatThrownBy(() -> new CheckpointImport(small, layout).run(folder.resolve("none"), folder.resolve("s")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no such file or folder");
    }

    @Test
    void tunedProjectorsLieLikeFreeBinds() {
        BondGraph tuned = Configurations.graph(SMALL + """
                  tuned:
                    tune: vt-u
                    modality: audio
                    against: image
                    pairs: {audio: {embeddings: {u: a.npy}}, image: {embeddings: {u: u.npy, vt: v.npy}}}
                """);
        PublishedLayout of = PublishedLayout.of(tuned, Map.of("tuned/u.audio", "Tuned_Proj"));

        assertThat(of.projectors().stream().filter(place -> place.key().bond().equals("tuned")))
                .extracting(place -> place.key().file() + " " + place.file())
                .containsExactly(
                        "projectors/tuned/u.audio/T.safetensors Tuned_Proj/T/best",
                        "projectors/tuned/u.audio/VT.safetensors Tuned_Proj/TV/best",
                        "projectors/tuned/u.audio/VAT.safetensors Tuned_Proj/mix/best");
    }

    @Test
    void aPlaceForSomethingElseListsWhatThereIs() {
        assertThatThrownBy(() -> PublishedLayout.of(small, Map.of("vt-u/at", "x")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("vt-u/u, plus/at, both");
    }

    @ParameterizedTest
    @EnumSource
    void everyPublishedSpaceHasAPlaceForEachOfItsNetworks(PublishedSpace published) {
        BondGraph graph = published.graph();
        PublishedLayout of = published.layout(graph);
        assertThat(of.projectors()).isNotEmpty().extracting(ProjectorPlace::key).doesNotHaveDuplicates();
        for (String space : graph.names()) {
            for (Modality modality : graph.modalities(space)) {
                var expression = Composition.compose(graph, space, modality, Customisation.CONFIGURED);
                assertThat(of.projectors()).extracting(ProjectorPlace::key).containsAll(expression.projectors());
                assertThat(of.routers()).extracting(RouterPlace::key).containsAll(expression.routers());
            }
        }
    }

    /** The tensors of a file as OmniBind-Base publishes it, but for the hidden layers. */
    private static List<NamedTensor> omniBindBase() {
        SplittableRandom random = new SplittableRandom(5);
        BondGraph graph = PublishedSpace.OMNIBIND_BASE.graph();
        List<NamedTensor> tensors = new ArrayList<>();
        for (ProjectorPlace place : PublishedSpace.OMNIBIND_BASE.layout(graph).projectors()) {
            tensors.addAll(network(random, place.prefix(), place.architecture(), List.of(1024, 3, 1536)));
        }
        tensors.addAll(router(random, "A_enc_router.", 1024, 4));
        tensors.addAll(router(random, "V_enc_router.", 1024, 3));
        tensors.addAll(router(random, "P_enc_router.", 1024, 1));
        tensors.addAll(router(random, "T_enc_router.", 3072, 6));
        return tensors;
    }

    @Test
    void omniBindsFileBecomesARoutedSpaceAndComesOutAgain() throws IOException {
        BondGraph graph = PublishedSpace.OMNIBIND_BASE.graph();
        PublishedLayout of = PublishedSpace.OMNIBIND_BASE.layout(graph);
        PyTorchWriter.write(folder.resolve("base.pt"), omniBindBase());
        CheckpointImport.Outcome outcome =
                new CheckpointImport(graph, of).run(folder.resolve("base.pt"), folder.resolve("space"));
        assertThat(outcome.projectors()).isEqualTo(42);
        assertThat(outcome.routers()).isEqualTo(4);

        BondGraph imported = BondGraph.of(new ConfigurationReader().readBoundSpace(folder.resolve("space")));
        String text = Composition.compose(imported, "omnibind-base", Modality.TEXT, Customisation.CONFIGURED)
                .toString();
        assertThat(text)
                .startsWith(
                        "routed(router(omnibind-base/text: wavcaps-pt.text, eva-e14-plus.text, uni3d-lvis.text; ×10.0)")
                .contains("imagebind.text")
                .doesNotContain("eva-18b.text");
        WeightStore weights = WeightStore.of(folder.resolve("space"));
        for (Modality modality : imported.modalities("omnibind-base")) {
            var expression = Composition.compose(imported, "omnibind-base", modality, Customisation.CONFIGURED);
            expression.projectors().forEach(weights::projector);
            expression.routers().forEach(weights::router);
        }

        new CheckpointExport(folder.resolve("space"), of, Format.PT).run(folder.resolve("exported"));
        assertThat(folder.resolve("exported/base.pt")).hasSameBinaryContentAs(folder.resolve("base.pt"));
    }

    /** The released tree of InternVL_IB†++, but for the widths inside; with an audio tower of one block. */
    private Map<String, List<NamedTensor>> tunedTree() {
        SplittableRandom random = new SplittableRandom(9);
        PublishedSpace published = PublishedSpace.INTERNVL_IB_TUNED_PP;
        Map<String, List<NamedTensor>> files = new TreeMap<>();
        for (ProjectorPlace place : published.layout(published.graph()).projectors()) {
            int input = place.key().source().startsWith("clap") ? 512 : 1024;
            files.computeIfAbsent(place.file(), file -> new ArrayList<>())
                    .addAll(network(random, place.prefix(), place.architecture(), List.of(input, 3, 768)));
        }
        List<NamedTensor> audio = files.get("InternVL_IB_audio_with_head");
        for (String name : ImageBindAudio.names("ib.", Set.of("ib.modality_trunks.audio.blocks.0.norm_1.bias"))) {
            audio.add(
                    name.endsWith("log_logit_scale")
                            ? NamedTensor.of(name, new float[] {(float) Math.log(20)})
                            : NamedTensor.of(name, values(random, 2), 2));
        }
        return files;
    }

    private static void write(Map<String, List<NamedTensor>> files, Path target) {
        files.forEach((file, tensors) -> PyTorchWriter.write(target.resolve(file + ".pt"), tensors));
    }

    @Test
    void theTunedAudioOfFreeBindBecomesATunedSpaceAndComesOutAgain() throws IOException {
        PublishedSpace published = PublishedSpace.INTERNVL_IB_TUNED_PP;
        PublishedLayout of = published.layout(published.graph());
        write(tunedTree(), folder.resolve("checkpoints"));
        CheckpointImport.Outcome outcome =
                new CheckpointImport(published.graph(), of).run(folder.resolve("checkpoints"), folder.resolve("space"));
        assertThat(outcome.projectors()).isEqualTo(28);
        assertThat(outcome.files()).hasSize(22);
        assertThat(outcome.leftAlone()).isEmpty();

        BondGraph imported = BondGraph.of(new ConfigurationReader().readBoundSpace(folder.resolve("space")));
        assertThat(Composition.compose(imported, "internvl-ib-tuned-plusplus", Modality.AUDIO, Customisation.CONFIGURED)
                        .toString())
                .as("audio goes through the tuned encoder and the tuned projectors")
                .contains("internvl-ib-tuned.audio")
                .contains("imagebind.audio ");
        assertThat(folder.resolve("space/projectors/internvl-ib-tuned/imagebind.audio/VAT.safetensors"))
                .exists();
        try (SafetensorsFile encoder =
                SafetensorsFile.open(folder.resolve("space/encoders/internvl-ib-tuned/audio.safetensors"))) {
            assertThat(encoder.tensors().keySet())
                    .hasSize(22)
                    .contains("modality_trunks.audio.blocks.0.attn.bias_k", "modality_heads.audio.2.weight");
        }

        new CheckpointExport(folder.resolve("space"), of, Format.PT).run(folder.resolve("exported"));
        assertThat(bytes(folder.resolve("exported"))).isEqualTo(bytes(folder.resolve("checkpoints")));
    }

    @Test
    void theTunedAudioIsFoundUnderTheNameOfTheReadme() throws IOException {
        PublishedSpace published = PublishedSpace.INTERNVL_IB_TUNED_PP;
        write(tunedTree(), folder.resolve("checkpoints"));
        Files.move(
                folder.resolve("checkpoints/InternVL_IB_audio_with_head.pt"),
                folder.resolve("checkpoints/DrvtFT_audio_with_head.pt"));
        assertThat(new CheckpointImport(published.graph(), published.layout(published.graph()))
                        .run(folder.resolve("checkpoints"), folder.resolve("space"))
                        .projectors())
                .isEqualTo(28);
    }

    @Test
    void whatATunedAudioTowerLacksOrHasTooMuchIsNamed() {
        PublishedSpace published = PublishedSpace.INTERNVL_IB_TUNED_PP;
        Map<String, List<NamedTensor>> files = tunedTree();
        List<NamedTensor> audio = files.get("InternVL_IB_audio_with_head");
        audio.removeIf(tensor -> tensor.name().endsWith("blocks.0.attn.bias_k"));
        audio.add(NamedTensor.of("ib.modality_trunks.vision.blocks.0.norm_1.bias", new float[] {1}, 1));
        write(files, folder.resolve("checkpoints"));
        assertThatThrownBy(() -> new CheckpointImport(published.graph(), published.layout(published.graph()))
                        .run(folder.resolve("checkpoints"), folder.resolve("space")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("7 projectors of kind freebind and a tuned encoder")
                .hasMessageContaining("missing: ib.modality_trunks.audio.blocks.0.attn.bias_k")
                .hasMessageContaining("without a place: ib.modality_trunks.vision.blocks.0.norm_1.bias");
        assertThat(folder.resolve("space/space.yaml")).doesNotExist();
    }

    /** Bound here, a tuned space is exported with what was tuned, and comes in again. */
    @Test
    void aTunedSpaceOfOnesOwnIsExportedWithItsTunedProjectorsAndEncoder() throws IOException {
        BondGraph graph = Configurations.graph("""
                name: tuned
                spaces:
                  u: {modalities: [audio, image], dimension: 6, encoder: some}
                  vt: {modalities: [image, text], dimension: 5}
                bonds:
                  vt-u: {displace: u, into: vt, train: {mixture: joint}}
                  tuned: {tune: vt-u, modality: audio, against: image, train: {encoder: true}}
                """);
        PublishedLayout of = PublishedLayout.of(graph, Map.of());
        assertThat(of.files()).containsExactly("vt-u/u/mix/best", "tuned/audio_with_head");
        SplittableRandom random = new SplittableRandom(4);
        List<Integer> widths = List.of(6, 3, 5);
        PyTorchWriter.write(
                folder.resolve("published/vt-u/u/mix/best.pt"),
                network(random, "", ProjectorArchitecture.FREEBIND, widths));
        List<NamedTensor> tuned =
                new ArrayList<>(network(random, "ib_head.projectors.0.", ProjectorArchitecture.FREEBIND, widths));
        tuned.add(NamedTensor.of("ib.layers.0.weight", values(random, 4), 2, 2));
        PyTorchWriter.write(folder.resolve("published/tuned/audio_with_head.pt"), tuned);
        new CheckpointImport(graph, of).run(folder.resolve("published"), folder.resolve("space"));
        new CheckpointExport(folder.resolve("space"), of, Format.PT).run(folder.resolve("exported"));
        assertThat(bytes(folder.resolve("exported"))).isEqualTo(bytes(folder.resolve("published")));
    }

    @Test
    void aRouterOfOtherSourcesIsRefused() {
        BondGraph graph = PublishedSpace.OMNIBIND_BASE.graph();
        List<NamedTensor> tensors = new ArrayList<>(omniBindBase());
        tensors.removeIf(tensor -> tensor.name().startsWith("V_enc_router."));
        tensors.addAll(router(new SplittableRandom(1), "V_enc_router.", 1024, 5));
        PyTorchWriter.write(folder.resolve("base.pt"), tensors);
        assertThatThrownBy(() -> new CheckpointImport(graph, PublishedSpace.OMNIBIND_BASE.layout(graph))
                        .run(folder.resolve("base.pt"), folder.resolve("space")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("V_enc_router.")
                .hasMessageContaining("weighs 5 sources")
                .hasMessageContaining("1024 (eva-e14-plus) and 3");
    }

    @Test
    void theSizesOfOmniBindAreThePublishedOnes() {
        assertThat(PublishedSpace.OMNIBIND_BASE
                        .layout(PublishedSpace.OMNIBIND_BASE.graph())
                        .projectors())
                .hasSize(42);
        BondGraph large = PublishedSpace.OMNIBIND_LARGE.graph();
        PublishedLayout of = PublishedSpace.OMNIBIND_LARGE.layout(large);
        assertThat(of.projectors()).hasSize(91);
        assertThat(of.projectors().get(0).key()).hasToString("omnibind-large/clap-g/VAT");
        assertThat(of.projectors().get(0).prefix()).isEqualTo("projs.0.");
        assertThat(of.projectors().get(9 * 7).key().source()).isEqualTo("uni3d-lvis");
        assertThat(of.projectors().get(84).prefix()).isEqualTo("ib_projs.0.");
        assertThat(of.routers()).hasSize(4);
    }

    @Test
    void theFactorsAreThePapersAndThoseOfThePublishedCodeAPreset() {
        BondGraph displaced = PublishedSpace.INTERNVL_IB.graph();
        assertThat(displaced.pseudoPairBond("internvl-ib").factor(Modality.TEXT))
                .isEqualTo(0.9);
        assertThat(displaced
                        .configuration()
                        .presets()
                        .get("released")
                        .factor(displaced.pseudoPairBond("internvl-ib"), Modality.TEXT))
                .as("the class multiplies the projected side by 0.2")
                .isEqualTo(0.8);
        assertThat(PublishedSpace.IMAGEBIND_PP
                        .graph()
                        .pseudoPairBond("imagebind-plusplus")
                        .factor(Modality.AUDIO))
                .isEqualTo(0.5);
        BondGraph ulip = PublishedSpace.C_MCR_ULIP_CLIP.graph();
        assertThat(ulip.leaves("ulip-clip", Modality.TEXT)).containsExactly("clip");
        assertThat(ulip.leaves("ulip-clip", Modality.POINT)).containsExactly("ulip");
        BondGraph extended = PublishedSpace.EX_MCR.graph();
        assertThat(extended.leaves("ex-mcr", Modality.IMAGE)).containsExactly("clip");
    }

    @Test
    void anUnknownPublishedSpaceListsThem() {
        assertThatThrownBy(() -> PublishedSpace.parse("imagebind+"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("imagebind++")
                .hasMessageContaining("omnibind-large");
        assertThat(RouterFile.names()).contains("router.6.bias");
    }
}
