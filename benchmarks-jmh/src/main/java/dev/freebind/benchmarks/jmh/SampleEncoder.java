package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A tower of every family at the size of a ViT-B: 12 blocks of width 768 with 12 heads; CLAP's sounds go through HTSAT-tiny as
 * it was published. The checkpoint's other towers are as small as they can be.
 */
@SuppressWarnings("unused") // JMH names them.
public enum SampleEncoder {
    /** 257 tokens. */
    IMAGEBIND_IMAGE {
        @Override
        Map<String, String> write(Path folder) throws IOException {
            return SampleModels.imageBind(folder, modality());
        }

        @Override
        List<Item> items(int count) {
            return SampleItems.photos(count);
        }

        @Override
        double operations() {
            return SampleModels.transformer(257) + SampleModels.product(256, 3 * 14 * 14, SampleModels.WIDTH);
        }
    },
    /** Three clips of 229 tokens. */
    IMAGEBIND_AUDIO {
        @Override
        Map<String, String> write(Path folder) throws IOException {
            return SampleModels.imageBind(folder, modality());
        }

        @Override
        List<Item> items(int count) {
            return SampleItems.sounds(count, 44_100, 5);
        }

        @Override
        double operations() {
            return 3 * (SampleModels.transformer(229) + SampleModels.product(228, 16 * 16, SampleModels.WIDTH));
        }
    },
    /** 77 tokens. */
    IMAGEBIND_TEXT {
        @Override
        Map<String, String> write(Path folder) throws IOException {
            return SampleModels.imageBind(folder, modality());
        }

        @Override
        List<Item> items(int count) {
            return SampleItems.captions(count, 90);
        }

        @Override
        double operations() {
            return SampleModels.transformer(77);
        }
    },
    /** HTSAT-tiny, a sound of ten seconds. */
    CLAP_AUDIO {
        @Override
        Map<String, String> write(Path folder) throws IOException {
            return SampleModels.clap(folder, modality());
        }

        @Override
        List<Item> items(int count) {
            return SampleItems.sounds(count, 44_100, 10);
        }

        @Override
        double operations() {
            return SampleModels.htsat();
        }
    },
    /** RoBERTa-base, 77 tokens. */
    CLAP_TEXT {
        @Override
        Map<String, String> write(Path folder) throws IOException {
            return SampleModels.clap(folder, modality());
        }

        @Override
        List<Item> items(int count) {
            return SampleItems.captions(count, 90);
        }

        @Override
        double operations() {
            return SampleModels.transformer(77);
        }
    },
    /** 257 tokens and the pooling's keys and values. */
    INTERNVL_IMAGE {
        @Override
        Map<String, String> write(Path folder) throws IOException {
            return SampleModels.internVl(folder, modality());
        }

        @Override
        List<Item> items(int count) {
            return SampleItems.photos(count);
        }

        @Override
        double operations() {
            return SampleModels.transformer(257)
                    + SampleModels.product(256, 3 * 14 * 14, SampleModels.WIDTH)
                    + 2 * SampleModels.product(257, SampleModels.WIDTH, SampleModels.WIDTH);
        }
    },
    /** 80 tokens, gated feed-forward layers of width 2048. */
    INTERNVL_TEXT {
        @Override
        Map<String, String> write(Path folder) throws IOException {
            return SampleModels.internVl(folder, modality());
        }

        @Override
        List<Item> items(int count) {
            return SampleItems.captions(count, 90);
        }

        @Override
        double operations() {
            return SampleModels.gatedTransformer(80);
        }
    };

    /** The provider's name. */
    private String family() {
        return name().substring(0, name().indexOf('_')).toLowerCase(Locale.ROOT);
    }

    /** What the tower embeds. */
    Modality modality() {
        return new Modality(name().substring(name().indexOf('_') + 1).toLowerCase(Locale.ROOT));
    }

    /** Writes the model; returns the options that open it, but for those of all families. */
    abstract Map<String, String> write(Path folder) throws IOException;

    /** What to embed. */
    abstract List<Item> items(int count);

    /** Floating point operations of the matrix products for one item. */
    abstract double operations();

    /** Opens the model that was written to a folder. */
    PreparingEncoder open(Map<String, String> options, Path folder) {
        EncoderProvider provider =
                EncoderRegistry.discover(SampleEncoder.class.getClassLoader()).provider(family());
        return (PreparingEncoder) provider.open("benchmark", EncoderOptions.check(provider, options, folder));
    }

    /** Deletes what {@link #write} wrote. */
    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
