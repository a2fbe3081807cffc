package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class AlignedRecallTest {

    private static final TensorFlowRuntime RUNTIME = TensorFlowRuntime.start(Device.CPU, 2);

    private static double recall(float[] left, float[] right) {
        try (AlignedRecall recall = new AlignedRecall(RUNTIME, 2);
                FloatTensor leftRows = FloatTensor.copyOf(FloatBuffer.wrap(left), left.length / 2, 2);
                FloatTensor rightRows = FloatTensor.copyOf(FloatBuffer.wrap(right), right.length / 2, 2)) {
            return recall.measure(leftRows, rightRows);
        }
    }

    @Test
    void rowsThatFindTheirOwnCountInBothDirections() {
        assertThat(recall(new float[] {1, 0, 0, 1}, new float[] {1, 0, 0, 1})).isEqualTo(1);
        assertThat(recall(new float[] {1, 0, 0, 1}, new float[] {0, 1, 1, 0})).isZero();
        // Both left rows prefer the first right row: one of two from the left; from the right, each finds its own.
        assertThat(recall(new float[] {1, 0, 0.8f, 0.6f}, new float[] {1, 0, 0, 1}))
                .isCloseTo(0.75, within(1e-6));
    }

    @Test
    void aConstantEmbeddingScoresChance() {
        float[] same = {1, 0, 1, 0, 1, 0, 1, 0, 1, 0};
        assertThat(recall(same, same)).isCloseTo(0.2, within(1e-6));
    }
}
