package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.distribution.Invocation;
import dev.freebind.formats.npy.NpyArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@code index} and {@code search} against brute force over what {@code embed} wrote. Most commands run inside the test, which is
 * faster; those that need the encoder plugin run as a user runs them.
 */
class SearchIT {

    /** Float32 products of unit vectors differ by this much from exact ones. */
    private static final double ROUNDING = 2e-6;

    private static BoundWorld world;
    private static Path scratch;
    private static double[][] images;
    private static double[][] sounds;

    @BeforeAll
    static void index() throws Exception {
        world = BoundWorld.get();
        scratch = world.scratch("search");
        run(embeddings("embed", "image", "--space", "vt-u", "-o", scratch + "/image.npy"))
                .succeeded();
        run(embeddings("embed", "audio", "--space", "vt-u", "-o", scratch + "/audio.npy"))
                .succeeded();
        images = rows(scratch.resolve("image.npy"));
        sounds = rows(scratch.resolve("audio.npy"));
        StringBuilder metadata = new StringBuilder();
        for (int row = 0; row < images.length; row++) {
            metadata.append("{\"path\": \"")
                    .append(row)
                    .append(".jpg\", \"caption\": \"picture ")
                    .append(row)
                    .append("\"}\n");
        }
        Files.writeString(scratch.resolve("images.jsonl"), metadata);
        run(embeddings("index", "image", "--metadata", scratch + "/images.jsonl", "-o", scratch + "/pictures"))
                .succeeded();
        run(embeddings("index", "audio", "-o", scratch + "/sounds")).succeeded();
    }

    private static Installation.Run run(String... arguments) {
        Invocation invocation = Invocation.of(arguments);
        return new Installation.Run(invocation.exitCode(), invocation.out(), invocation.err());
    }

    private static Path test(String file) {
        return world.folder().resolve("world/test").resolve(file);
    }

    /** With the embeddings of the test items in the leaf spaces that the modality needs. */
    private static String[] embeddings(String command, String modality, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of(command, world.space().toString(), "--modality", modality, "--device", "cpu"));
        arguments.addAll(List.of("--embeddings", "unified=" + test("unified/" + modality + ".npy")));
        if (modality.equals("image")) {
            arguments.addAll(List.of("--embeddings", "vt=" + test("vt/image.npy")));
        }
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    private static double[][] rows(Path file) {
        NpyArray array = NpyArray.read(file);
        float[] values = array.floats();
        int dimension = 96;
        double[][] rows = new double[values.length / dimension][dimension];
        for (int i = 0; i < values.length; i++) {
            rows[i / dimension][i % dimension] = values[i];
        }
        return rows;
    }

    private static double[] sum(double[] a, double weight, double[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> a[i] + weight * b[i])
                .toArray();
    }

