package dev.freebind.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class TensorFlowRuntimeTest {

    private final TensorFlowRuntime runtime = TensorFlowRuntime.start(Device.CPU, 2);

    @Test
    void computesWithTheDeviceAndThreadsThatWereAskedFor() {
        assertThat(runtime.device().type()).isEqualTo("CPU");
        assertThat(runtime.device().name()).isEqualTo("/device:CPU:0");
        assertThat(runtime.threads()).isEqualTo(2);
    }

    @Test
    void zeroThreadsMeansOnePerCore() {
        assertThat(TensorFlowRuntime.start(Device.CPU, 0).threads())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void aNegativeNumberOfThreadsSaysWhatIsAllowed() {
        assertThatThrownBy(() -> TensorFlowRuntime.start(Device.CPU, -1))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("--threads -1")
                .hasMessageContaining("0 for one per core");
    }

    @Test
    void askingForAGpuThatIsNotThereSaysHowToGetOne() {
        Assumptions.assumeFalse(TensorFlowRuntime.start(Device.AUTO, 0).device().isGpu(), "this machine has a GPU");
        assertThatThrownBy(() -> TensorFlowRuntime.start(Device.GPU, 0))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no GPU")
                .hasMessageContaining("--device cpu");
    }

    @Test
    void theReasonOfAFailureIsItsInnermostMessage() {
        Error failure = new NoClassDefFoundError("Could not initialize class X");
        failure.initCause(new ExceptionInInitializerError(new UnsatisfiedLinkError("libm.so.6: version not found")));
        assertThat(TensorFlowRuntime.reason(failure)).isEqualTo("libm.so.6: version not found");
        assertThat(TensorFlowRuntime.reason(new NoClassDefFoundError())).isEqualTo("NoClassDefFoundError");
    }

    @Test
    void aDeviceNameThatIsNotKnownListsThoseThatAre() {
        assertThat(Device.parse("auto")).isEqualTo(Device.AUTO);
        assertThatThrownBy(() -> Device.parse("cuda"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("cuda")
                .hasMessageContaining("auto, cpu and gpu");
    }

    @Test
    void whatIsPutIntoATensorsMemoryIsWhatTheGraphComputesWith() {
        try (GraphSession session = runtime.session();
                FloatTensor left = FloatTensor.allocate(2, 3);
                FloatTensor right = FloatTensor.copyOf(FloatBuffer.wrap(new float[] {1, 10, 100}), 3, 1)) {
            Placeholder<TFloat32> a = session.ops().placeholder(TFloat32.class, Placeholder.shape(Shape.of(2, 3)));
            Placeholder<TFloat32> b = session.ops().placeholder(TFloat32.class, Placeholder.shape(Shape.of(3, 1)));
            var product = session.ops().linalg.matMul(a, b);
            for (int round = 0; round < 3; round++) {
                FloatBuffer values = left.buffer();
                for (int i = 0; i < 6; i++) {
                    values.put(i + round);
                }
                try (Result result = session.runner()
                        .feed(a, left.tensor())
                        .feed(b, right.tensor())
                        .fetch(product)
                        .run()) {
                    FloatBuffer read = TensorMemory.floats((TFloat32) result.get(0));
                    assertThat(read.isDirect()).isTrue();
                    assertThat(read.get(0)).isEqualTo(210 + 111 * round);
                    assertThat(read.get(1)).isEqualTo(543 + 111 * round);
                    assertThat(read.remaining()).isEqualTo(2);
                }
            }
        }
    }

    @Test
    void valuesThatDoNotFillTheShapeAreRefused() {
        assertThatThrownBy(() -> FloatTensor.copyOf(FloatBuffer.allocate(5), 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5 values")
                .hasMessageContaining("[2, 3]");
    }

    @Test
    void tensorsAndSessionsGiveTheirMemoryBack() throws Exception {
        long before = 0;
        for (int round = 0; round < 60; round++) {
            if (round == 10) {
                before = ResidentMemory.bytes();
            }
            try (GraphSession session = runtime.session();
                    FloatTensor tensor = FloatTensor.allocate(1024, 1024)) {
                FloatBuffer values = tensor.buffer();
                while (values.hasRemaining()) {
                    values.put(1);
                }
                Placeholder<TFloat32> input = session.ops().placeholder(TFloat32.class);
                var sum = session.ops().math.add(input, input);
                try (Result result =
                        session.runner().feed(input, tensor.tensor()).fetch(sum).run()) {
                    assertThat(TensorMemory.floats((TFloat32) result.get(0)).get(0))
                            .isEqualTo(2);
                }
            }
        }
        // 50 rounds of 8 MiB each would be 400 MiB if they were kept.
        assertThat(ResidentMemory.bytes() - before).isLessThan(80L << 20);
    }
}
