package dev.freebind.tensorflow.layers;

/**
 * How Swin transformers cut a square of tokens into square windows, after rolling it up and to the left (Liu et al., ICCV
 * 2021, section 3.2 and figure 4).
 *
 * @param side tokens along a side of the square, a multiple of the window
 * @param window tokens along a side of a window
 * @param shift how far the square is rolled, 0 to {@code window - 1}
 */
public record ShiftedWindows(int side, int window, int shift) {

    /** What is added to the score of two tokens that are neighbours only because of the rolling. */
    private static final float MASKED = -100;

    /** Checks that the windows fill the square. */
    public ShiftedWindows {
        if (window < 1 || side < window || side % window != 0 || shift < 0 || shift >= window) {
            throw new IllegalArgumentException(
                    "windows of " + window + " shifted by " + shift + " do not fill a square of " + side);
        }
    }

    /** Number of windows. */
    public int count() {
        return side / window * (side / window);
    }

    /** Tokens of a window. */
    public int tokens() {
        return window * window;
    }

    /**
     * Where the tokens come from: position by position in the windows, the windows row by row and the tokens of each row by
     * row, the number of the token in the square, {@code row · side + column}.
     *
     * @return {@code [side · side]}
     */
    public int[] order() {
        int[] order = new int[side * side];
        for (int row = 0; row < side; row++) {
            for (int column = 0; column < side; column++) {
                order[position(row, column)] = (row + shift) % side * side + (column + shift) % side;
            }
        }
        return order;
    }

    /**
     * The inverse of {@link #order()}: where in the windows each token of the square is.
     *
     * @return {@code [side · side]}
     */
    public int[] inverse() {
        int[] order = order();
        int[] inverse = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            inverse[order[i]] = i;
        }
        return inverse;
    }

    /**
     * What keeps apart tokens that the rolling made neighbours: 0 where both are of one region of the square, −100 where not.
     *
     * @return {@code [count, tokens, tokens]}
     */
    public float[] mask() {
        int[] region = new int[side * side];
        for (int row = 0; row < side; row++) {
            for (int column = 0; column < side; column++) {
                region[position(row, column)] = 3 * region(row) + region(column);
            }
        }
        int tokens = tokens();
        float[] mask = new float[Math.multiplyExact(side * side, tokens)];
        for (int i = 0; i < mask.length; i++) {
            int query = i / tokens;
            int key = query / tokens * tokens + i % tokens;
            mask[i] = region[query] == region[key] ? 0 : MASKED;
        }
        return mask;
    }

    /**
     * For each query and key of a window, the row of the table of relative positions: {@code (Δrow + window − 1) · (2 · window
     * − 1) + Δcolumn + window − 1}, with the differences from key to query.
     *
     * @param window tokens along a side
     * @return {@code [window², window²]}
     */
    public static int[] relativePositions(int window) {
        int tokens = window * window;
        int[] positions = new int[tokens * tokens];
        for (int query = 0; query < tokens; query++) {
            for (int key = 0; key < tokens; key++) {
                int rows = query / window - key / window + window - 1;
                int columns = query % window - key % window + window - 1;
                positions[query * tokens + key] = rows * (2 * window - 1) + columns;
            }
        }
        return positions;
    }

    /** Where in the windows a place of the rolled square is. */
    private int position(int row, int column) {
        int number = row / window * (side / window) + column / window;
        return number * tokens() + row % window * window + column % window;
    }

    /** Part of a side of the rolled square: what was together before is in one part. */
    private int region(int at) {
        if (shift == 0 || at < side - window) {
            return 0;
        }
        return at < side - shift ? 1 : 2;
    }
}
