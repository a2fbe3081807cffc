package com.example.colours;

/** Divides any colour among the basic ones: the nearer in CIELAB, the larger the share. */
final class BasicColours {

    private final double[][] basic;
    private final double softness;

    /** Colours this far apart count about half as much. */
    BasicColours(double softness) {
        this.softness = softness;
        BasicColour[] colours = BasicColour.values();
        basic = new double[colours.length][];
        for (int i = 0; i < colours.length; i++) {
            basic[i] = lab(colours[i].rgb());
        }
    }

    /** Adds the shares of a colour, {@code weight} in all. */
    void add(int rgb, double weight, double[] shares) {
        double[] lab = lab(rgb);
        double[] near = new double[basic.length];
        double nearest = Double.MAX_VALUE;
        for (int i = 0; i < near.length; i++) {
            near[i] = squaredDistance(lab, basic[i]);
            nearest = Math.min(nearest, near[i]);
        }
        double sum = 0;
        for (int i = 0; i < near.length; i++) {
            near[i] = Math.exp((nearest - near[i]) / (2 * softness * softness));
            sum += near[i];
        }
        for (int i = 0; i < near.length; i++) {
            shares[i] += weight * near[i] / sum;
        }
    }

    private static double squaredDistance(double[] one, double[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (one[i] - other[i]) * (one[i] - other[i]);
        }
        return sum;
    }

    /** CIELAB of an sRGB value, white point D65. */
    private static double[] lab(int rgb) {
        double red = linear(rgb >> 16 & 255);
        double green = linear(rgb >> 8 & 255);
        double blue = linear(rgb & 255);
        double x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
        double y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue);
        double z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.0890);
        return new double[] {116 * y - 16, 500 * (x - y), 200 * (y - z)};
    }

    private static double linear(int value) {
        double v = value / 255.0;
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    }

    private static double root(double t) {
        return t > 216.0 / 24389 ? Math.cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }
}
