package dev.freebind.training.projector;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * C-MCR (section 3.3): {@code L = L_inter + λ L_intra}. Between the spaces, symmetric InfoNCE between the shared modality in
 * both, and between what only one side knows and what only the other does; within each projected space, half the mean distance
 * of aligned rows of different modalities, which pulls without pushing and so closes the modality gap.
 *
 * <p>Our reading for other sets of modalities than the paper's two and two: every shared modality is a term of its own; where
 * one side knows nothing that the other lacks, the rest of the other side is matched with every modality; the distances run
 * over all pairs of modalities of a projected side.
 *
 * @param temperature τ, above 0
 * @param intraWeight λ, at least 0
 */
record CMcrObjective(double temperature, double intraWeight) implements Objective {

    /** The terms between the spaces, then those within. */
    @Override
    public List<Operand<TFloat32>> terms(
            Ops tf, int batch, List<Branch> sources, List<Branch> targets, boolean targetsProjected) {
        McrTerms terms = new McrTerms(tf, batch, temperature);
        List<Operand<TFloat32>> losses = new ArrayList<>();
        for (Pair pair : pairs(sources, targets)) {
            losses.add(terms.align(pair.source, pair.target, 1, targetsProjected));
        }
        attract(terms, sources, losses);
        if (targetsProjected) {
            attract(terms, targets, losses);
        }
        return losses;
    }

    private record Pair(Branch source, Branch target) {}

    private static List<Pair> pairs(List<Branch> sources, List<Branch> targets) {
        List<Branch> onlySources = without(sources, targets);
        List<Branch> onlyTargets = without(targets, sources);
        List<Pair> pairs = new ArrayList<>();
        for (Branch source : sources) {
            for (Branch target : targets) {
                boolean same = source.modality().equals(target.modality());
                boolean sourceAlone = onlySources.contains(source);
                boolean targetAlone = onlyTargets.contains(target);
                if (same
                        || (sourceAlone && (targetAlone || onlyTargets.isEmpty()))
                        || (targetAlone && onlySources.isEmpty())) {
                    pairs.add(new Pair(source, target));
                }
            }
        }
        return pairs;
    }

    private static List<Branch> without(List<Branch> branches, List<Branch> others) {
        return branches.stream()
                .filter(branch ->
                        others.stream().noneMatch(other -> other.modality().equals(branch.modality())))
                .toList();
    }

    private void attract(McrTerms terms, List<Branch> side, List<Operand<TFloat32>> losses) {
        for (int i = 0; i < side.size() && intraWeight > 0; i++) {
            for (int j = i + 1; j < side.size(); j++) {
                losses.add(terms.attract(side.get(i), side.get(j), intraWeight / 2));
            }
        }
    }
}
