package dev.freebind.bonds.execution;

/**
 * How unevenly nearest neighbours are spread over a gallery (Radovanović, Nanopoulos, Ivanović, JMLR 2010): N_k(x) counts in how
 * many queries' k nearest items x is.
 *
 * @param k neighbours of each query
 * @param skewness of N_k over the gallery, its standardised third moment: about 0 without hubs, above 1 with marked ones; 0 if all
 *     counts are equal
 * @param never share of gallery items that are in no list (antihubs)
 * @param most share of the queries whose list has the most frequent item
 */
public record Hubness(int k, double skewness, double never, double most) {

    /**
     * Counts.
     *
     * @param neighbours {@code [queries * k]} gallery rows
     * @param k at least 1
     * @param gallery number of gallery rows, at least 1
     */
    public static Hubness of(int[] neighbours, int k, int gallery) {
        int[] counts = new int[gallery];
        for (int row : neighbours) {
            counts[row]++;
        }
        double mean = (double) neighbours.length / gallery;
        double second = 0;
        double third = 0;
        int never = 0;
        int most = 0;
        for (int count : counts) {
            double deviation = count - mean;
            second += deviation * deviation;
            third += deviation * deviation * deviation;
            never += count == 0 ? 1 : 0;
            most = Math.max(most, count);
        }
        double variance = second / gallery;
        double skewness = variance > 0 ? third / gallery / Math.pow(variance, 1.5) : 0;
        double queries = (double) neighbours.length / k;
        return new Hubness(k, skewness, (double) never / gallery, queries > 0 ? most / queries : 0);
    }
}
