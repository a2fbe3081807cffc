package dev.freebind.api;

import java.nio.FloatBuffer;

/** Other embeddings, each row scaled to unit length when read. */
record NormalisedEmbeddings(Embeddings rowsAsStored) implements Embeddings {

    @Override
    public long rows() {
        return rowsAsStored.rows();
    }

    @Override
    public int dimension() {
        return rowsAsStored.dimension();
    }

    @Override
    public void read(long firstRow, int count, FloatBuffer target) {
        int dimension = dimension();
        int start = target.position();
        rowsAsStored.read(firstRow, count, target);
        float[] row = new float[dimension];
        for (int i = 0; i < count; i++) {
            int at = start + i * dimension;
            target.get(at, row);
            double squares = sumOfSquares(row);
            if (!(squares > 0) || Double.isInfinite(squares)) {
                throw new DataException(origin(firstRow + i) + ": "
                        + (squares == 0 ? "all values are zero" : "a value is not finite")
                        + "; an embedding needs finite values and a norm above zero");
            }
            scale(row, 1 / Math.sqrt(squares));
            target.put(at, row);
        }
    }

    private static void scale(float[] row, double factor) {
        float single = (float) factor;
        if (Float.isInfinite(single) || single < Float.MIN_NORMAL) {
            // At either end of the range a float cannot hold the factor exactly enough.
            for (int j = 0; j < row.length; j++) {
                row[j] = (float) (row[j] * factor);
            }
            return;
        }
        for (int j = 0; j < row.length; j++) {
            row[j] *= single;
        }
    }

    /** In double precision; four sums, because one alone would wait for each addition to end before the next. */
    private static double sumOfSquares(float[] row) {
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        int whole = row.length & ~3;
        for (int j = 0; j < whole; j += 4) {
            sum0 += (double) row[j] * row[j];
            sum1 += (double) row[j + 1] * row[j + 1];
            sum2 += (double) row[j + 2] * row[j + 2];
            sum3 += (double) row[j + 3] * row[j + 3];
        }
        for (int j = whole; j < row.length; j++) {
            sum0 += (double) row[j] * row[j];
        }
        return (sum0 + sum1) + (sum2 + sum3);
    }

    @Override
    public String origin() {
        return rowsAsStored.origin();
    }

    @Override
    public String origin(long row) {
        return rowsAsStored.origin(row);
    }
}
