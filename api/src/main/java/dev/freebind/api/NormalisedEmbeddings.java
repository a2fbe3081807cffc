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
            double squares = 0;
            for (float value : row) {
                squares += (double) value * value;
            }
            if (!(squares > 0) || Double.isInfinite(squares)) {
                throw new DataException(origin() + ", row " + (firstRow + i) + ": "
                        + (squares == 0 ? "all values are zero" : "a value is not finite")
                        + "; an embedding needs finite values and a norm above zero");
            }
            float scale = (float) (1 / Math.sqrt(squares));
            for (int j = 0; j < dimension; j++) {
                row[j] *= scale;
            }
            target.put(at, row);
        }
    }

    @Override
    public String origin() {
        return rowsAsStored.origin();
    }
}
