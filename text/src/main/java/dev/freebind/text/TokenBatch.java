package dev.freebind.text;

import java.util.Arrays;

/**
 * Several captions as token ids, in the layout a text tower is fed with.
 *
 * @param contextLength ids per caption
 * @param ids [rows, context length] int32, row-major; owned by the caller
 * @param lengths [rows] int32: how many ids of each row are not padding
 */
public record TokenBatch(int contextLength, int[] ids, int[] lengths) {

    /** Checks that the shapes fit together. */
    public TokenBatch {
        if (contextLength < 1 || (long) contextLength * lengths.length != ids.length) {
            throw new IllegalArgumentException(ids.length + " ids for " + lengths.length + " rows of " + contextLength);
        }
    }

    /** Number of captions. */
    public int rows() {
        return lengths.length;
    }

    /** 1 for a token, 0 for padding: [rows, context length] int32, row-major, a new array. */
    public int[] attentionMask() {
        int[] mask = new int[ids.length];
        for (int row = 0; row < lengths.length; row++) {
            Arrays.fill(mask, row * contextLength, row * contextLength + lengths[row], 1);
        }
        return mask;
    }
}
