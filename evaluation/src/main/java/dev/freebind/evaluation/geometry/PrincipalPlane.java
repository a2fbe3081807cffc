package dev.freebind.evaluation.geometry;

import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * The plane of the first two principal components, by Commons Math.
 *
 * <p>Up to {@value #MOST} dimensions it comes from the covariance matrix of all rows; beyond, from the Gram matrix of
 * {@value #MOST} evenly spread rows, whose eigenvectors give the same components of those rows without a matrix of the dimension's
 * size.
 *
 * @param mean of the rows
 * @param axes {@code [2][dimension]} unit vectors, the coordinate of largest size positive
 * @param explained shares of the variance along them
 */
public record PrincipalPlane(double[] mean, double[][] axes, double[] explained) {

    private static final int MOST = 320;

    /** Fits the plane to rows, of which there are two at least. */
    public static PrincipalPlane of(float[][] rows) {
        int dimension = rows[0].length;
        float[][] used = dimension <= MOST ? rows : spread(rows);
        double[] mean = new double[dimension];
        for (float[] row : used) {
            for (int i = 0; i < dimension; i++) {
                mean[i] += (double) row[i] / used.length;
            }
        }
        double[][] centred = new double[used.length][dimension];
        for (int row = 0; row < used.length; row++) {
            for (int i = 0; i < dimension; i++) {
                centred[row][i] = used[row][i] - mean[i];
            }
        }
        RealMatrix matrix = new Array2DRowRealMatrix(centred, false);
        boolean covariance = dimension <= MOST;
        RealMatrix square = covariance ? matrix.transpose().multiply(matrix) : matrix.multiply(matrix.transpose());
        EigenDecomposition decomposition = new EigenDecomposition(square);
        double total = square.getTrace();
        double[][] axes = new double[2][];
        double[] explained = new double[2];
        for (int axis = 0; axis < 2; axis++) {
            int index = Math.min(axis, square.getRowDimension() - 1);
            double[] vector = decomposition.getEigenvector(index).toArray();
            axes[axis] = oriented(covariance ? vector : matrix.transpose().operate(vector));
            explained[axis] = total > 0 ? Math.max(0, decomposition.getRealEigenvalue(index)) / total : 0;
        }
        return new PrincipalPlane(mean, axes, explained);
    }

    private static float[][] spread(float[][] rows) {
        int count = Math.min(MOST, rows.length);
        float[][] spread = new float[count][];
        for (int i = 0; i < count; i++) {
            spread[i] = rows[(int) ((long) i * rows.length / count)];
        }
        return spread;
    }

    /** Of unit length, and of the two opposite directions always the same one. */
    private static double[] oriented(double[] vector) {
        double squares = 0;
        int largest = 0;
        for (int i = 0; i < vector.length; i++) {
            squares += vector[i] * vector[i];
            largest = Math.abs(vector[i]) > Math.abs(vector[largest]) ? i : largest;
        }
        double scale = squares > 0 ? Math.copySign(1 / Math.sqrt(squares), vector[largest]) : 0;
        double[] unit = new double[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = vector[i] * scale;
        }
        return unit;
    }

    /** A row's two coordinates in the plane. */
    public double[] project(float[] row) {
        double[] point = new double[2];
        for (int axis = 0; axis < 2; axis++) {
            for (int i = 0; i < row.length; i++) {
                point[axis] += (row[i] - mean[i]) * axes[axis][i];
            }
        }
        return point;
    }
}
