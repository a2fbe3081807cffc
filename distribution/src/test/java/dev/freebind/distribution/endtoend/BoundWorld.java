package dev.freebind.distribution.endtoend;

import dev.freebind.distribution.sample.SampleSize;
import dev.freebind.distribution.sample.SampleWorld;
import dev.freebind.formats.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A very small sample world, bound once by the built distribution and shared by the tests, which do not change it.
 *
 * @param installation the distribution, with the {@link HashingEncoders} as a plugin
 * @param folder holds {@code world/}, {@code my.yaml} and the bound space {@code my-space/}
 * @param binding the run that bound it
 * @param milliseconds how long that took
 */
record BoundWorld(Installation installation, Path folder, Installation.Run binding, long milliseconds) {

    /** {@code unified} and {@code vt} have an encoder, {@code at} has none; {@code vt-u} needs the first two alone. */
    private static final String CONFIGURATION = """
            name: vt-u
            seed: 7
            spaces:
              unified: {encoder: hashing, modalities: [audio, image, text], dimension: 128, hub: image, options: {length: 128}}
              vt:      {encoder: hashing, modalities: [image, text], dimension: 96, options: {length: 96, salt: a}}
              at:      {modalities: [audio, text], dimension: 64}
            corpora:
              texts:  {modality: text,  embeddings: {unified: world/train/unified/text.npy, vt: world/train/vt/text.npy, at: world/train/at1/text.npy}}
              images: {modality: image, embeddings: {unified: world/train/unified/image.npy, vt: world/train/vt/image.npy}}
              sounds: {modality: audio, embeddings: {unified: world/train/unified/audio.npy, at: world/train/at1/audio.npy}}
            defaults: {hidden: 48, batch: 64, hold-out: 0.05}
            bonds:
              vt-u:
                displace: unified
                into: vt
                factors: {image: 0.9, text: 0.8}
                train: {epochs: 4}
              vt-u-plusplus:
                combine: [at]
                into: vt-u
                factors: {audio: 0.5, text: 0.1}
                train: {epochs: 4}
            presets:
              versatile:            {vt-u-plusplus: {audio: 0.5, text: 0.1}}
              audio-text-expertise: {vt-u-plusplus: {audio: 0.8, text: 0.5}}
            evaluation:
              - name: test
                task: retrieval
                items:
                  text:  {embeddings: {unified: world/test/unified/text.npy, vt: world/test/vt/text.npy, at: world/test/at1/text.npy}}
                  image: {embeddings: {unified: world/test/unified/image.npy, vt: world/test/vt/image.npy}}
                  audio: {embeddings: {unified: world/test/unified/audio.npy, at: world/test/at1/audio.npy}}
                pairs: [audio-text, audio-image, image-text]
                recall: [1, 5, 10]
            """;

    /** Bound when first asked for. */
    static BoundWorld get() {
        return Holder.WORLD;
    }

    private static final class Holder {
        private static final BoundWorld WORLD = bind();
    }

    private static BoundWorld bind() {
        Path folder = Path.of(System.getProperty("freebind.root"), "distribution/target/endtoend");
        Tree.delete(folder);
        Path plugins = folder.resolve("plugins");
        HashingEncoders.install(plugins.resolve("hashing.jar"));
        new SampleWorld(new SampleSize(400, 120, 40, 48, 64, 4, 4), 7).writeTo(folder.resolve("world"));
        AtomicFile.writeString(folder.resolve("my.yaml"), CONFIGURATION);
        Installation installation = Installation.built().with("FREEBIND_PLUGINS", plugins.toString());
        long begin = System.nanoTime();
        Installation.Run run = installation
                .run(folder, "bind", "my.yaml", "--output", "my-space", "--device", "cpu")
                .succeeded();
        return new BoundWorld(installation, folder, run, (System.nanoTime() - begin) / 1_000_000);
    }

    Path space() {
        return folder.resolve("my-space");
    }

    /** A fresh folder for a test's own files. */
    Path scratch(String name) {
        try {
            return Files.createDirectories(folder.resolve("scratch").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command in the folder. */
    Installation.Run run(String... arguments) {
        return installation.run(folder, arguments);
    }
}
