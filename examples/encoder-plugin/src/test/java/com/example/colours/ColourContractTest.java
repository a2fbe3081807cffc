package com.example.colours;

import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.testkit.EncoderProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What FreeBind expects of every encoder. */
class ColourContractTest extends EncoderProviderContract {

    private static Path folder;

    @BeforeAll
    static void prepare(@TempDir Path temporary) throws IOException {
        folder = temporary;
        Files.writeString(folder.resolve("words.txt"), "crimson #dc143c\n");
        Pictures.write(folder.resolve("sky.png"), 0x4080FF, 0xFFFFFF);
        Pictures.write(folder.resolve("meadow.png"), 0x20A020, 0xFFE000);
        Pictures.write(folder.resolve("night.png"), 0x000000, 0x101030);
    }

    @Override
    protected EncoderProvider provider() {
        return new ColourProvider();
    }

    @Override
    protected Map<String, String> options() {
        return Map.of("words", "words.txt", "part", "centre");
    }

    @Override
    protected Path folder() {
        return folder;
    }

    @Override
    protected List<? extends Item> items(Modality modality) {
        return modality.equals(Modality.TEXT)
                ? List.of(new Item.Text("a red car"), new Item.Text("green hills"), new Item.Text("anything"))
                : List.of(
                        new Item.File(folder.resolve("sky.png")),
                        new Item.File(folder.resolve("meadow.png")),
                        new Item.File(folder.resolve("night.png")));
    }
}
