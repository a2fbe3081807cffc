package dev.freebind.encoders.internvl;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.Patches;
import dev.freebind.tensorflow.layers.PositionGrid;
import dev.freebind.tensorflow.layers.Sequences;
import dev.freebind.tensorflow.layers.TowerSession;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** InternViT with attention pooling. There is no norm before the first block nor after the last. */
final class ImageTower {

    private static final int CHANNELS = 3;
    private static final String EMBEDDINGS = "vision_model.embeddings";
    private static final String KERNEL = "patch_embedding.weight";
    private static final String LAYERS = "vision_model.encoder.layers";

    private final TowerSession session;
    private final Placeholder<TFloat32> images;
    private final Stages stages;
    private final int side;
    private final int dimension;

    /**
     * The graph with what it computes on the way, for tests to find where a difference begins.
     *
     * @param tokens patches with class token and positions, {@code [batch · tokens, width]}
     * @param blocks what the blocks compute
     * @param pooling what the head computes
     * @param embedding its features, unit length, {@code [batch, dimension]}
     */
    record Stages(
            Operand<TFloat32> tokens,
            List<ImageBlock.Stages> blocks,
            ImagePooling.Stages pooling,
            Operand<TFloat32> embedding) {

        Stages {
            blocks = List.copyOf(blocks);
        }
    }

    /**
     * Builds the graph; weights are claimed, not read.
     *
     * @param session with an empty graph; stays the caller's
     * @param wantedSide pixels of the square images; empty for what the checkpoint was made for
     * @throws InvalidRequestException if the wanted side is no multiple of the patches' side
     */
    ImageTower(TowerSession session, TensorClaims claims, InternVlSizes sizes, OptionalInt wantedSide) {
        this.session = session;
        NetworkWeights weights = session.weights();
        Ops tf = weights.ops();
        NetworkWeights embeddings = weights.under(EMBEDDINGS);
        int width = Math.toIntExact(width(claims));
        int patch = Math.toIntExact(embeddings.shape(KERNEL, 4).length(2));
        int stored = grid(claims, embeddings.shape("position_embedding", 3));
        int grid = wantedSide.isPresent() ? grid(wantedSide.getAsInt(), patch) : stored;
        int tokens = grid * grid + 1;
        side = grid * patch;

        images = tf.placeholder(
                TFloat32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, CHANNELS, side, side)));
        Operand<TFloat32> patches = Patches.of(embeddings.under("patch_embedding"), CHANNELS, width, patch, true)
                .apply(images, grid, grid);
        Operand<TFloat32> embedded = Sequences.withFirstToken(
                tf,
                patches,
                grid * grid,
                width,
                embeddings.float32("class_embedding", 1, 1, width).values(patches),
                PositionGrid.of(embeddings, "position_embedding", stored, grid, width)
                        .values(patches));
        Operand<TFloat32> rows = embedded;
        List<ImageBlock.Stages> blocks = new ArrayList<>();
        for (int i = 0; i < layers(claims); i++) {
            ImageBlock.Stages block =
                    new ImageBlock(weights.under(LAYERS + "." + i), width, sizes).apply(rows, tf.constant(tokens));
            blocks.add(block);
            rows = block.output();
        }
        ImagePooling head = new ImagePooling(weights.under("clip_projector"), width, sizes.poolingHeads());
        ImagePooling.Stages pooling = head.apply(rows, tokens);
        dimension = head.dimension();
        stages = new Stages(embedded, blocks, pooling, Sequences.normalised(tf, pooling.features()));
    }

    private static int grid(TensorClaims claims, Shape positions) {
        long patches = positions.length(1) - 1;
        int grid = (int) Math.round(Math.sqrt((double) patches));
        if (grid < 1 || (long) grid * grid != patches) {
            throw new DataException(claims.source().origin() + ": '" + EMBEDDINGS + ".position_embedding' has shape "
                    + positions + ": " + patches + " positions beside the class token's, which are not those of a"
                    + " square");
        }
        return grid;
    }

    private static int grid(int side, int patch) {
        if (side < patch || side % patch != 0) {
            throw new InvalidRequestException("encoder 'internvl': option 'image-size' is " + side
                    + "; it must be a multiple of " + patch + ", the side of the checkpoint's patches");
        }
        return side / patch;
    }

    /** Width of the transformer. */
    static long width(TensorClaims claims) {
        return claims.shape(EMBEDDINGS + "." + KERNEL, 4).length(0);
    }

    /** Number of blocks. */
    static int layers(TensorClaims claims) {
        return claims.count(LAYERS + ".");
    }

    /** Pixels of the square images. */
    int side() {
        return side;
    }

    /** Length of embeddings. */
    int dimension() {
        return dimension;
    }

    /** What it computes. */
    Stages stages() {
        return stages;
    }

    /** {@code [batch, 3, side, side]} to {@code [batch, dimension]}, unit rows. */
    float[] embed(FloatBuffer batch) {
        return compute(batch, stages.embedding());
    }

    /** Any of the graph's values for a batch. */
    float[] compute(FloatBuffer batch, Operand<TFloat32> output) {
        long length = (long) CHANNELS * side * side;
        try (FloatTensor fed = FloatTensor.copyOf(batch, batch.remaining() / length, CHANNELS, side, side)) {
            return session.run(session.runner().feed(images, fed.tensor()), output);
        }
    }
}
