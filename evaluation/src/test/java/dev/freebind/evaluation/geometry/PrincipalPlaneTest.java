package dev.freebind.evaluation.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrincipalPlaneTest {

    /** Few dimensions go by the covariance matrix, many by the Gram matrix; both are the singular vectors of the centred rows. */
    @ParameterizedTest
    @CsvSource({"60, 6", "30, 400", "2, 3", "2, 350"})
    void thePlaneIsThatOfTheSingularValueDecomposition(int count, int dimension) {
        Random random = new Random(count);
        float[][] rows = new float[count][dimension];
        for (float[] row : rows) {
            double strong = 5 * random.nextGaussian();
            double weaker = 2 * random.nextGaussian();
            for (int i = 0; i < dimension; i++) {
                row[i] = (float)
                        (0.3 * random.nextGaussian() + strong * Math.sin(i + 1) + weaker * Math.cos(3.0 * i) + 4);
            }
        }
        double[][] centred = new double[count][dimension];
        for (int i = 0; i < dimension; i++) {
            double mean = 0;
            for (float[] row : rows) {
                mean += (double) row[i] / count;
            }
            for (int row = 0; row < count; row++) {
                centred[row][i] = rows[row][i] - mean;
            }
        }
        SingularValueDecomposition expected = new SingularValueDecomposition(new Array2DRowRealMatrix(centred));
        double total = 0;
        for (double value : expected.getSingularValues()) {
            total += value * value;
        }
        PrincipalPlane plane = PrincipalPlane.of(rows);
        int axes = count > 2 ? 2 : 1; // two points lie on a line
        for (int axis = 0; axis < axes; axis++) {
            double value = expected.getSingularValues()[axis];
            assertThat(plane.explained()[axis]).isCloseTo(value * value / total, within(1e-9));
            double product = 0;
            for (int i = 0; i < dimension; i++) {
                product += plane.axes()[axis][i] * expected.getV().getEntry(i, axis);
            }
            assertThat(Math.abs(product)).isCloseTo(1, within(1e-9));
        }
        double spread = 0;
        for (float[] row : rows) {
            spread += Math.pow(plane.project(row)[0], 2);
        }
        assertThat(spread).isCloseTo(Math.pow(expected.getSingularValues()[0], 2), within(1e-6 * total));
    }
}
