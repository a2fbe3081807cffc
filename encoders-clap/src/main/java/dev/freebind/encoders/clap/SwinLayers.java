package dev.freebind.encoders.clap;

import dev.freebind.api.DataException;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.layers.NetworkWeights;
import dev.freebind.tensorflow.layers.PatchMerging;
import dev.freebind.tensorflow.layers.ShiftedWindows;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The Swin transformer: layers of blocks, every second block with shifted windows, and after each layer but the last a merging
 * of patches that halves the sides and doubles the width. Depths, heads and windows are read off the tensors.
 */
final class SwinLayers {

    private final List<Layer> layers = new ArrayList<>();
    private int side;
    private int width;

    /**
     * One layer.
     *
     * @param blocks output of each block, {@code [batch · side · side, width]}
     * @param output after the merging, if there is one
     */
    record Layer(List<Operand<TFloat32>> blocks, Operand<TFloat32> output) {
        Layer {
            blocks = List.copyOf(blocks);
        }
    }

    /**
     * Adds all layers.
     *
     * @param branch with the parts {@code layers.0}, {@code layers.1}, …
     * @param patches {@code [batch · side · side, width]}
     */
    SwinLayers(NetworkWeights branch, TensorClaims claims, Operand<TFloat32> patches, int side, int width) {
        this.side = side;
        this.width = width;
        int count = branch.count("layers");
        if (count == 0) {
            throw new DataException(claims.source().origin() + ": the audio tower has no layers");
        }
        Operand<TFloat32> rows = patches;
        for (int i = 0; i < count; i++) {
            Layer layer = layer(branch.under("layers." + i), claims, rows, i == count - 1);
            layers.add(layer);
            rows = layer.output();
        }
    }

    private Layer layer(NetworkWeights weights, TensorClaims claims, Operand<TFloat32> input, boolean last) {
        List<Operand<TFloat32>> outputs = new ArrayList<>();
        Operand<TFloat32> rows = input;
        int depth = weights.count("blocks");
        for (int i = 0; i < depth; i++) {
            rows = block(weights.under("blocks." + i), claims, i % 2 == 1).apply(rows);
            outputs.add(rows);
        }
        if (!last) {
            rows = PatchMerging.of(weights.under("downsample"), width, side, HtsatTower.EPSILON)
                    .apply(rows);
            side /= 2;
            width *= 2;
        }
        return new Layer(outputs, rows);
    }

    private SwinBlock block(NetworkWeights weights, TensorClaims claims, boolean second) {
        Shape table = weights.shape("attn.relative_position_bias_table", 2);
        long heads = table.length(1);
        // The table has (2 · window − 1)² rows; if it is no such number, claiming it says what was expected.
        int window = (int) Math.round((Math.sqrt((double) table.length(0)) + 1) / 2);
        if (heads < 1 || width % heads != 0 || window < 1 || side < window || side % window != 0) {
            throw new DataException(claims.source().origin() + ": a table of relative positions has shape " + table
                    + ", for " + heads + " heads and windows of " + window + " × " + window
                    + " tokens; that does not fit a layer of width " + width + " and " + side + " × " + side
                    + " tokens");
        }
        int shift = second && side > window ? window / 2 : 0;
        return new SwinBlock(weights, width, Math.toIntExact(heads), new ShiftedWindows(side, window, shift));
    }

    /** What each layer computes. */
    List<Layer> layers() {
        return List.copyOf(layers);
    }

    /** Output of the last layer, {@code [batch · side · side, width]}. */
    Operand<TFloat32> output() {
        return layers.get(layers.size() - 1).output();
    }

    /** Tokens along a side in the last layer. */
    int side() {
        return side;
    }

    /** Width of the last layer. */
    int width() {
        return width;
    }
}
