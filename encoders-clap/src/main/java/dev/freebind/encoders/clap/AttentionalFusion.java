package dev.freebind.encoders.clap;

import dev.freebind.tensorflow.layers.BatchNorm;
import dev.freebind.tensorflow.layers.Convolution2d;
import dev.freebind.tensorflow.layers.NetworkWeights;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/**
 * Weighs two feature maps against each other, place by place: {@code 2 g w + 2 l (1 − w)}, where w comes from their sum at the
 * place and from its mean over all places (Dai et al., WACV 2021, equations 2 to 4; LAION-CLAP's "aff_2d").
 */
final class AttentionalFusion {

    private final Ops tf;
    private final Bottleneck local;
    private final Bottleneck global;

    /**
     * What is computed on the way, {@code [maps, rows, columns, width]}.
     *
     * @param local what each place says, before the sigmoid
     * @param global what the mean says, {@code [maps, 1, 1, width]}
     * @param output of the fusion
     */
    record Stages(Operand<TFloat32> local, Operand<TFloat32> global, Operand<TFloat32> output) {}

    /** With the tensors {@code local_att.0, 1, 3, 4} and {@code global_att.1, 2, 4, 5}. */
    AttentionalFusion(NetworkWeights weights, long width) {
        tf = weights.ops();
        local = new Bottleneck(weights.under("local_att"), width, 0);
        global = new Bottleneck(weights.under("global_att"), width, 1);
    }

    /** Applies to two maps {@code [maps, rows, columns, width]}. */
    Stages apply(Operand<TFloat32> whole, Operand<TFloat32> chunks) {
        Operand<TFloat32> sum = tf.math.add(whole, chunks);
        Operand<TFloat32> mean = tf.math.mean(sum, tf.constant(new int[] {1, 2}), Mean.keepDims(true));
        Operand<TFloat32> localScores = local.apply(sum);
        Operand<TFloat32> globalScores = global.apply(mean);
        Operand<TFloat32> share = tf.math.sigmoid(tf.math.add(localScores, globalScores));
        // g w + l (1 − w) = l + (g − l) w
        Operand<TFloat32> mixed = tf.math.add(chunks, tf.math.mul(tf.math.sub(whole, chunks), share));
        return new Stages(localScores, globalScores, tf.math.mul(mixed, tf.constant(2f)));
    }

    /** Two convolutions of single pixels with fewer channels between them, each followed by a norm. */
    private static final class Bottleneck {
        private final Ops tf;
        private final Convolution2d narrowing;
        private final BatchNorm narrowNorm;
        private final Convolution2d widening;
        private final BatchNorm wideNorm;

        /**
         * With numbered parts: convolution, norm, ReLU, convolution, norm.
         *
         * @param first number of the first convolution
         */
        Bottleneck(NetworkWeights weights, long width, int first) {
            tf = weights.ops();
            NetworkWeights convolution = weights.under(Integer.toString(first));
            long narrow = convolution.shape("weight", 4).length(0);
            narrowing = Convolution2d.tiling(convolution, width, narrow, 1, 1);
            narrowNorm = BatchNorm.of(weights.under(Integer.toString(first + 1)), narrow, HtsatTower.EPSILON);
            widening = Convolution2d.tiling(weights.under(Integer.toString(first + 3)), narrow, width, 1, 1);
            wideNorm = BatchNorm.of(weights.under(Integer.toString(first + 4)), width, HtsatTower.EPSILON);
        }

        Operand<TFloat32> apply(Operand<TFloat32> maps) {
            Operand<TFloat32> narrow = tf.nn.relu(narrowNorm.apply(narrowing.apply(maps)));
            return wideNorm.apply(widening.apply(narrow));
        }
    }
}
