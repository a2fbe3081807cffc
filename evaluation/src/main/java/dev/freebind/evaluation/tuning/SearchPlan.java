package dev.freebind.evaluation.tuning;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import java.util.List;
import java.util.Locale;

/**
 * How factors are searched: a grid over all of them, then neighbours of the best points at half the step, and so on.
 *
 * @param cells steps from 0 to 1 in the first grid
 * @param levels grids, the first included
 * @param centres best points around which each finer grid is laid
 */
public record SearchPlan(int cells, int levels, int centres) {

    /** Points around which a finer grid is laid. */
    private static final int CENTRES = 3;

    /** Points of a first grid beyond which a request is refused. */
    static final int MOST_POINTS = 50_000;

    /** Rankings of a first grid beyond which a coarser one is chosen where none was asked for. */
    private static final int ENOUGH_RANKINGS = 1_000;

    /** Factors up to which a point's neighbours are all those of its cube, and beyond only those along the axes. */
    private static final int CUBE_FACTORS = 4;

    /**
     * Checks the values.
     *
     * @throws InvalidRequestException if they are not in range
     */
    public SearchPlan {
        if (cells < 1 || cells > 100) {
            throw new InvalidRequestException("--step must lie between 0.01 and 1");
        }
        if (levels < 1 || levels > 6) {
            throw new InvalidRequestException("--levels " + levels + ": a search has 1 to 6 levels");
        }
        if (centres < 1) {
            throw new InvalidRequestException("a search has at least one centre");
        }
    }

    /**
     * A plan whose first grid has a given step.
     *
     * @throws InvalidRequestException if 1 is not a multiple of the step
     */
    public static SearchPlan ofStep(double step, int levels) {
        double cells = 1 / step;
        if (!(step > 0 && step <= 1) || Math.abs(cells - Math.rint(cells)) > 1e-6) {
            throw new InvalidRequestException(
                    "--step " + step + " does not divide 1; take for example 0.1, 0.2, 0.25 or 0.5");
        }
        return new SearchPlan((int) Math.rint(cells), levels, CENTRES);
    }

    /** The finest first step of 0.2, 0.25 and 0.5 that is affordable. */
    static SearchPlan affordable(List<FactorAxis> axes, List<List<Modality>> pairs, int levels) {
        SearchPlan plan = new SearchPlan(2, levels, CENTRES);
        for (int cells : new int[] {5, 4}) {
            SearchPlan finer = new SearchPlan(cells, levels, CENTRES);
            if (finer.rankings(axes, pairs) <= ENOUGH_RANKINGS && finer.firstPoints(axes.size()) <= MOST_POINTS) {
                return finer;
            }
        }
        return plan;
    }

    /** Points of the first grid. */
    double firstPoints(int axes) {
        return Math.pow(cells + 1.0, axes);
    }

    /** Neighbours of a point in a finer grid, at most. */
    double neighbours(int axes) {
        return axes <= CUBE_FACTORS ? Math.pow(3, axes) - 1 : 2.0 * axes;
    }

    /** Says whether neighbours differ in any number of factors, or in one only. */
    boolean cube(int axes) {
        return axes <= CUBE_FACTORS;
    }

    /** All points, at most. */
    public long points(int axes) {
        return Math.round(firstPoints(axes) + (levels - 1.0) * centres * neighbours(axes));
    }

    /**
     * Rankings of pairs, at most: a pair is ranked once for all points that differ in factors of other modalities only.
     *
     * @param pairs the modalities of each pair
     */
    public long rankings(List<FactorAxis> axes, List<List<Modality>> pairs) {
        double rankings = 0;
        for (List<Modality> pair : pairs) {
            rankings += rankingsOf(axes, pair);
        }
        return Math.round(rankings);
    }

    /** Rankings of one pair, at most. */
    double rankingsOf(List<FactorAxis> axes, List<Modality> pair) {
        int own = (int)
                axes.stream().filter(axis -> pair.contains(axis.modality())).count();
        double finer = cube(axes.size()) ? Math.pow(3, own) - 1 : 2.0 * own;
        return firstPoints(own) + (levels - 1.0) * centres * finer;
    }

    /** The step of a level, from 0 on. */
    double step(int level) {
        return 1.0 / (cells * (1L << level));
    }

    /** For people: {@code 0.2, 0.1, 0.05}. */
    public String steps() {
        StringBuilder steps = new StringBuilder();
        for (int level = 0; level < levels; level++) {
            steps.append(level == 0 ? "" : ", ")
                    .append(String.format(Locale.ROOT, "%.4f", step(level)).replaceAll("0+$", ""));
        }
        return steps.toString();
    }
}
