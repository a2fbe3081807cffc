package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Raw items to embedding files, to a bound space, to results. */
class EncodeIT {

    private static final Path SHARED =
            Path.of(System.getProperty("freebind.root")).resolveSibling("shared");

    private final BoundWorld world = BoundWorld.get();

    private Path scratch(String name) {
        Path folder = world.folder().resolve("scratch").resolve(name);
        Tree.delete(folder);
        return world.scratch(name);
    }

    private Installation.Run run(Path folder, String... arguments) {
        return world.installation().run(folder, arguments);
    }

    /** SHA-256 by path of everything encoded, but what is only remembered. */
    private static Map<String, String> encoded(Path folder) {
        Map<String, String> hashes = new TreeMap<>();
        for (Path file : Tree.files(folder.resolve("embeddings"))) {
            String name = file.getFileName().toString();
            assertThat(AtomicFile.isTemporary(file)).as(name).isFalse();
            if (!name.equals("hashes.json") && !name.equals("lock")) {
                hashes.put(folder.relativize(file).toString(), Tree.sha256(file));
            }
        }
        return hashes;
    }

    /** The three families at once, each with a very small checkpoint, on real pictures and sounds. */
    @Test
    void picturesSoundsAndCaptionsBecomeABoundSpaceThatCanBeMeasured() throws Exception {
        Path goldens = SHARED.resolve("goldens");
        Path media = SHARED.resolve("realdata/media");
        Assumptions.assumeTrue(
                Files.isDirectory(goldens) && Files.isDirectory(media), SHARED + " has no checkpoints or media");
        Path folder = scratch("media");
        Files.writeString(folder.resolve("captions.csv"), """
                file,caption
                BBQ.wav,"a barbecue, sizzling"
                toilet.wav,a flushing toilet
                train.wav,a train passes
                0_jackson_0.wav,zero
                """);
        Files.writeString(folder.resolve("media.txt"), "a barbecue\na toilet\na train\n");
        Files.writeString(folder.resolve("names.txt"), "barbecue\ntoilet\ntrain\n");
        Files.writeString(folder.resolve("templates.txt"), "a photo of a {}\nthe {}\n");
        Files.writeString(folder.resolve("my.yaml"), """
                name: joined
                seed: 7
                spaces:
                  imagebind: {encoder: imagebind, modalities: [audio, image], hub: image, options: {checkpoint: "G/imagebind/tiny/imagebind_tiny.pth", config: "G/imagebind/tiny/config.json", device: cpu}}
                  clap: {encoder: clap, modalities: [audio, text], options: {checkpoint: "G/clap/tiny/clap_tiny.pt", vocabulary: "G/clap/tiny/tokenizer", text-heads: 4, device: cpu}}
                  internvl: {encoder: internvl, modalities: [image, text], options: {checkpoint: "G/internvl/tiny", tokenizer: "G/internvl/tiny/tokenizer.model", device: cpu}}
                corpora:
                  sounds: {modality: audio, items: "R/*/*.wav"}
                  photos: {modality: image, items: "R/media", embeddings: {imagebind: photos.npy}}
                  captions: {modality: text, items: {file: captions.csv, column: caption}}
                defaults: {hidden: 16, batch: 2, epochs: 1}
                bonds:
                  vt-u: {displace: imagebind, into: internvl}
                  joined: {combine: [clap], into: vt-u}
                evaluation:
                  - name: media
                    task: retrieval
                    items: {audio: {items: "R/media"}, image: {items: "R/media"}, text: {items: media.txt}}
                  - name: kinds
                    task: classification
                    items: {image: {items: "R/media"}}
                    labels: names.txt
                    classes: {names: names.txt, templates: templates.txt}
                """.replace("G/", goldens + "/")
                .replace("R/", SHARED.resolve("realdata") + "/"));

        Installation.Run plan = run(folder, "bind", "my.yaml", "--dry-run").succeeded();
        assertThat(plan.out())
                .contains("to encode", "clap       sounds    13 items", "imagebind, 40-d".substring(0, 9), "joined");
        assertThat(folder.resolve("embeddings/clap")).doesNotExist();

        Installation.Run encode = run(folder, "encode", "my.yaml", "--corpus", "sounds", "--corpus", "photos")
                .succeeded();
        assertThat(encode.out())
                .contains(
                        "embeddings/clap/sounds: 13 rows of clap.audio, 13 encoded",
                        "photos.npy: 3 rows of imagebind.image, 3 encoded");
        assertThat(encode.err()).contains("clap: sounds: 13 items in ");
        assertThat(NpyArray.read(folder.resolve("photos.npy")).shape().toString())
                .contains("3", "40");
        Map<String, String> before = encoded(folder);

        Installation.Run bind = run(folder, "bind", "my.yaml", "--output", "joined", "--device", "cpu")
                .succeeded();
        assertThat(bind.err()).contains("clap: captions: 4 items").doesNotContain("clap: sounds");
        assertThat(encoded(folder)).containsAllEntriesOf(before);

        Installation.Run results =
                run(folder, "evaluate", "joined", "--device", "cpu").succeeded();
        assertThat(results.err()).contains("clap: media/text: 3 items", "internvl: kinds/classes: 6 items");
        assertThat(results.out()).contains("media: retrieval", "kinds: classification", "joined");

        assertThat(run(folder, "encode", "my.yaml", "--dry-run").succeeded().out())
                .isEqualTo("nothing to encode\n");
    }

