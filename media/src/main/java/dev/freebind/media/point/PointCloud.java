package dev.freebind.media.point;

import org.jspecify.annotations.Nullable;

/**
 * A decoded point cloud.
 *
 * @param points {@code [n, 3]} finite coordinates x, y, z, at least one point; not copied, not to be changed
 * @param colours {@code [n, 3]} red, green, blue from 0 to 1, or null if the points have none; not copied, not to be changed
 */
public record PointCloud(float[] points, float @Nullable [] colours) {

    private static final int AXES = 3;

    /** Checks the sizes against each other. */
    public PointCloud {
        if (points.length == 0 || points.length % AXES != 0) {
            throw new IllegalArgumentException(points.length + " coordinates do not make points");
        }
        if (colours != null && colours.length != points.length) {
            throw new IllegalArgumentException(
                    points.length / AXES + " points do not have " + colours.length + " colour components");
        }
    }

    /** Number of points. */
    public int size() {
        return points.length / AXES;
    }

    /**
     * The cloud centred on the mean of its points and scaled so that the farthest lies on the unit sphere, as Uni3D prepares its
     * input; axes keep their order. Where all points are the same they come to lie in the centre. Computed in float64.
     *
     * @return a new cloud with the same colours
     */
    public PointCloud normalised() {
        double[] centre = new double[AXES];
        for (int i = 0; i < points.length; i++) {
            centre[i % AXES] += points[i];
        }
        for (int axis = 0; axis < AXES; axis++) {
            centre[axis] /= size();
        }
        double farthest = 0;
        for (int i = 0; i < points.length; i += AXES) {
            double square = 0;
            for (int axis = 0; axis < AXES; axis++) {
                double offset = points[i + axis] - centre[axis];
                square += offset * offset;
            }
            farthest = Math.max(farthest, square);
        }
        double radius = farthest == 0 ? 1 : Math.sqrt(farthest);
        float[] normalised = new float[points.length];
        for (int i = 0; i < points.length; i++) {
            normalised[i] = (float) ((points[i] - centre[i % AXES]) / radius);
        }
        return new PointCloud(normalised, colours);
    }
}
