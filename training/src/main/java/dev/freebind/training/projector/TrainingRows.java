package dev.freebind.training.projector;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/** Which rows are trained on (all but the held-out ranges), and their order in each epoch. */
final class TrainingRows {

    private final List<RowRange> heldOut;
    private final int count;

    /**
     * Takes the rows outside the ranges.
     *
     * @throws InvalidRequestException if a range leaves the rows or overlaps another, or if more than 2³¹ − 9 rows are left
     */
    TrainingRows(long rows, List<RowRange> heldOut) {
        this.heldOut = heldOut.stream()
                .filter(range -> range.count() > 0)
                .sorted(Comparator.comparingLong(RowRange::first))
                .toList();
        long end = 0;
        long kept = rows;
        for (RowRange range : this.heldOut) {
            if (range.first() < end || range.count() > rows - range.first()) {
                throw new InvalidRequestException("held-out rows " + range.first() + " to "
                        + (range.first() + range.count() - 1) + " overlap other held-out rows or are not among the "
                        + rows + " rows there are");
            }
            end = range.first() + range.count();
            kept -= range.count();
        }
        if (kept > Integer.MAX_VALUE - 8) {
            throw new InvalidRequestException(kept + " rows are more than one projector can be trained on ("
                    + (Integer.MAX_VALUE - 8) + "); use fewer items or a smaller subset");
        }
        this.count = (int) kept;
    }

    /** How many rows are trained on. */
    int count() {
        return count;
    }

    /** The order of one epoch: a permutation of {@code 0 … count() − 1}, decided by seed and epoch alone. */
    int[] order(long seed, int epoch) {
        int[] order = new int[count];
        SplittableRandom random = new SplittableRandom(mix(seed + mix(epoch)));
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /**
     * The rows of one batch of an epoch's order, ascending: the loss does not depend on the order within a batch, and the disk
     * likes it.
     */
    long[] batch(int[] order, int first, int batch) {
        long[] rows = new long[batch];
        for (int i = 0; i < batch; i++) {
            rows[i] = row(order[first + i]);
        }
        Arrays.sort(rows);
        return rows;
    }

    private long row(long position) {
        long row = position;
        for (RowRange range : heldOut) {
            if (row < range.first()) {
                break;
            }
            row += range.count();
        }
        return row;
    }

    /** Spreads neighbouring numbers over all 64 bits (the finaliser of SplitMix64). */
    static long mix(long number) {
        long z = number + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
