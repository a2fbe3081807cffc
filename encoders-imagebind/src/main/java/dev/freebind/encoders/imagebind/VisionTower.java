package dev.freebind.encoders.imagebind;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.layers.LayerNorm;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Patches;
import dev.freebind.tensorflow.layers.PositionGrid;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.layers.TowerSession;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The image tower, a vision transformer with a norm before its blocks. Its stem was made for clips of two frames; a still
 * image is a clip of equal frames, so the stem's kernel is summed over them.
 */
final class VisionTower {

    private static final int CHANNELS = 3;
    private static final int MAXIMUM_SIDE = 4096;

    private final TowerSession session;
    private final Placeholder<TFloat32> images;
    private final TowerGraph graph;
    private final int side;

    /**
     * Builds the graph; weights are claimed, not read.
     *
     * @param session with an empty graph; stays the caller's
     * @param imageSide pixels of the images, a multiple of a patch's; null for what the model was trained with
     */
    VisionTower(TowerSession session, TensorClaims claims, ImageBindSizes sizes, @Nullable Integer imageSide) {
        this.session = session;
        NetworkWeights weights = session.weights();
        Ops tf = weights.ops();
        NetworkWeights preprocessor = weights.under(Tower.VISION.preprocessor());
        NetworkWeights trunk = weights.under(Tower.VISION.trunk());

        Shape kernel = preprocessor.shape("rgbt_stem.proj.1.weight", 5);
        int width = Math.toIntExact(kernel.length(0));
        int patch = Math.toIntExact(kernel.length(4));
        int trained = Math.toIntExact(
                preprocessor.shape("pos_embedding_helper.pos_embed", 3).length(1) - 1);
        int trainedGrid = (int) Math.round(Math.sqrt(trained));
        if (trainedGrid * trainedGrid != trained) {
            throw new DataException(claims.source().origin() + ": the image tower has " + trained
                    + " positions beside the class token's, which are not those of a square");
        }
        side = imageSide == null ? trainedGrid * patch : imageSide;
        if (side < patch || side % patch != 0 || side > MAXIMUM_SIDE) {
            throw new InvalidRequestException("images of " + side + " pixels are not made of patches of " + patch
                    + "; the option 'image-size' must be a multiple of " + patch + " up to " + MAXIMUM_SIDE);
        }
        int grid = side / patch;
        int patches = grid * grid;

        images = tf.placeholder(
                TFloat32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, CHANNELS, side, side)));
        Operand<TFloat32> stem = Patches.ofStills(
                        preprocessor.under("rgbt_stem.proj.1"),
                        CHANNELS,
                        width,
                        Math.toIntExact(kernel.length(2)),
                        patch)
                .apply(images, grid, grid);
        Operand<TFloat32> tokens = Sequences.withFirstToken(
                tf,
                stem,
                patches,
                width,
                preprocessor.float32("cls_token", 1, 1, width).values(stem),
                PositionGrid.of(preprocessor, "pos_embedding_helper.pos_embed", trainedGrid, grid, width)
                        .values(stem));
        Operand<TFloat32> normalised = LayerNorm.of(
                        trunk.under("pre_transformer_layer.0"), width, ImageBindNetwork.EPSILON)
                .apply(tokens);
        List<TransformerBlock.Stages> blocks =
                TowerGraph.blocks(trunk, normalised, tf.constant(patches + 1), width, sizes.imageHeads(), false, null);
        Operand<TFloat32> first =
                Sequences.first(tf, blocks.get(blocks.size() - 1).output(), patches + 1, width);
        Operand<TFloat32> head = TowerGraph.head(weights.under(Tower.VISION.head()), "0", "2", first, width);
        Operand<TFloat32> unit = TowerGraph.normalised(tf, head);
        graph = new TowerGraph(stem, tokens, normalised, blocks, head, unit, unit);
    }

    /** Pixels of the square images. */
    int side() {
        return side;
    }

    /** What it computes. */
    TowerGraph graph() {
        return graph;
    }

    /** {@code [batch, 3, side, side]} to {@code [batch, dimension]}, unit rows. */
    float[] embed(FloatBuffer batch) {
        return compute(batch, graph.embedding());
    }

    /** Any of the graph's values for a batch. */
    float[] compute(FloatBuffer batch, Operand<TFloat32> output) {
        long length = (long) CHANNELS * side * side;
        try (FloatTensor fed = FloatTensor.copyOf(batch, batch.remaining() / length, CHANNELS, side, side)) {
            return session.run(session.runner().feed(images, fed.tensor()), output);
        }
    }
}
