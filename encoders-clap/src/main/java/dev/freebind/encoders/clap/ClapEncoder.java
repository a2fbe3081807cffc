package dev.freebind.encoders.clap;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.spi.encoders.TowerEncoder;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.text.TextTokenizer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sounds and captions to unit vectors: preparation and tower. */
final class ClapEncoder extends TowerEncoder {

    private final Checkpoint checkpoint;
    private final ClapNetwork network;

    /**
     * Takes over checkpoint and network and closes them.
     *
     * @param captions null if there is no vocabulary; the space then lacks text
     * @param batch items that go through the network together; fewer if a tensor does not hold as many
     */
    ClapEncoder(
            EmbeddingSpace space,
            Checkpoint checkpoint,
            ClapNetwork network,
            SoundPreparation sounds,
            @Nullable TextTokenizer captions,
            int batch) {
        super(
                space,
                towers(network, sounds, captions),
                Math.min(batch, FloatTensor.mostRows(network.audio().largestInput())));
        this.checkpoint = checkpoint;
        this.network = network;
    }

    private static Map<Modality, Tower<?>> towers(
            ClapNetwork network, SoundPreparation sounds, @Nullable TextTokenizer captions) {
        Map<Modality, Tower<?>> towers = new HashMap<>();
        towers.put(Modality.AUDIO, new Tower<>(sounds::apply, network.audio()::embed));
        if (captions != null) {
            towers.put(Modality.TEXT, new Tower<>(item -> captions.encode(text(item)), network.text()::embed));
        }
        return towers;
    }

    @Override
    protected String hint(Modality modality) {
        return modality.equals(Modality.TEXT)
                ? "; give the option '" + ClapProvider.VOCABULARY
                        + "' (the folder with vocab.json and merges.txt of roberta-base) for text"
                : "";
    }

    @Override
    protected void release() {
        network.close();
        checkpoint.close();
    }
}
