package dev.freebind.training.projector;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Ex-MCR (section 3.3): {@code L = L_inter + λ L_intra}. The dense alignment {@code L_inter} is the mean of symmetric InfoNCE
 * over every pair of a projected and a frozen modality; {@code L_intra} is the mean distance between what the adapter makes of
 * a modality that the target lacks and the aligned rows of the shared modalities in the source space.
 *
 * <p>Our reading where the source has no modality of its own: {@code L_intra} has nothing to pull and is left out.
 *
 * @param temperature τ, above 0
 * @param intraWeight λ, at least 0
 */
record ExMcrObjective(double temperature, double intraWeight) implements Objective {

    /** The terms between the spaces, {@code [source modality][target modality]}, then those within the source. */
    @Override
    public List<Operand<TFloat32>> terms(
            Ops tf, int batch, List<Branch> sources, List<Branch> targets, boolean targetsProjected) {
        if (targetsProjected) {
            throw new IllegalArgumentException("Ex-MCR projects one side");
        }
        McrTerms terms = new McrTerms(tf, batch, temperature);
        List<Operand<TFloat32>> losses = new ArrayList<>();
        double share = 1.0 / (sources.size() * targets.size());
        for (Branch source : sources) {
            for (Branch target : targets) {
                losses.add(terms.align(source, target, share, false));
            }
        }
        List<Branch> shared = sources.stream()
                .filter(source ->
                        targets.stream().anyMatch(target -> target.modality().equals(source.modality())))
                .toList();
        for (Branch source : sources) {
            if (!shared.contains(source) && intraWeight > 0) {
                for (Branch overlap : shared) {
                    losses.add(terms.attractEntering(source, overlap, intraWeight / shared.size()));
                }
            }
        }
        return losses;
    }
}
