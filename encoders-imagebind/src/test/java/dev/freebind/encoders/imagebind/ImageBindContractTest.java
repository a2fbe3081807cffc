package dev.freebind.encoders.imagebind;

import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.testkit.EncoderProviderContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What every provider promises, proven for the tiny model. */
class ImageBindContractTest extends EncoderProviderContract {

    private static Path vocabulary;

    @BeforeAll
    static void writeVocabulary(@TempDir Path folder) throws IOException {
        vocabulary = ClipVocabulary.write(folder);
    }

    @Override
    protected EncoderProvider provider() {
        return new ImageBindProvider();
    }

    @Override
    protected Map<String, String> options() {
        return Map.of(
                "checkpoint", Goldens.path("tiny/imagebind_tiny.pth").toString(),
                "config", Goldens.path("tiny/config.json").toString(),
                "vocabulary", vocabulary.toString(),
                "device", "cpu");
    }

    @Override
    protected List<? extends Item> items(Modality modality) {
        if (modality.equals(Modality.TEXT)) {
            return List.of(new Item.Text("a dog"), new Item.Text("a photo of a cat"), new Item.Text(""));
        }
        return (modality.equals(Modality.IMAGE)
                        ? Stream.of("image_3_rgba.png", "image_4_grey.png", "image_1.png")
                        : Stream.of("audio_3_16k_mono_1s.wav", "audio_1_16k_mono_5s.wav", "audio_2_44k1_stereo_3s.wav"))
                .map(name -> new Item.File(Goldens.path("inputs/" + name)))
                .toList();
    }
}
