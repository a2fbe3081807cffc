package dev.freebind.tensorflow.layers;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A table of vectors, looked up by id. */
public final class Embedding {

    private final Weight table;

    private Embedding(Weight table) {
        this.table = table;
    }

    /** With a tensor "weight" [count, width]. */
    public static Embedding of(NetworkWeights weights, long count, long width) {
        return new Embedding(weights.weight("weight", count, width));
    }

    /**
     * Looks up.
     *
     * @param ids {@code [rows] int32}, each below the count
     * @return {@code [rows, width]}
     */
    public Operand<TFloat32> apply(Operand<TInt32> ids) {
        return table.rows(ids);
    }
}
