package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.distribution.workflow.InstalledVersion;
import dev.freebind.formats.npy.NpyArray;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The example plugin as a stranger makes it: built by Maven in its own project from the artifacts this build would publish,
 * dropped into a folder of plugins, used by a configuration.
 */
class EncoderPluginIT {

    private static final Path ROOT = Path.of(System.getProperty("freebind.root"));
    private static final Path FOLDER = ROOT.resolve("distribution/target/plugin-author");
    private static final Path PROJECT = FOLDER.resolve("encoder-plugin");
    private static final Path PLUGINS = FOLDER.resolve("plugins");
    private static final Pattern TESTS = Pattern.compile("Tests run: (\\d+), Failures: 0, Errors: 0, Skipped: (\\d+)");

    private static Installation installation;

    @BeforeAll
    static void buildThePlugin() throws IOException {
        Tree.delete(FOLDER);
        copyProject();
        Path repository = publish();
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        Installation.built()
                .runProgram(
                        PROJECT,
                        List.of(
                                ROOT.resolve(windows ? "mvnw.cmd" : "mvnw").toString(),
                                "-B",
                                "-ntp",
                                "-q",
                                // Ours come from the repository made here; all else, which this build has needed as
                                // well,
                                // from the one that this build uses.
                                "-Dmaven.repo.local=" + repository,
                                "-Dmaven.repo.local.tail=" + System.getProperty("freebind.local.repository"),
                                "package"))
                .succeeded();
        Files.createDirectories(PLUGINS);
        Files.copy(PROJECT.resolve("target/colours.jar"), PLUGINS.resolve("colours.jar"));
        installation = Installation.built().with("FREEBIND_PLUGINS", PLUGINS.toString());
    }

