package com.example.colours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColourEncoderTest {

    @TempDir
    private Path folder;

    private Encoder open(Map<String, String> options) {
        EncoderProvider provider = new ColourProvider();
        return provider.open("colours", EncoderOptions.check(provider, options, folder));
    }

    @Test
    void aTextFindsThePictureOfItsColour() throws IOException {
        List<Item> pictures = List.of(
                new Item.File(Pictures.write(folder.resolve("sky.png"), 0x2060E0, 0x3070FF)),
                new Item.File(Pictures.write(folder.resolve("meadow.png"), 0x109010, 0x30B020)),
                new Item.File(Pictures.write(folder.resolve("poppies.png"), 0xD01010, 0x209020)));
        List<Item> texts = List.of(
                new Item.Text("a blue sky"), new Item.Text("green, green grass"), new Item.Text("RED on green"));

        try (Encoder encoder = open(Map.of())) {
            float[][] images = encoder.encode(Modality.IMAGE, pictures);
            float[][] captions = encoder.encode(Modality.TEXT, texts);
            for (int i = 0; i < captions.length; i++) {
                assertEquals(i, nearest(captions[i], images), texts.get(i).label());
            }
        }
    }

    private static int nearest(float[] query, float[][] rows) {
        int nearest = 0;
        for (int i = 1; i < rows.length; i++) {
            if (product(query, rows[i]) > product(query, rows[nearest])) {
                nearest = i;
            }
        }
        return nearest;
    }

    private static double product(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += one[i] * other[i];
        }
        return sum;
    }

    @Test
    void wordsOfAFileAreColoursToo() throws IOException {
        Files.writeString(folder.resolve("words.txt"), "crimson #dc143c\n\nsapphire #0f52ba\n");
        List<Item> texts = List.of(new Item.Text("crimson"), new Item.Text("red"), new Item.Text("blue"));

        try (Encoder encoder = open(Map.of("words", "words.txt"))) {
            float[][] rows = encoder.encode(Modality.TEXT, texts);
            assertTrue(product(rows[0], rows[1]) > product(rows[0], rows[2]));
        }
    }

    @Test
    void aLineThatIsNoColourIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("words.txt"), "crimson #dc143c\nsapphire blue\n");

        DataException thrown = assertThrows(DataException.class, () -> open(Map.of("words", "words.txt")));

        assertTrue(thrown.getMessage().startsWith(file + ":2: 'sapphire blue'"), thrown.getMessage());
    }

    @Test
    void softnessMustBePositive() {
        assertThrows(InvalidRequestException.class, () -> open(Map.of("softness", "0")));
    }
}
