package dev.freebind.encoders.imagebind;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.media.audio.FilterBankClips;
import dev.freebind.media.image.ImagePipeline;
import dev.freebind.spi.encoders.TowerEncoder;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.training.TrainableEncoder;
import dev.freebind.tensorflow.training.TrainableTower;
import dev.freebind.text.TextTokenizer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Images, sounds and captions to unit vectors: preparation, tower, and the mean over a sound's clips. */
final class ImageBindEncoder extends TowerEncoder implements TrainableEncoder {

    private final Checkpoint checkpoint;
    private final ImageBindNetwork network;
    private final ImageBindSizes sizes;
    private final FilterBankClips sounds;

    /**
     * Takes over checkpoint and network and closes them.
     *
     * @param captions null if there is no vocabulary; the space then lacks text
     * @param batch items that go through the network together; fewer if a tensor does not hold as many
     */
    ImageBindEncoder(
            EmbeddingSpace space,
            Checkpoint checkpoint,
            ImageBindNetwork network,
            ImageBindSizes sizes,
            ImagePipeline images,
            FilterBankClips sounds,
            @Nullable TextTokenizer captions,
            int batch) {
        super(
                space,
                towers(network, images, sounds, captions),
                Math.min(batch, FloatTensor.mostRows(Math.max(images.length(), sounds.length()))));
        this.checkpoint = checkpoint;
        this.network = network;
        this.sizes = sizes;
        this.sounds = sounds;
    }

    private static Map<Modality, Tower<?>> towers(
            ImageBindNetwork network, ImagePipeline images, FilterBankClips sounds, @Nullable TextTokenizer captions) {
        Map<Modality, Tower<?>> towers = new HashMap<>();
        towers.put(
                Modality.IMAGE,
                new Tower<>(images::apply, values -> network.vision().embed(joined(values))));
        towers.put(
                Modality.AUDIO,
                new Tower<>(sounds::apply, values -> network.audio().embed(joined(values)), sounds.clips()));
        if (captions != null) {
            towers.put(
                    Modality.TEXT,
                    new Tower<>(item -> captions.encode(text(item)).ids(), network.text()::embed));
        }
        return towers;
    }

    @Override
    protected String hint(Modality modality) {
        return modality.equals(Modality.TEXT)
                ? "; give the option 'vocabulary' (bpe_simple_vocab_16e6.txt.gz) for text"
                : "";
    }

    @Override
    public Set<Modality> trainable() {
        return Set.of(Modality.AUDIO);
    }

    @Override
    public TrainableTower tower(Modality modality, GraphSession session, double dropPath) {
        if (!trainable().contains(modality)) {
            throw new InvalidRequestException("space '" + space().name() + "': the " + modality
                    + " network of encoder 'imagebind' cannot be trained here; only that of audio can");
        }
        return AudioTraining.tower(session, checkpoint, sizes, sounds, network.dimension(), dropPath);
    }

    @Override
    protected void release() {
        network.close();
        checkpoint.close();
    }
}
