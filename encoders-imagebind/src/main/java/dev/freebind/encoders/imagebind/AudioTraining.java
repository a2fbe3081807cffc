package dev.freebind.encoders.imagebind;

import dev.freebind.api.Item;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.formats.checkpoint.TensorSource;
import dev.freebind.media.audio.FilterBankClips;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.tensorflow.layers.DropPath;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.training.TrainableTower;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The audio tower as a graph to be trained: a sound is the mean of its clips, brought to unit length. The logit scale drops out
 * of that, so it is not trained; everything else is, as in FreeBind's released fine-tuned variant.
 */
final class AudioTraining {

    private AudioTraining() {}

    /**
     * Builds the graph and reads the weights.
     *
     * @param session gets the network; stays the caller's
     * @param source the checkpoint
     * @param sounds prepares; safe for use from several threads
     * @param dropPath largest rate at which branches are left out
     */
    static TrainableTower tower(
            GraphSession session,
            TensorSource source,
            ImageBindSizes sizes,
            FilterBankClips sounds,
            int dimension,
            double dropPath) {
        NetworkWeights weights = NetworkWeights.trained(session, new TensorClaims(source));
        AudioTower.Built built = AudioTower.trained(weights, source.origin(), sizes, dropPath);
        Ops tf = session.ops();
        Operand<TFloat32> perSound =
                tf.reshape(built.graph().normalised(), tf.constant(new int[] {-1, sounds.clips(), dimension}));
        Operand<TFloat32> embeddings = Sequences.normalised(tf, tf.math.mean(perSound, tf.constant(1)));
        weights.load();
        List<TrainedVariable> variables = weights.variables().stream()
                .filter(variable -> !variable.name().startsWith(Tower.AUDIO.postprocessor()))
                .toList();
        DropPath branches = Objects.requireNonNull(built.dropPath());
        return new TrainableTower(
                built.clips(),
                embeddings,
                dimension,
                sounds.clips(),
                branches,
                variables,
                items -> prepare(sounds, sizes, items));
    }

    private static FloatTensor prepare(FilterBankClips sounds, ImageBindSizes sizes, List<? extends Item> items) {
        FloatTensor clips =
                FloatTensor.allocate((long) items.size() * sounds.clips(), sizes.melBins(), sizes.audioFrames(), 1);
        try {
            FloatBuffer memory = clips.buffer();
            items.parallelStream().map(sounds::apply).forEachOrdered(memory::put);
            return clips;
        } catch (RuntimeException | Error failure) {
            clips.close();
            throw failure;
        }
    }
}
