package dev.freebind.bonds.graph;

import dev.freebind.bonds.projector.ProjectorArchitecture;

/**
 * What the projectors of a bond are, and what they are trained to: FreeBind's objective or one of the two baselines that its
 * paper compares it with (table 9).
 *
 * <p>C-MCR and Ex-MCR never released their training code; what is not in their repositories is our reading, and every number is
 * an option.
 *
 * @param kind whose loss
 * @param projector the layers of each projector
 * @param noise σ² of the Gaussian noise that is added to every embedding of a batch before it is normalised again, at least 0
 * @param intraWeight λ, how much the distances within a space count in the losses of C-MCR and Ex-MCR, at least 0
 * @param weightDecay by how much AdamW shrinks the trained weights, in units of the learning rate, at least 0; 0 is Adam
 * @param schedule how the learning rate goes on
 */
public record Recipe(
        Kind kind,
        ProjectorArchitecture projector,
        double noise,
        double intraWeight,
        double weightDecay,
        LearningRateSchedule schedule) {

    /** FreeBind (section 4.1): its own projectors, no noise, Adam at a constant rate. */
    public static final Recipe FREEBIND =
            new Recipe(Kind.FREEBIND, ProjectorArchitecture.FREEBIND, 0, 0, 0, LearningRateSchedule.CONSTANT);

    /** C-MCR (section 3): noise of variance 0.004, λ = 0.1, AdamW with cosine decay. */
    public static final Recipe C_MCR =
            new Recipe(Kind.C_MCR, ProjectorArchitecture.C_MCR, 0.004, 0.1, 0.01, LearningRateSchedule.COSINE);

    /** Ex-MCR (section 3): as C-MCR, with the decoupled projector. */
    public static final Recipe EX_MCR =
            new Recipe(Kind.EX_MCR, ProjectorArchitecture.EX_MCR, 0.004, 0.1, 0.01, LearningRateSchedule.COSINE);

    /** A method. */
    public enum Kind {
        /** FreeBind (eq. 7 and 8): InfoNCE between every projected and every frozen modality. */
        FREEBIND("freebind"),
        /** C-MCR: InfoNCE between spaces, distances within a space. */
        C_MCR("c-mcr"),
        /** Ex-MCR: InfoNCE between every projected and every frozen modality, distances in front of the projector. */
        EX_MCR("ex-mcr");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** As the configuration writes it. */
        @Override
        public String toString() {
            return text;
        }
    }

    /** A method with its paper's values. */
    public static Recipe of(Kind kind) {
        return switch (kind) {
            case FREEBIND -> FREEBIND;
            case C_MCR -> C_MCR;
            case EX_MCR -> EX_MCR;
        };
    }

    /** In one line, every value named; equal recipes give equal texts. */
    @Override
    public String toString() {
        return kind + ", projector " + projector + ", noise " + noise + ", intra-weight " + intraWeight
                + ", weight-decay " + weightDecay + ", schedule " + schedule;
    }
}
