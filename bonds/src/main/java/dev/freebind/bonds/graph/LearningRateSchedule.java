package dev.freebind.bonds.graph;

/** The course of the learning rate over all steps of a training, as a fraction of the configured rate. */
public enum LearningRateSchedule {
    /** Always the full rate. */
    CONSTANT {
        @Override
        double after(long step, long steps) {
            return 1;
        }
    },
    /** Half a cosine, from the full rate towards 0. */
    COSINE {
        @Override
        double after(long step, long steps) {
            return 0.5 * (1 + Math.cos(Math.PI * step / steps));
        }
    };

    /**
     * The fraction at a step after warming up.
     *
     * @param step from 0
     * @param steps after warming up, more than {@code step}
     */
    abstract double after(long step, long steps);

    /**
     * The fraction of the configured rate, in (0, 1].
     *
     * @param step from 0
     * @param steps of the whole training, more than {@code step}
     * @param warmUp steps at the beginning in which the rate grows evenly to the full one, from 0 to {@code steps}
     */
    public double fraction(long step, long steps, long warmUp) {
        return step < warmUp ? (step + 1) / (double) warmUp : after(step - warmUp, steps - warmUp);
    }
}
