package dev.freebind.encoders.clap;

import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.testkit.EncoderProviderContract;
import java.util.List;
import java.util.Map;

/** What every provider promises, proven for the tiny model. */
class ClapContractTest extends EncoderProviderContract {

    @Override
    protected EncoderProvider provider() {
        return new ClapProvider();
    }

    @Override
    protected Map<String, String> options() {
        return Map.of(
                "checkpoint",
                Goldens.checkpoint(true).toString(),
                "vocabulary",
                Goldens.path("tiny/tokenizer").toString(),
                "text-heads",
                "4",
                "device",
                "cpu");
    }

    @Override
    protected List<? extends Item> items(Modality modality) {
        return modality.equals(Modality.TEXT)
                ? List.of(new Item.Text("a dog"), new Item.Text("rain on a tin roof"), new Item.Text(""))
                : List.of(Goldens.input(Goldens.C), Goldens.input(Goldens.A), Goldens.input(Goldens.B));
    }
}
