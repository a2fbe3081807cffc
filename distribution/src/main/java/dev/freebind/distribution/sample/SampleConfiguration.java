package dev.freebind.distribution.sample;

import java.util.Locale;

/** The configuration file of a sample world. */
final class SampleConfiguration {

    private SampleConfiguration() {}

    /** The file's text; every path in it is relative to the file. */
    static String yaml(SampleSize size, long seed, int templates) {
        return String.format(
                Locale.ROOT,
                """
                # A sample world, made by `freebind demo`: one unified space and three experts.
                name: vt-u-plusplus                 # the space that is meant where a command names none
                seed: %d

                spaces:
                  unified: {modalities: [audio, image, text], dimension: 128, hub: image}
                  vt:      {modalities: [image, text], dimension: 96}
                  at1:     {modalities: [audio, text], dimension: 64}
                  at2:     {modalities: [audio, text], dimension: 64}

                # Unpaired: the texts, images and sounds are about different things.
                corpora:
                  texts:
                    modality: text
                    embeddings: {unified: train/unified/text.npy, vt: train/vt/text.npy, at1: train/at1/text.npy, at2: train/at2/text.npy}
                  images:
                    modality: image
                    embeddings: {unified: train/unified/image.npy, vt: train/vt/image.npy}
                  sounds:
                    modality: audio
                    embeddings: {unified: train/unified/audio.npy, at1: train/at1/audio.npy, at2: train/at2/audio.npy}

                defaults:
                  hidden: %d
                  batch: %d
                  hold-out: 0.05

                bonds:
                  # Sequential: the unified space moves into the image-text expert.
                  vt-u:
                    displace: unified
                    into: vt
                    factors: {image: 0.9, text: 0.9}
                    train: {epochs: %d}
                  # Sequential and parallel: both audio-text experts join the displaced space.
                  vt-u-plusplus:
                    combine: [at1, at2]
                    into: vt-u
                    factors: {audio: 0.5, text: 0.1}
                    train: {epochs: %d}
                  # The alternatives of the paper's table 6.
                  only-sequential:
                    displace: vt-u
                    into: at1
                    factors: {audio: 0.9, text: 0.9}
                    train: {epochs: %d}
                  only-parallel:
                    combine: [vt, at1, at2]
                    into: unified
                    factors: {audio: 0.5, image: 0.1, text: 0.1}
                    train: {epochs: %d}

                presets:
                  versatile:            {vt-u-plusplus: {audio: 0.5, text: 0.1}}
                  audio-text-expertise: {vt-u-plusplus: {audio: 0.8, text: 0.5}}

                evaluation:
                  - name: test
                    task: retrieval
                    items:
                      audio: {embeddings: {unified: test/unified/audio.npy, at1: test/at1/audio.npy, at2: test/at2/audio.npy}}
                      image: {embeddings: {unified: test/unified/image.npy, vt: test/vt/image.npy}}
                      text:  {embeddings: {unified: test/unified/text.npy, vt: test/vt/text.npy, at1: test/at1/text.npy, at2: test/at2/text.npy}}
                    pairs: [audio-text, audio-image, image-text]
                    recall: [1, 5, 10]
                  - name: sounds
                    task: classification
                    items:
                      audio: {embeddings: {unified: classes/unified/audio.npy, at1: classes/at1/audio.npy, at2: classes/at2/audio.npy}}
                    labels: classes/labels.txt
                    classes:
                      embeddings: {unified: classes/unified/text.npy, vt: classes/vt/text.npy, at1: classes/at1/text.npy, at2: classes/at2/text.npy}
                      per-class: %d
                """,
                seed,
                size.hidden(),
                size.batch(),
                size.displacementEpochs(),
                size.combinationEpochs(),
                size.displacementEpochs(),
                size.combinationEpochs(),
                templates);
    }
}
