package dev.freebind.training.projector;

import dev.freebind.api.Modality;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** One modality of one side in a training step: its rows on the way through the graph, and the gradients that reach them. */
final class Branch {

    private final Modality modality;
    private final Operand<TFloat32> entering;
    private final Operand<TFloat32> projected;
    private final List<Operand<TFloat32>> enteringGradients = new ArrayList<>();
    private final List<Operand<TFloat32>> projectedGradients = new ArrayList<>();

    /**
     * Rows without gradients yet.
     *
     * @param entering what enters the blocks of the projector, {@code [batch, input]}: unit rows, or what the adapter made of
     *     them
     * @param projected unit rows, {@code [batch, output]}; on a frozen side the rows themselves
     */
    Branch(Modality modality, Operand<TFloat32> entering, Operand<TFloat32> projected) {
        this.modality = modality;
        this.entering = entering;
        this.projected = projected;
    }

    Modality modality() {
        return modality;
    }

    Operand<TFloat32> entering() {
        return entering;
    }

    Operand<TFloat32> projected() {
        return projected;
    }

    /** Adds a part of the loss's gradient by the projected rows. */
    void pull(Operand<TFloat32> gradient) {
        projectedGradients.add(gradient);
    }

    /** Adds a part of the loss's gradient by the rows that enter the blocks. */
    void pullEntering(Operand<TFloat32> gradient) {
        enteringGradients.add(gradient);
    }

    /** The parts to be summed. */
    List<Operand<TFloat32>> projectedGradients() {
        return projectedGradients;
    }

    /** The parts to be summed; may be empty. */
    List<Operand<TFloat32>> enteringGradients() {
        return enteringGradients;
    }
}
