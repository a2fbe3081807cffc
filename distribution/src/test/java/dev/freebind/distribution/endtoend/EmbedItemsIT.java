package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.formats.npy.NpyArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Raw items through an encoder that was installed as a plugin. */
class EmbedItemsIT {

    private static BoundWorld world;
    private static Path scratch;

    @BeforeAll
    static void bind() throws Exception {
        world = BoundWorld.get();
        scratch = world.scratch("items");
        Files.writeString(scratch.resolve("texts.txt"), "a dog barks\nrain on a tin roof\na dog barks\n");
    }

    private static Installation.Run embed(String space, String modality, String items, String output, String... more) {
        String[] arguments = {
            "embed",
            "my-space",
            "--space",
            space,
            "--modality",
            modality,
            "--items",
            scratch.resolve(items).toString(),
            "--output",
            scratch.resolve(output).toString()
        };
        String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return world.run(all);
    }

    @Test
    void thePluginIsListedWithItsJar() {
        Installation.Run run = world.run("encoders", "--options").succeeded();

        assertThat(run.out())
                .contains("hashing 1.2", "audio, image, text", "hashing.jar", "option      length", "required");
    }

    @Test
    void everyLineBecomesARowAndEqualLinesEqualRows() throws Exception {
        embed("vt-u", "text", "texts.txt", "texts.npy").succeeded();

        NpyArray rows = NpyArray.read(scratch.resolve("texts.npy"));
        assertThat(rows.shape().toString()).contains("3", "96");
        float[] values = rows.floats();
        assertThat(Arrays.copyOfRange(values, 192, 288)).isEqualTo(Arrays.copyOf(values, 96));
        assertThat(Arrays.copyOfRange(values, 96, 192)).isNotEqualTo(Arrays.copyOf(values, 96));
        Map<?, ?> manifest =
                new ObjectMapper().readValue(scratch.resolve("texts.npy.json").toFile(), Map.class);
        assertThat(manifest.get("encoders")).isEqualTo(Map.of("unified", "hashing 1.2", "vt", "hashing 1.2"));
    }

    @Test
    void pathsAreRelativeToTheListAndAMissingOneIsNamedWithItsLine() throws Exception {
        Files.writeString(scratch.resolve("a.jpg"), "a picture");
        Files.writeString(scratch.resolve("b.jpg"), "another");
        Files.writeString(scratch.resolve("pictures.txt"), "a.jpg\nb.jpg\n");
        Files.writeString(scratch.resolve("broken.txt"), "a.jpg\nc.jpg\n");

        assertThat(embed("vt-u-plusplus", "image", "pictures.txt", "pictures.npy")
                        .succeeded()
                        .out())
                .contains("2 rows of vt-u-plusplus");
        assertThat(embed("vt-u-plusplus", "image", "broken.txt", "broken.npy")
                        .failedWith(1)
                        .err())
                .contains("broken.txt:2: ", "c.jpg: no such file");
        assertThat(scratch.resolve("broken.npy")).doesNotExist();
    }

    @Test
    void aLeafWithoutEncoderIsExitTwoAndNamed() {
        Installation.Run run =
                embed("vt-u-plusplus", "text", "texts.txt", "never.npy").failedWith(2);

        assertThat(run.err()).contains("space at has no encoder");
        assertThat(scratch.resolve("never.npy")).doesNotExist();
    }

    @Test
    void anOptionTakesThePlaceOfTheConfiguredOne() throws Exception {
        embed("vt", "text", "texts.txt", "salt-a.npy").succeeded();
        embed("vt", "text", "texts.txt", "salt-b.npy", "--option", "vt.salt=b").succeeded();

        assertThat(NpyArray.read(scratch.resolve("salt-b.npy")).floats())
                .isNotEqualTo(NpyArray.read(scratch.resolve("salt-a.npy")).floats());
    }

    @Test
    void wrongOptionsAreExitTwoAndSayWhatIsAllowed() {
        assertThat(embed("vt", "text", "texts.txt", "no.npy", "--option", "vt.slat=b")
                        .failedWith(2)
                        .err())
                .contains("unknown option 'slat'", "length, salt");
        assertThat(embed("vt", "text", "texts.txt", "no.npy", "--option", "vt.length=long")
                        .failedWith(2)
                        .err())
                .contains("option 'length' is 'long'", "a whole number");
        assertThat(embed("vt", "text", "texts.txt", "no.npy", "--option", "vt.length=90")
                        .failedWith(2)
                        .err())
                .contains("gives dimension 90", "dimension 96");
        assertThat(embed("vt", "text", "texts.txt", "no.npy", "--option", "vu.salt=b")
                        .failedWith(2)
                        .err())
                .contains("'vu': no such leaf space", "unified, vt, at");
        assertThat(embed("vt", "text", "texts.txt", "no.npy", "--option", "unified.salt=b")
                        .failedWith(2)
                        .err())
                .contains("needs the leaf spaces vt", "--option is given for unified");
    }

    @Test
    void itemsAndEmbeddingsExcludeEachOther() {
        Installation.Run run = embed("vt", "text", "texts.txt", "no.npy", "--embeddings", "vt=world/test/vt/text.npy");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--items", "--embeddings");
    }
}