    @Test
    void theDeviceOfTheCommandIsTheEncodersUnlessTheirOptionsSayOtherwise() throws Exception {
        Path folder = scratch("encode-device");
        Files.writeString(folder.resolve("lines.txt"), "one\ntwo\n");
        String yaml = """
                spaces:
                  a: {encoder: hashing, modalities: [text], options: {length: 4}}
                corpora:
                  lines: {modality: text, items: lines.txt}
                """;
        Files.writeString(folder.resolve("open.yaml"), yaml);
        Files.writeString(folder.resolve("given.yaml"), yaml.replace("length: 4", "length: 4, device: cpu"));

        assertThat(run(folder, "encode", "open.yaml", "--device", "gpu")
                        .failedWith(2)
                        .err())
                .contains("hashing needs a CPU");
        assertThat(run(folder, "encode", "given.yaml", "--device", "gpu")
                        .succeeded()
                        .out())
                .contains("2 encoded");
        run(folder, "encode", "open.yaml", "--device", "cpu").succeeded();
        assertThat(run(folder, "encode", "open.yaml").succeeded().out())
                .as("where it is computed changes no embedding")
                .contains("up to date");
    }

    @Test
    void killedAtAnyMomentAndRunAgainTheBytesAreThoseOfAnUninterruptedRun() throws Exception {
        Path whole = texts("encode-whole");
        Path killed = texts("encode-killed");
        long begin = System.nanoTime();
        run(whole, "encode", "my.yaml", "--shard-items", "20", "--quiet").succeeded();
        long milliseconds = (System.nanoTime() - begin) / 1_000_000;

        int kills = 0;
        for (double moment : List.of(0.3, 0.5, 0.7)) {
            if (world.installation()
                    .killedAfter((long) (milliseconds * moment), killed, "encode", "my.yaml", "--shard-items", "20")) {
                kills++;
            }
            if (Files.exists(killed.resolve("embeddings/unified"))) {
                wholeShards(killed);
            }
        }
        assertThat(kills).as("runs that were killed before their end").isPositive();
        run(killed, "encode", "my.yaml", "--shard-items", "20").succeeded();

        assertThat(encoded(killed)).isEqualTo(encoded(whole));
    }

    private static void wholeShards(Path folder) {
        for (Path file : Tree.files(folder.resolve("embeddings"))) {
            if (file.toString().endsWith(".npy") && !AtomicFile.isTemporary(file)) {
                assertThat(NpyArray.read(file).shape().toString())
                        .as(file.toString())
                        .isNotEmpty();
            }
        }
    }

    private Path texts(String name) throws IOException {
        Path folder = scratch(name);
        Files.writeString(
                folder.resolve("captions.txt"),
                IntStream.range(0, 800).mapToObj(i -> "caption " + i).collect(Collectors.joining("\n")));
        Files.writeString(folder.resolve("my.yaml"), """
                spaces:
                  unified: {encoder: hashing, modalities: [image, text], options: {length: 64}}
                  vt: {encoder: hashing, modalities: [image, text], options: {length: 32, salt: a}}
                corpora:
                  captions: {modality: text, items: captions.txt}
                """);
        return folder;
    }

    @Test
    void whatIsWrongIsNamedAndNothingIsLeftBehind() throws Exception {
        Path folder = texts("encode-faults");
        Files.createDirectories(folder.resolve("photos"));
        Files.writeString(folder.resolve("photos/a.jpg"), "no picture");
        Files.writeString(folder.resolve("list.txt"), "photos/a.jpg\nphotos/b.jpg\n");
        String yaml = Files.readString(folder.resolve("my.yaml"));
        Files.writeString(
                folder.resolve("photos.yaml"),
                yaml.replace("modality: text, items: captions.txt", "modality: image, items: list.txt"));
        Files.writeString(folder.resolve("table.yaml"), yaml.replace("captions.txt", "captions.csv"));
        Files.writeString(folder.resolve("captions.csv"), "id,caption\n1,a dog\n");

        assertThat(run(folder, "encode", "photos.yaml").failedWith(1).err()).contains("photos/b.jpg", "list.txt:2");
        assertThat(run(folder, "encode", "table.yaml").failedWith(2).err())
                .contains("id, caption", "items: {file: captions.csv, column: id}");
        assertThat(run(folder, "encode", "my.yaml", "--space", "vu")
                        .failedWith(2)
                        .err())
                .contains("no space is named 'vu'");
        assertThat(folder.resolve("embeddings/unified")).doesNotExist();

        Installation.Run skipped =
                run(folder, "encode", "photos.yaml", "--skip-broken").succeeded();
        assertThat(skipped.err()).contains("1 broken item is left out in every space");
        assertThat(skipped.out()).contains("1 rows of vt.image");
    }
}