    private static void copyProject() throws IOException {
        Path example = ROOT.resolve("examples/encoder-plugin");
        for (Path file : Tree.files(example)) {
            Path relative = example.relativize(file);
            if (!relative.startsWith("target")) {
                Path copy = PROJECT.resolve(relative.toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        // Maven looks for its settings upwards, and would find those of this build.
        Files.createDirectories(PROJECT.resolve(".mvn"));
    }

    /** What {@code install} would put into a local repository, for the artifacts a plugin needs. */
    private static Path publish() throws IOException {
        Path repository = FOLDER.resolve("repository");
        publish(repository, "freebind-parent", ROOT.resolve("pom.xml"), ".pom");
        for (String module : List.of("api", "spi-encoders", "testkit")) {
            String artifact = "freebind-" + module;
            publish(repository, artifact, ROOT.resolve(module).resolve("pom.xml"), ".pom");
            String jar = artifact + "-" + InstalledVersion.number() + ".jar";
            publish(repository, artifact, ROOT.resolve(module).resolve("target").resolve(jar), ".jar");
        }
        return repository;
    }

    private static void publish(Path repository, String artifact, Path file, String ending) throws IOException {
        String version = InstalledVersion.number();
        Path target = repository
                .resolve("dev/freebind")
                .resolve(artifact)
                .resolve(version)
                .resolve(artifact + "-" + version + ending);
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
    }

    @Test
    void thePluginsOwnTestsAndTheContractsHaveRun() throws IOException {
        int tests = 0;
        for (Path report : Tree.files(PROJECT.resolve("target/surefire-reports"))) {
            if (report.toString().endsWith(".txt")) {
                Matcher line = TESTS.matcher(Files.readString(report));
                assertThat(line.find()).as(report.toString()).isTrue();
                tests += Integer.parseInt(line.group(1)) - Integer.parseInt(line.group(2));
            }
        }
        assertThat(tests).isGreaterThan(25);
    }

    @Test
    void thePluginHoldsNothingOfFreeBind() throws IOException {
        try (JarFile jar = new JarFile(PLUGINS.resolve("colours.jar").toFile())) {
            assertThat(jar.stream().map(JarEntry::getName))
                    .contains("com/example/colours/ColourProvider.class")
                    .noneMatch(name -> name.startsWith("dev/freebind/"));
        }
    }

    @Test
    void itIsListedWithEverythingThereIsToKnow() {
        Installation.Run run = installation.run(FOLDER, "encoders", "--options").succeeded();

        assertThat(run.out())
                .contains(
                        "colours 1.0\n",
                        "  modalities  image, text\n  dimension   11\n  from        " + PLUGINS.resolve("colours.jar"),
                        "  licence     Nothing is learned",
                        "(one of whole, centre, default whole)")
                .doesNotContain("not usable");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void aConfigurationEncodesWithItAndATextFindsThePictureOfItsColour() throws IOException {
        Path folder = Files.createDirectories(FOLDER.resolve("use"));
        Map<String, Color> pictures = Map.of("meadow", Color.GREEN.darker(), "poppies", Color.RED, "sky", Color.BLUE);
        pictures.forEach((name, colour) -> paint(folder.resolve("photos").resolve(name + ".png"), colour));
        Files.writeString(folder.resolve("captions.txt"), "green hills\na red car\na sapphire\n");
        Files.writeString(folder.resolve("words.txt"), "sapphire #0f52ba\n");
        Files.writeString(folder.resolve("my.yaml"), """
                spaces:
                  colours: {encoder: colours, modalities: [image, text], options: {words: words.txt, part: centre}}
                corpora:
                  captions: {modality: text, items: captions.txt}
                  photos: {modality: image, items: photos}
                """);

        installation.run(folder, "encode", "my.yaml").succeeded();

        float[] texts = encoded(folder.resolve("embeddings/colours/captions"));
        float[] photos = encoded(folder.resolve("embeddings/colours/photos"));
        for (int text = 0; text < 3; text++) {
            for (int photo = 0; photo < 3; photo++) {
                if (photo != text) {
                    assertThat(cosine(texts, text, photos, text))
                            .as("caption " + text + " and photo " + photo)
                            .isGreaterThan(cosine(texts, text, photos, photo));
                }
            }
        }
    }

    @Test
    void whatIsWrongWithItsOptionsIsNamed() throws IOException {
        Path folder = Files.createDirectories(FOLDER.resolve("wrong"));
        Files.writeString(folder.resolve("captions.txt"), "green\n");
        String yaml = """
                spaces:
                  colours: {encoder: %s, modalities: [image, text], options: {%s}}
                corpora:
                  captions: {modality: text, items: captions.txt}
                """;
        for (List<String> wrong : List.of(
                List.of("colours", "part: left", "'part' is 'left', but it takes one of whole, centre"),
                List.of("colours", "softnes: 1", "unknown option 'softnes'; did you mean 'softness'?"),
                List.of("colors", "part: whole", "no encoder 'colors' is installed; did you mean 'colours'?"))) {
            Files.writeString(folder.resolve("my.yaml"), yaml.formatted(wrong.get(0), wrong.get(1)));
            assertThat(installation
                            .run(folder, "encode", "my.yaml")
                            .failedWith(2)
                            .err())
                    .contains(wrong.get(2));
        }
    }

    private static void paint(Path file, Color colour) {
        BufferedImage image = new BufferedImage(32, 24, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, colour.getRGB());
            }
        }
        try {
            Files.createDirectories(file.getParent());
            ImageIO.write(image, "png", file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] encoded(Path folder) {
        Path file = Tree.files(folder).stream()
                .filter(shard -> shard.toString().endsWith(".npy"))
                .findFirst()
                .orElseThrow();
        NpyArray rows = NpyArray.read(file);
        assertThat(rows.shape().toString()).contains("3", "11");
        return rows.floats();
    }

    private static double cosine(float[] one, int row, float[] other, int otherRow) {
        double sum = 0;
        for (int i = 0; i < 11; i++) {
            sum += (double) one[row * 11 + i] * other[otherRow * 11 + i];
        }
        return sum;
    }
}
