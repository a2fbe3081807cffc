package dev.freebind.bonds.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.collection.CollectionSettings;
import dev.freebind.bonds.collection.CollectionSettings.Weights;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TrainingSettings.Storage;
import dev.freebind.bonds.projector.Mixture;
import dev.freebind.bonds.projector.Subset;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationReaderTest {

    @TempDir
    private Path folder;

    private Path write(String yaml) throws IOException {
        return Files.writeString(folder.resolve("bind.yaml"), yaml);
    }

    private static List<String> problems(String yaml) {
        InvalidConfigurationException wrong =
                catchThrowableOfType(InvalidConfigurationException.class, () -> Configurations.read(yaml));
        assertThat(wrong).isNotNull();
        return wrong.problems().stream()
                .map(problem -> problem.line() + ": " + problem.key() + ": " + problem.message())
                .toList();
    }

    private static PseudoPairBond bond(Configuration configuration, String name) {
        return BondGraph.of(configuration).pseudoPairBond(name);
    }

    @Test
    void whatIsNotGivenHasThePapersValues() {
        Configuration configuration = Configurations.read(Configurations.PAPER);

        assertThat(configuration.seed()).isEqualTo(7);
        assertThat(configuration.spaces().keySet()).containsExactly("unified", "vt", "at1", "at2");
        assertThat(bond(configuration, "vt-u").training())
                .isEqualTo(new TrainingSettings(5, 4096, 1e-3, 0.02, 2048, new Mixture.All(), 0, 0, Storage.FLOAT32));
        assertThat(bond(configuration, "vt-u-plusplus").training().epochs()).isEqualTo(20);
        assertThat(bond(configuration, "vt-u").collection()).isEqualTo(new CollectionSettings(0.01, null, null));
        assertThat(bond(configuration, "vt-u").factor(Modality.IMAGE)).isEqualTo(0.9);
        assertThat(bond(configuration, "vt-u-plusplus").factor(Modality.AUDIO)).isEqualTo(0.5);
        assertThat(bond(configuration, "vt-u-plusplus").factor(Modality.TEXT)).isEqualTo(0.1);
        assertThat(((Combination) configuration.bonds().get("vt-u-plusplus")).weight("at1"))
                .isEqualTo(1);
    }

    @Test
    void theDocumentedExampleIsRead() throws IOException {
        Configuration configuration = Configurations.read(new String(
                ConfigurationReaderTest.class
                        .getResourceAsStream("/configuration/documented.yaml")
                        .readAllBytes(),
                StandardCharsets.UTF_8));

        assertThat(configuration.name()).isEqualTo("vt-u-plusplus");
        assertThat(bond(configuration, "vt-u").collection().weights()).isEqualTo(Weights.OWN);
        assertThat(configuration.presets().keySet()).containsExactly("versatile", "audio-text-expertise");
        assertThat(configuration.evaluation()).extracting(EvaluationTask::name).containsExactly("test", "captions");
        assertThat(BondGraph.of(configuration).space("vt-u-plusplus").dimension())
                .isEqualTo(96);
    }

    @Test
    void trainingValuesComeFromTheBondThenTheDefaultsThenThePaper() {
        Configuration configuration = Configurations.read(
                Configurations.PAPER.replace(
                                "    displace: unified",
                                "    train: {epochs: 3, mixture: [[text], [image, text]]}\n    displace: unified")
                        + "defaults: {epochs: 9, batch: 64, learning-rate: 2e-3, hold-out: 0.1, early-stop: 2, storage: float16}\n");

        assertThat(bond(configuration, "vt-u").training())
                .isEqualTo(new TrainingSettings(
                        3,
                        64,
                        2e-3,
                        0.02,
                        2048,
                        new Mixture.Listed(List.of(
                                Subset.of(List.of(Modality.TEXT)), Subset.of(List.of(Modality.IMAGE, Modality.TEXT)))),
                        0.1,
                        2,
                        Storage.FLOAT16));
        assertThat(bond(configuration, "vt-u-plusplus").training().epochs()).isEqualTo(9);
    }

    @Test
    void defaultsMayStandUnderTrainAsInABond() {
        assertThat(bond(Configurations.read(Configurations.PAPER + "defaults: {train: {epochs: 9}}\n"), "vt-u")
                        .training()
                        .epochs())
                .isEqualTo(9);
    }

    @Test
    void collectionCanBeConfigured() {
        CollectionSettings collection = bond(
                        Configurations.read(Configurations.PAPER.replace(
                                "    displace: unified",
                                "    collect: {temperature: 0.05, weights: expert}\n    displace: unified")),
                        "vt-u")
                .collection();

        assertThat(collection).isEqualTo(new CollectionSettings(0.05, Weights.EXPERT, null));
    }

    @Test
    void rawItemsMayBeAColumnOfATable() throws IOException {
        Configuration configuration = new ConfigurationReader().read(write("""
                spaces:
                  vt: {modalities: [image, text], encoder: clip}
                corpora:
                  captions: {modality: text, items: {file: "captions-*.csv", column: caption}}
                """));

        ItemData data = configuration.corpora().get("captions").data();
        assertThat(data.items().path().absolute())
                .isEqualTo(folder.resolve("captions-*.csv").toString());
        assertThat(data.items().column()).isEqualTo("caption");
        assertThatThrownBy(() -> new ConfigurationReader().read(write("""
                spaces:
                  vt: {modalities: [image, text], encoder: clip}
                corpora:
                  captions: {modality: text, items: {colum: caption}}
                """)))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("unknown key 'colum'; did you mean 'column'?")
                .hasMessageContaining("'file' is missing");
    }

    @Test
    void classNamesHaveAPlaceForTheirEmbeddingsInEverySpaceThatEncodesTexts() throws IOException {
        Configuration configuration = new ConfigurationReader().read(write("""
                spaces:
                  vt: {modalities: [image, text], encoder: clip}
                  at: {modalities: [audio, text], dimension: 4}
                evaluation:
                  - name: sounds
                    task: classification
                    items: {audio: {embeddings: {at: a.npy}}}
                    labels: labels.txt
                    classes: {names: n.txt}
                """));

        EvaluationTask.Classification task =
                (EvaluationTask.Classification) configuration.evaluation().get(0);
        EvaluationTask.Classes.Named classes = (EvaluationTask.Classes.Named) task.classes();
        assertThat(classes.encoded().keySet()).containsExactly("vt");
        assertThat(classes.encoded().get("vt").files())
                .extracting(ResourcePath::absolute)
                .containsExactly(folder.resolve("embeddings/vt/sounds/classes").toString());
    }

    @Test
    void pathsAreRelativeToTheFileAndMayBeListsAndContainVariables() throws IOException {
        Path file = write("""
                spaces:
                  vt: {modalities: [image, text], dimension: 4, encoder: clip, options: {checkpoint: "${HOME_OF_MODELS}/a.pt"}}
                corpora:
                  texts: {modality: text, embeddings: {vt: ["a-*.npy", "${DATA:-more}/b.npy"]}}
                  photos: {modality: image, items: "photos/**/*.jpg"}
                  both: {modality: text, items: captions.txt, embeddings: {vt: captions.npy}}
                """);
        Configuration configuration = new ConfigurationReader(Map.of("HOME_OF_MODELS", "/models")::get).read(file);

        assertThat(configuration.name()).isEqualTo("bind");
        assertThat(configuration
                        .corpora()
                        .get("texts")
                        .data()
                        .embeddings()
                        .get("vt")
                        .files())
                .extracting(ResourcePath::absolute)
                .containsExactly(
                        folder.resolve("a-*.npy").toString(),
                        folder.resolve("more/b.npy").toString());
        assertThat(configuration
                        .corpora()
                        .get("photos")
                        .data()
                        .embeddings()
                        .get("vt")
                        .files())
                .as("raw items are encoded beside the configuration by every encoder that knows them")
                .extracting(ResourcePath::absolute)
                .containsExactly(folder.resolve("embeddings/vt/photos").toString());
        assertThat(configuration
                        .corpora()
                        .get("both")
                        .data()
                        .embeddings()
                        .get("vt")
                        .files())
                .extracting(ResourcePath::absolute)
                .containsExactly(folder.resolve("captions.npy").toString());
        SpaceDeclaration space = configuration.spaces().get("vt");
        assertThat(space.options()).isEqualTo(Map.of("checkpoint", "${HOME_OF_MODELS}/a.pt"));
        assertThat(space.expandedOptions()).isEqualTo(Map.of("checkpoint", "/models/a.pt"));
        assertThat(space.folder()).isEqualTo(folder);
    }

    @Test
    void tasksAreRead() {
        Configuration configuration = Configurations.read(Configurations.PAPER + """
                evaluation:
                  - name: all-pairs
                    task: retrieval
                    items:
                      text: {embeddings: {vt: t.npy}}
                      image: {embeddings: {vt: i.npy}}
                      audio: {embeddings: {at1: a.npy}}
                  - name: captions
                    task: retrieval
                    items: {text: {embeddings: {vt: t.npy}}, image: {embeddings: {vt: i.npy}}}
                    pairs: [image-text]
                    recall: [10, 1]
                    relevance: ti.csv
                  - name: sounds
                    task: classification
                    items: {audio: {embeddings: {at1: a.npy}}}
                    labels: labels.txt
                    classes: {embeddings: {at1: c.npy}, per-class: 3, names: n.txt}
                  - name: tags
                    task: tagging
                    items: {audio: {embeddings: {at1: a.npy}}}
                    labels: tags.csv
                    classes: {names: n.txt, templates: t.txt}
                """);

        Retrieval all = (Retrieval) configuration.evaluation().get(0);
        assertThat(all.pairs()).extracting(Object::toString).containsExactly("audio-image", "audio-text", "image-text");
        assertThat(all.recall()).containsExactly(1, 5, 10);
        Retrieval captions = (Retrieval) configuration.evaluation().get(1);
        assertThat(captions.recall()).containsExactly(1, 10);
        assertThat(captions.relevance().written()).isEqualTo("ti.csv");
        Classes.Embedded embedded =
                (Classes.Embedded) ((Classification) configuration.evaluation().get(2)).classes();
        assertThat(embedded.perClass()).isEqualTo(3);
        Tagging tagging = (Tagging) configuration.evaluation().get(3);
        assertThat(tagging.tags().written()).isEqualTo("tags.csv");
        assertThat(((Classes.Named) tagging.classes()).templates().written()).isEqualTo("t.txt");
    }

    @Test
    void everyMistakeOfAFileIsReportedAtOnceWithItsLine() throws IOException {
        String yaml = new String(
                ConfigurationReaderTest.class
                        .getResourceAsStream("/configuration/wrong.yaml")
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        String expected = new String(
                ConfigurationReaderTest.class
                        .getResourceAsStream("/configuration/wrong.expected")
                        .readAllBytes(),
                StandardCharsets.UTF_8);

        assertThat(String.join("\n", problems(yaml)) + "\n").isEqualTo(expected);
    }

    @Test
    void theMessageNamesFileLineAndKey() throws IOException {
        Path file = write("spaces:\n  vt: {modalities: [image, text], dimension: 0}\n");

        assertThatThrownBy(() -> new ConfigurationReader().read(file))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("1 problem in the configuration:\n  " + file
                        + ":2: spaces.vt.dimension: is '0', but must be a whole number between 1 and 1048576");
    }

    @Test
    void whatIsNoYamlSaysWhere() {
        assertThat(problems("spaces:\n  vt: [image, text\nbonds: {}\n"))
                .singleElement()
                .asString()
                .startsWith("3: : this is not YAML:");
        assertThat(problems("")).containsExactly("1: : the file is empty");
        assertThat(problems("a: 1\n---\nb: 2\n"))
                .containsExactly("2: : a second document begins here; a configuration is one document");
        assertThat(problems("just a text"))
                .containsExactly("1: : is 'just a text', but must be a mapping (key: value)");
    }

    @Test
    void noJavaObjectIsMadeOfATag() {
        assertThat(
                        problems(
                                "name: !!javax.script.ScriptEngineManager [x]\nspaces: {a: {modalities: [text], dimension: 1}}\n"))
                .anyMatch(problem -> problem.startsWith(
                        "1: name: tag tag:yaml.org,2002:javax.script.ScriptEngineManager is not" + " allowed"));
    }

    /** The problem of a file in which every value asks for a variable, which counts how many values were expanded. */
    private String problem(String yaml, int mostExpanded) throws IOException {
        Path file = Files.writeString(folder.resolve("hostile.yaml"), yaml);
        AtomicInteger expanded = new AtomicInteger();
        ConfigurationReader reader = new ConfigurationReader(variable -> {
            if (expanded.incrementAndGet() > mostExpanded) {
                throw new AssertionError("more than " + mostExpanded + " values are expanded");
            }
            return "x";
        });
        InvalidConfigurationException wrong =
                catchThrowableOfType(InvalidConfigurationException.class, () -> reader.read(file));
        assertThat(wrong).isNotNull();
        assertThat(wrong.problems()).hasSize(1);
        return wrong.problems().get(0).message();
    }

    @Test
    void aHostileFileIsRefusedBeforeItCostsMuch() throws IOException {
        StringBuilder aliases = new StringBuilder("a0: &a0 [" + "'${X}', ".repeat(9) + "]\n");
        for (int i = 1; i < 12; i++) {
            aliases.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(9)));
        }

        assertThat(problem(aliases.toString(), 200_000)).contains("aliases repeat values");
        assertThat(problem("a: &a ['${X}', *a]\n", 32)).contains("aliases repeat values");
        assertThat(problem("a: " + "['${X}', ".repeat(100_000), 0)).contains("nested more than 32 deep");
        assertThat(problem("a: [" + "'${X}',".repeat(300_000) + "1]", 0)).contains("more than 200000 values");
        Path huge = folder.resolve("huge.yaml");
        Files.write(huge, new byte[(4 << 20) + 1]);
        assertThatThrownBy(() -> new ConfigurationReader().read(huge))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("the file has 4194305 bytes");
        Path binary = folder.resolve("binary.yaml");
        Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThatThrownBy(() -> new ConfigurationReader().read(binary))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("is not a text in UTF-8");
    }

    @Test
    void aMissingFileAndAFolderAreWrongRequests() {
        assertThatThrownBy(() -> new ConfigurationReader().read(folder.resolve("no.yaml")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("there is no configuration file " + folder.resolve("no.yaml"));
        assertThatThrownBy(() -> new ConfigurationReader().read(folder))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("is a folder; name a configuration file");
        assertThatThrownBy(() -> new ConfigurationReader().readBoundSpace(folder))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("is not a bound space: it has no space.yaml");
    }

    @Test
    void dimensionsThatEncodersTellAreFilledInOrCompared() {
        Configuration configuration = Configurations.read("""
                spaces:
                  clip: {modalities: [image, text], encoder: clip}
                  clap: {modalities: [audio, text], encoder: clap, dimension: 64}
                """);

        assertThat(configuration
                        .withEncoderDimensions(Map.of("clip", 512, "clap", 64))
                        .spaces()
                        .get("clip")
                        .dimension())
                .isEqualTo(512);
        assertThatThrownBy(() -> configuration.withEncoderDimensions(Map.of("clap", 512)))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining(":3: spaces.clap.dimension: is 64, but the encoder 'clap' gives dimension 512");
    }
}
