package dev.freebind.encoders.internvl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Encoder;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A small checkpoint in bfloat16 among the test resources, so that every clone proves the whole way from file to vector. */
class SampleCheckpointTest {

    private static final int DIMENSION = 20;

    @Test
    void aCheckpointFolderEncodesImagesAndCaptionsAsTheOfficialCode() throws URISyntaxException {
        Path sample = Path.of(SampleCheckpointTest.class
                        .getResource("sample/config.json")
                        .toURI())
                .getParent();
        float[] images =
                NpyArray.read(sample.resolve("image_features_normalized.npy")).floats();
        float[] texts =
                NpyArray.read(sample.resolve("text_features_normalized.npy")).floats();
        List<Item> captions = new ArrayList<>();
        Goldens.json(sample.resolve("texts.json")).forEach(text -> captions.add(new Item.Text(text.textValue())));
        EncoderProvider provider = new InternVlProvider();

        try (Encoder encoder = provider.open(
                "sample", EncoderOptions.check(provider, Map.of("checkpoint", ".", "device", "cpu"), sample))) {
            float[][] rows = encoder.encode(
                    Modality.IMAGE,
                    List.of(
                            new Item.File(sample.resolve("image1_rgb_320x240.png")),
                            new Item.File(sample.resolve("image3_grey_180x131.png"))));

            assertThat(encoder.space().dimension()).isEqualTo(DIMENSION);
            Goldens.assertClose(rows[0], Arrays.copyOfRange(images, 0, DIMENSION), Goldens.UNIT, "first image");
            Goldens.assertClose(
                    rows[1], Arrays.copyOfRange(images, 2 * DIMENSION, 3 * DIMENSION), Goldens.UNIT, "third image");
            Goldens.assertClose(Goldens.flat(encoder.encode(Modality.TEXT, captions)), texts, Goldens.UNIT, "captions");
        }
    }
}