    private static double cosine(double[] a, double[] b) {
        double dot = 0;
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            dot += a[i] * b[i];
            squares += a[i] * a[i];
        }
        return dot / Math.sqrt(squares);
    }

    private static JsonNode found(String query, String... where) throws Exception {
        Path json = scratch.resolve("found.json");
        List<String> arguments = new ArrayList<>(
                List.of("search", world.space().toString(), query, "--device", "cpu", "--json", json.toString()));
        arguments.addAll(List.of(where));
        run(arguments.toArray(String[]::new)).succeeded();
        return new ObjectMapper().readTree(json.toFile()).get("galleries");
    }

    /** Hits are the best rows by exact scores, in order; rows whose scores differ by rounding only may change places. */
    private static void assertBruteForce(JsonNode gallery, double[] query, double[][] items, int k) {
        List<Integer> order = IntStream.range(0, items.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer row) -> -cosine(query, items[row])))
                .toList();
        assertThat(gallery.get("rows").asInt()).isEqualTo(items.length);
        assertThat(gallery.get("hits")).hasSize(k);
        for (int i = 0; i < k; i++) {
            JsonNode hit = gallery.get("hits").get(i);
            double exact = cosine(query, items[hit.get("row").asInt()]);
            assertThat(hit.get("score").asDouble()).isCloseTo(exact, within(ROUNDING));
            assertThat(exact).isCloseTo(cosine(query, items[order.get(i)]), within(ROUNDING));
        }
        assertThat(gallery.get("hits").findValues("row").stream().map(JsonNode::asInt))
                .doesNotHaveDuplicates();
    }

    @Test
    void hitsEqualBruteForceForSignedCombinations() throws Exception {
        Random random = new Random(11);
        String[] both = {"--index", scratch + "/pictures", "--index", scratch + "/sounds", "-k", "17"};
        for (int i = 0; i < 3; i++) {
            int image = random.nextInt(images.length);
            int sound = random.nextInt(sounds.length);
            JsonNode galleries = found("row:sounds/" + sound + " - 0.5*npy:" + scratch + "/image.npy#" + image, both);
            double[] query = sum(sounds[sound], -0.5, images[image]);
            assertBruteForce(galleries.get(0), query, images, 17);
            assertBruteForce(galleries.get(1), query, sounds, 17);
        }
    }

    @Test
    void withoutAnIndexLeafEmbeddingsAreComposedAsTheyAreRead() throws Exception {
        String query = "audio@unified:" + test("unified/audio.npy") + "#5";
        JsonNode composed = found(
                query,
                "--modality",
                "image",
                "--embeddings",
                "unified=" + test("unified/image.npy"),
                "--embeddings",
                "vt=" + test("vt/image.npy"),
                "--metadata",
                scratch + "/images.jsonl");
        JsonNode ready = found(
                query, "--modality", "image", "--space", "vt-u", "--embeddings", "vt-u=" + scratch + "/image.npy");

        assertBruteForce(composed.get(0), sounds[5], images, 10);
        assertBruteForce(ready.get(0), sounds[5], images, 10);
        JsonNode best = composed.get(0).get("hits").get(0);
        assertThat(best.get("metadata").get("caption").asText())
                .isEqualTo("picture " + best.get("row").asInt());
    }

    @Test
    void rawItemsAreEncodedAndTheTableNamesWhatWasFound() throws Exception {
        Files.writeString(scratch.resolve("texts.txt"), "a dog barks\nrain on a tin roof\n");
        Files.writeString(scratch.resolve("a.jpg"), "a picture");
        world.run(
                        "index",
                        "my-space",
                        "--modality",
                        "text",
                        "--items",
                        scratch + "/texts.txt",
                        "--dtype",
                        "float16",
                        "-o",
                        scratch + "/texts")
                .succeeded();

        Installation.Run run = world.run("search", "my-space", "rain on a tin roof", "--index", scratch + "/texts")
                .succeeded();
        assertThat(run.out().lines())
                .hasSize(4)
                .startsWith("texts: text, 2 rows", "rank    score  row")
                .anySatisfy(line -> assertThat(line).startsWith("   1   1.0000    1  rain on a tin roof"));
        assertThat(world.run(
                                "search",
                                "my-space",
                                "image:" + scratch + "/a.jpg - text:\"a dog barks\"",
                                "--index",
                                scratch + "/pictures")
                        .succeeded()
                        .out())
                .contains("pictures: image", "picture ");
    }

    @Test
    void wrongRequestsAreExitTwoAndSayWhatIsAllowed() {
        assertThat(refused("row:1 row:2", "--index", scratch + "/pictures")).contains("at character 7", "+ or -");
        assertThat(refused("row:1", "--index", scratch + "/nowhere")).contains("is not an index");
        assertThat(refused("row:9999", "--index", scratch + "/pictures")).contains("there is no row 9999");
        assertThat(refused("row:1", "--index", scratch + "/pictures", "--index", scratch + "/sounds"))
                .contains("which gallery", "pictures, sounds");
        assertThat(refused("row:1", "--index", scratch + "/pictures", "--factors", "vt-u.image=0.5"))
                .contains("an index has its factors");
        assertThat(refused("row:1", "--index", scratch + "/pictures", "-k", "0"))
                .contains("-k 0");
        assertThat(refused("row:1")).contains("--index", "--modality");
        assertThat(refused("row:1", "--modality", "image", "--embeddings", "vt=" + test("vt/image.npy")))
                .contains("needs the leaf spaces", "missing: unified");
        assertThat(refused("row:1", "--modality", "image", "--embeddings", "vt-u=" + test("unified/image.npy")))
                .contains("has dimension 128, but 'vt-u' has 96");
        Installation.Run twice = run(embeddings("index", "image", "-o", scratch + "/pictures"));
        assertThat(twice.failedWith(2).err()).contains("is not empty");
    }

    private static String refused(String query, String... more) {
        List<String> arguments = new ArrayList<>(List.of("search", world.space().toString(), query));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new)).failedWith(2).err();
    }

    @Test
    void damagedDataIsExitOne() throws Exception {
        Path damaged = Files.createDirectories(scratch.resolve("damaged"));
        for (String file : List.of("index.json", "embeddings.npy", "metadata.jsonl")) {
            Files.write(
                    damaged.resolve(file),
                    Files.readAllBytes(scratch.resolve("pictures").resolve(file)));
        }
        Files.writeString(damaged.resolve("metadata.jsonl"), "{}\n");

        assertThat(run("search", world.space().toString(), "row:1", "--index", damaged.toString())
                        .failedWith(1)
                        .err())
                .contains("metadata.jsonl has 1 rows");
    }

    @Test
    void anIndexMadeWithOtherFactorsKeepsThemForItsQueries() throws Exception {
        run(embeddings("index", "image", "--factors", "vt-u.image=0.3", "-o", scratch + "/other"))
                .succeeded();

        JsonNode hits = found("row:other/7", "--index", scratch + "/other");
        assertThat(hits.get(0).get("hits").get(0).get("row").asInt()).isEqualTo(7);
        assertThat(refused("row:other/1", "--index", scratch + "/other", "--index", scratch + "/pictures"))
                .contains("made in different spaces or with different factors");
    }
}
