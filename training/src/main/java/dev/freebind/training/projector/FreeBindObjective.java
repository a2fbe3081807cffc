package dev.freebind.training.projector;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * FreeBind eq. 7 and 8: the sum of symmetric InfoNCE terms between every projected and every frozen modality.
 *
 * @param temperature τ, above 0
 */
record FreeBindObjective(double temperature) implements Objective {

    /** Terms {@code [target modality][source modality]}, row by row. */
    @Override
    public List<Operand<TFloat32>> terms(
            Ops tf, int batch, List<Branch> sources, List<Branch> targets, boolean targetsProjected) {
        if (targetsProjected) {
            throw new IllegalArgumentException("FreeBind projects one side");
        }
        SymmetricInfoNce infoNce = new SymmetricInfoNce(tf, batch, temperature);
        List<Operand<TFloat32>> scaledTargets = targets.stream()
                .map(target -> infoNce.scaled(target.projected()))
                .toList();
        // Every source is drawn towards the sum of its own targets: one operand for all.
        Operand<TFloat32> towardsOwn = tf.math.mul(
                scaledTargets.size() == 1 ? scaledTargets.get(0) : tf.math.addN(scaledTargets),
                tf.constant((float) (-1.0 / batch)));
        List<List<Operand<TFloat32>>> losses = new ArrayList<>();
        for (Branch source : sources) {
            source.pull(towardsOwn);
            List<Operand<TFloat32>> ofSource = new ArrayList<>();
            for (Operand<TFloat32> scaledTarget : scaledTargets) {
                SymmetricInfoNce.Term term = infoNce.term(source.projected(), scaledTarget);
                ofSource.add(term.loss());
                source.pull(tf.linalg.matMul(term.weights(), scaledTarget));
            }
            losses.add(ofSource);
        }
        List<Operand<TFloat32>> byTarget = new ArrayList<>();
        for (int target = 0; target < targets.size(); target++) {
            for (List<Operand<TFloat32>> ofSource : losses) {
                byTarget.add(ofSource.get(target));
            }
        }
        return byTarget;
    }
}
