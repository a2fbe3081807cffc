package dev.freebind.media.point;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PointCloudTest {

    @Test
    void aNormalisedCloudIsCentredAndReachesTheUnitSphere() {
        Random random = new Random(3);
        float[] points = new float[3000];
        for (int i = 0; i < points.length; i++) {
            points[i] = 100 + 7 * random.nextFloat();
        }

        float[] normalised = new PointCloud(points, null).normalised().points();

        double[] sums = new double[3];
        double farthest = 0;
        for (int i = 0; i < normalised.length; i += 3) {
            double square = 0;
            for (int axis = 0; axis < 3; axis++) {
                sums[axis] += normalised[i + axis];
                square += (double) normalised[i + axis] * normalised[i + axis];
            }
            farthest = Math.max(farthest, Math.sqrt(square));
        }
        assertThat(sums).containsExactly(new double[3], within(1e-4));
        assertThat(farthest).isCloseTo(1, within(1e-6));
    }

    @Test
    void theSidesKeepTheirProportionsAndThePointsTheirColours() {
        float[] colours = {0, 0.5f, 1, 1, 0, 0};

        PointCloud cloud = new PointCloud(new float[] {1, 1, 1, 4, 5, 1}, colours).normalised();

        assertThat(cloud.points()).containsExactly(new float[] {-0.6f, -0.8f, 0, 0.6f, 0.8f, 0}, within(1e-6f));
        assertThat(cloud.colours()).isSameAs(colours);
    }

    @Test
    void pointsThatAreAllTheSameLieInTheCentre() {
        assertThat(new PointCloud(new float[] {2, 2, 2, 2, 2, 2}, null)
                        .normalised()
                        .points())
                .containsOnly(0f);
    }

    @Test
    void aCloudHasWholePointsAndAColourForEach() {
        assertThatThrownBy(() -> new PointCloud(new float[0], null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PointCloud(new float[4], null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PointCloud(new float[6], new float[3]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
