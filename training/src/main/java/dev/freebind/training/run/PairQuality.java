package dev.freebind.training.run;

import dev.freebind.bonds.execution.Hubness;
import java.util.List;

/**
 * How good the pseudo pairs of one tuple set are, as far as that can be told without right answers; from a seeded sample of its
 * start items.
 *
 * @param bond the bond they were collected for
 * @param source its source
 * @param start the modality they begin with
 * @param fingerprint of everything they were made from
 * @param rows start items
 * @param sampled how many of them were looked at
 * @param passes one for each pass of soft retrieval
 */
public record PairQuality(
        String bond, String source, String start, String fingerprint, long rows, int sampled, List<Pass> passes) {

    /** Copies. */
    public PairQuality {
        passes = List.copyOf(passes);
    }

    /** The same under the names of a step: bonds that collect the same pairs share what is known of them. */
    PairQuality of(BindStep.Collect step) {
        return new PairQuality(step.bond(), step.source(), start, fingerprint, rows, sampled, passes);
    }

    /**
     * One pass of soft retrieval.
     *
     * @param query what asks: {@code space.modality}
     * @param keys what is searched: {@code space.modality}
     * @param keyRows how many keys there are
     * @param effectiveKeys mean over queries of exp(entropy of the weights): how many keys a pseudo embedding is made of; 1 is the
     *     nearest key alone, {@code keyRows} the mean of all
     * @param largestWeight mean over queries of the largest weight
     * @param hubness of the 10 keys of largest weight
     * @param agreement with other spaces that know both modalities
     * @param alignment of what came out with the start items
     */
    public record Pass(
            String query,
            String keys,
            long keyRows,
            double effectiveKeys,
            double largestWeight,
            Hubness hubness,
            List<Agreement> agreement,
            List<Alignment> alignment) {
        /** Copies. */
        public Pass {
            agreement = List.copyOf(agreement);
            alignment = List.copyOf(alignment);
        }
    }

    /**
     * Whether another space finds the same keys for the same items.
     *
     * @param space the other space
     * @param first share of queries whose nearest key is the same
     * @param jaccard mean over queries of shared by all keys among the 10 nearest of either
     * @param correlation mean over some queries of Spearman's rank correlation of the scores of sampled keys
     */
    public record Agreement(String space, double first, double jaccard, double correlation) {}

    /**
     * How near the pseudo embedding of an item is to its own embedding in the same space.
     *
     * @param space the space
     * @param cosine mean over the sampled items
     */
    public record Alignment(String space, double cosine) {}
}
