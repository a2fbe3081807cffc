package dev.freebind.encoders.imagebind;

import dev.freebind.api.DataException;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.layers.Convolution2d;
import dev.freebind.tensorflow.layers.DropPath;
import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.layers.TowerSession;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** The audio tower: a transformer on overlapping patches of a clip's filter bank features, with an extra key and value. */
final class AudioTower {

    /** PyTorch's default, which only the stem's norm has. */
    private static final double STEM_EPSILON = 1e-5;

    private final TowerSession session;
    private final Placeholder<TFloat32> clips;
    private final TowerGraph graph;
    private final int bins;
    private final int frames;

    /**
     * Builds the graph; weights are claimed, not read.
     *
     * @param session with an empty graph; stays the caller's
     */
    AudioTower(TowerSession session, TensorClaims claims, ImageBindSizes sizes) {
        this.session = session;
        bins = sizes.melBins();
        frames = sizes.audioFrames();
        Built built = build(session.weights(), claims.source().origin(), sizes, null);
        clips = built.clips;
        graph = built.graph;
    }

    /**
     * The network in a graph.
     *
     * @param clips its input, {@code [clips, bins, frames, 1]}
     * @param graph what it computes
     * @param dropPath chooses branches that are left out; null where none ever is
     */
    record Built(
            Placeholder<TFloat32> clips,
            TowerGraph graph,
            @Nullable DropPath dropPath) {}

    /** The network to be trained, whose branches can be left out at a rate up to {@code dropPath}. */
    static Built trained(NetworkWeights weights, String origin, ImageBindSizes sizes, double dropPath) {
        int blocks = weights.under(Tower.AUDIO.trunk()).count("blocks");
        return build(weights, origin, sizes, new DropPath(weights.ops(), dropPath, blocks, 2));
    }

    private static Built build(
            NetworkWeights weights, String origin, ImageBindSizes sizes, @Nullable DropPath dropPath) {
        int bins = sizes.melBins();
        int frames = sizes.audioFrames();
        Ops tf = weights.ops();
        NetworkWeights preprocessor = weights.under(Tower.AUDIO.preprocessor());
        NetworkWeights stemWeights = preprocessor.under("rgbt_stem");

        Shape kernel = stemWeights.shape("proj.weight", 4);
        int width = Math.toIntExact(kernel.length(0));
        int rows = steps(bins, kernel.length(2), sizes.audioStride());
        int columns = steps(frames, kernel.length(3), sizes.audioStride());
        int patches = rows * columns;
        long positions = preprocessor.shape("pos_embedding_helper.pos_embed", 3).length(1);
        if (positions != patches + 1) {
            throw new DataException(origin + ": the audio tower has " + positions
                    + " positions, but " + bins + " mel bins and " + frames + " frames in steps of "
                    + sizes.audioStride() + " make " + rows + " × " + columns
                    + " patches and a class token; check audio_stride, audio_num_mel_bins and audio_target_len of the"
                    + " option 'config'");
        }

        Placeholder<TFloat32> clips =
                tf.placeholder(TFloat32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, bins, frames, 1)));
        Operand<TFloat32> convolved = Convolution2d.of(
                        stemWeights.under("proj"),
                        1,
                        width,
                        kernel.length(2),
                        kernel.length(3),
                        sizes.audioStride(),
                        sizes.audioStride())
                .tokens(clips);
        Operand<TFloat32> stem = LayerNorm.of(stemWeights.under("norm_layer"), width, STEM_EPSILON)
                .apply(convolved);
        Operand<TFloat32> tokens = Sequences.withFirstToken(
                tf,
                stem,
                patches,
                width,
                preprocessor.float32("cls_token", 1, 1, width).values(stem),
                preprocessor
                        .float32("pos_embedding_helper.pos_embed", 1, patches + 1, width)
                        .values(stem));
        List<TransformerBlock.Stages> blocks = TowerGraph.blocks(
                weights.under(Tower.AUDIO.trunk()),
                tokens,
                tf.constant(patches + 1),
                width,
                sizes.audioHeads(),
                true,
                null,
                block -> dropPath == null
                        ? TransformerBlock.Branch.ALL
                        : (rowsAdded, branch) -> dropPath.apply(rowsAdded, block, branch, patches + 1, width));
        Operand<TFloat32> first =
                Sequences.first(tf, blocks.get(blocks.size() - 1).output(), patches + 1, width);
        Operand<TFloat32> head = TowerGraph.head(weights.under(Tower.AUDIO.head()), "0", "2", first, width);
        Operand<TFloat32> unit = TowerGraph.normalised(tf, head);
        TowerGraph graph = new TowerGraph(
                stem,
                tokens,
                tokens,
                blocks,
                head,
                unit,
                TowerGraph.scaled(weights.under(Tower.AUDIO.postprocessor()), unit));
        return new Built(clips, graph, dropPath);
    }

    private static int steps(int length, long kernel, int stride) {
        return Math.toIntExact(Math.max(0, (length - kernel) / stride + 1));
    }

    /** What it computes. */
    TowerGraph graph() {
        return graph;
    }

    /** {@code [clips, 1, bins, frames]} to {@code [clips, dimension]}, rows as long as the logit scale. */
    float[] embed(FloatBuffer batch) {
        return compute(batch, graph.embedding());
    }

    /** Any of the graph's values for some clips. */
    float[] compute(FloatBuffer batch, Operand<TFloat32> output) {
        long length = (long) bins * frames;
        try (FloatTensor fed = FloatTensor.copyOf(batch, batch.remaining() / length, bins, frames, 1)) {
            return session.run(session.runner().feed(clips, fed.tensor()), output);
        }
    }
}
