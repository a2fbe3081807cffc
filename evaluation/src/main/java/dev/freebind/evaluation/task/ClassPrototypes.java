package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import java.nio.FloatBuffer;

/** Class embeddings for zero-shot tasks: the normalised mean of the normalised templates of each class. */
final class ClassPrototypes {

    private ClassPrototypes() {}

    /**
     * Averages templates.
     *
     * @param templates {@code [classes * perClass, dimension]}, the templates of a class one after the other, in the evaluated
     *     space
     * @return {@code [classes, dimension]}, unit rows, in memory
     * @throws DataException if the templates of a class cancel each other out
     */
    static Embeddings of(Embeddings templates, int perClass) {
        Embeddings unit = templates.normalised();
        int dimension = unit.dimension();
        int classes = Math.toIntExact(unit.rows() / perClass);
        float[] prototypes = new float[Math.multiplyExact(classes, dimension)];
        FloatBuffer rows = FloatBuffer.allocate(perClass * dimension);
        double[] sum = new double[dimension];
        for (int label = 0; label < classes; label++) {
            unit.read((long) label * perClass, perClass, rows.clear());
            double squares = 0;
            for (int i = 0; i < dimension; i++) {
                sum[i] = 0;
                for (int template = 0; template < perClass; template++) {
                    sum[i] += rows.get(template * dimension + i);
                }
                squares += sum[i] * sum[i];
            }
            // Unit rows in float32 that cancel leave rounding noise of this size; its direction means nothing.
            if (squares < 1e-12 * perClass * perClass) {
                throw new DataException(templates.origin() + ", rows " + (long) label * perClass + " to "
                        + ((label + 1L) * perClass - 1) + ": the templates of class " + label
                        + " have the mean zero, so the class has no direction");
            }
            double scale = 1 / Math.sqrt(squares);
            for (int i = 0; i < dimension; i++) {
                prototypes[label * dimension + i] = (float) (sum[i] * scale);
            }
        }
        return Embeddings.of(prototypes, dimension, "classes of " + templates.origin());
    }
}
