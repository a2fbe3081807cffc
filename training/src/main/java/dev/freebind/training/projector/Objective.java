package dev.freebind.training.projector;

import dev.freebind.bonds.graph.TrainingSettings;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** What a training step minimises. */
interface Objective {

    /**
     * Adds the terms to the graph, and their gradients to the branches.
     *
     * @param tf the graph
     * @param batch rows of every branch
     * @param sources the projected side, at least one branch
     * @param targets the other side, at least one branch
     * @param targetsProjected whether the other side is projected too, so that it needs gradients
     * @return scalars whose sum is the loss
     */
    List<Operand<TFloat32>> terms(
            Ops tf, int batch, List<Branch> sources, List<Branch> targets, boolean targetsProjected);

    /** The objective of a recipe. */
    static Objective of(TrainingSettings settings) {
        return switch (settings.recipe().kind()) {
            case FREEBIND -> new FreeBindObjective(settings.temperature());
            case C_MCR ->
                new CMcrObjective(settings.temperature(), settings.recipe().intraWeight());
            case EX_MCR ->
                new ExMcrObjective(settings.temperature(), settings.recipe().intraWeight());
        };
    }
}
