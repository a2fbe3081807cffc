package dev.freebind.encoders.internvl;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.media.image.ImagePipeline;
import dev.freebind.spi.encoders.TowerEncoder;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.text.TextTokenizer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Images and captions to unit vectors: preparation and tower. */
final class InternVlEncoder extends TowerEncoder {

    private final Checkpoint checkpoint;
    private final InternVlNetwork network;

    /**
     * Takes over checkpoint and network and closes them.
     *
     * @param captions null if there is no vocabulary; the space then lacks text
     * @param batch items that go through the network together; fewer if a tensor does not hold as many
     */
    InternVlEncoder(
            EmbeddingSpace space,
            Checkpoint checkpoint,
            InternVlNetwork network,
            ImagePipeline images,
            @Nullable TextTokenizer captions,
            int batch) {
        super(space, towers(network, images, captions), Math.min(batch, FloatTensor.mostRows(images.length())));
        this.checkpoint = checkpoint;
        this.network = network;
    }

    private static Map<Modality, Tower<?>> towers(
            InternVlNetwork network, ImagePipeline images, @Nullable TextTokenizer captions) {
        Map<Modality, Tower<?>> towers = new HashMap<>();
        towers.put(
                Modality.IMAGE,
                new Tower<>(images::apply, values -> network.image().embed(joined(values))));
        if (captions != null) {
            towers.put(
                    Modality.TEXT,
                    new Tower<>(item -> captions.encode(text(item)).ids(), network.text()::embed));
        }
        return towers;
    }

    @Override
    protected String hint(Modality modality) {
        return modality.equals(Modality.TEXT) ? "; give the option 'tokenizer' (tokenizer.model) for text" : "";
    }

    @Override
    protected void release() {
        network.close();
        checkpoint.close();
    }
}
