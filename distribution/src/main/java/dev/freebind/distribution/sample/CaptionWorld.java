package dev.freebind.distribution.sample;

import dev.freebind.formats.AtomicFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A sample world in the manner of OmniBind's data: texts are captions of sounds or captions of photos, two audio-text and two
 * image-text experts read the captions of their own kind well and the others badly, and every pair is tested on captions of its
 * own kind.
 */
public final class CaptionWorld {

    private static final List<Medium> MEDIA =
            List.of(Medium.SOUND, Medium.PICTURE, Medium.SOUND_CAPTION, Medium.PHOTO_CAPTION);

    private final SampleSize size;
    private final RandomStreams streams;

    /** A world of this size; the seed decides everything in it. */
    public CaptionWorld(SampleSize size, long seed) {
        this.size = size;
        streams = new RandomStreams(seed);
    }

    /**
     * Writes all embedding files and, last, the configuration {@code freebind.yaml} that binds and evaluates them.
     *
     * @param folder made if missing; files of an earlier world of the same kind are replaced
     * @return the configuration file
     * @throws dev.freebind.api.DataException if a file cannot be written
     */
    public Path writeTo(Path folder) {
        SampleItems items = new SampleItems(
                size,
                streams,
                List.of(
                        SampleSpace.of("unified", 128, 0.75, 0.3, 1.2, streams),
                        SampleSpace.of("vt1", 96, SampleSpace.NONE, 0.2, 0.3, streams),
                        SampleSpace.of("vt2", 96, SampleSpace.NONE, 0.25, 0.35, streams),
                        SampleSpace.of("at1", 64, 0.62, SampleSpace.NONE, 0.35, streams),
                        SampleSpace.of("at2", 64, 0.67, SampleSpace.NONE, 0.4, streams)));
        for (Medium medium : MEDIA) {
            items.writeUnpaired(folder, medium);
            items.writePaired(folder, medium);
        }
        Path configuration = folder.resolve("freebind.yaml");
        AtomicFile.writeString(configuration, yaml());
        return configuration;
    }

    private String yaml() {
        return String.format(Locale.ROOT, """
                # A sample world, made by `freebind method-checks`: one unified space and four experts, captions of two kinds.
                name: caption-world
                seed: %d

                spaces:
                  unified: {modalities: [audio, image, text], dimension: 128, hub: image}
                  vt1:     {modalities: [image, text], dimension: 96}
                  vt2:     {modalities: [image, text], dimension: 96}
                  at1:     {modalities: [audio, text], dimension: 64}
                  at2:     {modalities: [audio, text], dimension: 64}

                # Unpaired: captions, images and sounds are about different things.
                corpora:
                  sound-captions:
                    modality: text
                    kind: audio
                    embeddings: {unified: train/unified/sound-caption.npy, vt1: train/vt1/sound-caption.npy, vt2: train/vt2/sound-caption.npy, at1: train/at1/sound-caption.npy, at2: train/at2/sound-caption.npy}
                  photo-captions:
                    modality: text
                    kind: image
                    embeddings: {unified: train/unified/photo-caption.npy, vt1: train/vt1/photo-caption.npy, vt2: train/vt2/photo-caption.npy, at1: train/at1/photo-caption.npy, at2: train/at2/photo-caption.npy}
                  images:
                    modality: image
                    embeddings: {unified: train/unified/image.npy, vt1: train/vt1/image.npy, vt2: train/vt2/image.npy}
                  sounds:
                    modality: audio
                    embeddings: {unified: train/unified/audio.npy, at1: train/at1/audio.npy, at2: train/at2/audio.npy}

                defaults:
                  hidden: %d
                  batch: %d
                  hold-out: 0.05

                bonds:
                  omni:
                    combine: [at1, at2, vt1, vt2]
                    into: unified
                    collect: {tuples: items}
                    train: {epochs: %d}
                    route: {}

                evaluation:
                  - name: sounds
                    task: retrieval
                    items:
                      audio: {embeddings: {unified: test/unified/audio.npy, at1: test/at1/audio.npy, at2: test/at2/audio.npy}}
                      text:  {embeddings: {unified: test/unified/sound-caption.npy, vt1: test/vt1/sound-caption.npy, vt2: test/vt2/sound-caption.npy, at1: test/at1/sound-caption.npy, at2: test/at2/sound-caption.npy}}
                    pairs: [audio-text]
                    recall: [1, 5, 10]
                  - name: photos
                    task: retrieval
                    items:
                      image: {embeddings: {unified: test/unified/image.npy, vt1: test/vt1/image.npy, vt2: test/vt2/image.npy}}
                      text:  {embeddings: {unified: test/unified/photo-caption.npy, vt1: test/vt1/photo-caption.npy, vt2: test/vt2/photo-caption.npy, at1: test/at1/photo-caption.npy, at2: test/at2/photo-caption.npy}}
                    pairs: [image-text]
                    recall: [1, 5, 10]
                  - name: videos
                    task: retrieval
                    items:
                      audio: {embeddings: {unified: test/unified/audio.npy, at1: test/at1/audio.npy, at2: test/at2/audio.npy}}
                      image: {embeddings: {unified: test/unified/image.npy, vt1: test/vt1/image.npy, vt2: test/vt2/image.npy}}
                    pairs: [audio-image]
                    recall: [1, 5, 10]
                """, streams.seed(), size.hidden(), size.batch(), size.combinationEpochs());
    }
}
