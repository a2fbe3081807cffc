package dev.freebind.encoders.clap;

import dev.freebind.api.DataException;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.media.audio.CubicInterpolation;
import dev.freebind.tensorflow.layers.BatchNorm;
import dev.freebind.tensorflow.layers.NetworkWeights;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Makes a square image of a spectrogram: bins normalised, time stretched, and its parts in time stacked, the earliest on top,
 * with low frequencies above high ones in each (Chen et al., HTS-AT, ICASSP 2022, section 2.1).
 */
final class SpectrogramImage {

    /** Pixels along a side in all published models. */
    static final int SIDE = 256;

    private final Ops tf;
    private final int bins;
    private final BatchNorm norm;
    private final Operand<TFloat32> stretching;

    /**
     * What is computed on the way.
     *
     * @param normalised {@code [spectrograms, frames, bins]}
     * @param image {@code [spectrograms, 256, 256]}
     */
    record Stages(Operand<TFloat32> normalised, Operand<TFloat32> image) {}

    /** With the norm "bn0" of the audio branch, whose features are the bins. */
    SpectrogramImage(NetworkWeights branch, TensorClaims claims) {
        tf = branch.ops();
        NetworkWeights bn = branch.under("bn0");
        bins = Math.toIntExact(bn.shape("weight", 1).length(0));
        if (bins < 1 || SIDE % bins != 0) {
            throw new DataException(claims.source().origin() + ": the spectrograms have " + bins
                    + " bins, which do not divide the " + SIDE + " pixels of the image that is made of them");
        }
        norm = BatchNorm.of(bn, bins, HtsatTower.EPSILON);
        int time = SIDE * (SIDE / bins);
        stretching = tf.constant(
                Shape.of(1, time, SoundPreparation.FRAMES),
                DataBuffers.of(new CubicInterpolation(SoundPreparation.FRAMES, time).matrix()));
    }

    /** Bins of a frame. */
    int bins() {
        return bins;
    }

    /** Applies to {@code [spectrograms, frames, bins]}. */
    Stages apply(Operand<TFloat32> spectrograms) {
        Operand<TFloat32> normalised = norm.apply(spectrograms);
        Operand<TFloat32> stretched = tf.train.batchMatMul(stretching, normalised, TFloat32.class);
        Operand<TFloat32> parts = tf.reshape(stretched, tf.constant(new int[] {-1, SIDE / bins, SIDE, bins}));
        Operand<TFloat32> image = tf.reshape(
                tf.linalg.transpose(parts, tf.constant(new int[] {0, 1, 3, 2})),
                tf.constant(new int[] {-1, SIDE, SIDE}));
        return new Stages(normalised, image);
    }
}
