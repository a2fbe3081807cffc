package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.formats.checkpoint.TensorSource;
import dev.freebind.formats.checkpoint.TensorSummary;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much memory loading takes at its peak, native memory included. */
class LoadingMemoryTest {

    private static final int TENSORS = 6;
    private static final int ROWS = 4096;
    private static final int COLUMNS = 4096;
    private static final long ELEMENTS = (long) ROWS * COLUMNS;
    private static final Path STATUS = Path.of("/proc/self/status");

    /** Room for the graph, for buffers, and for what the heap does meanwhile. */
    private static final long SLACK = 96L << 20;

    @ParameterizedTest
    @CsvSource({"F32, FLOAT32", "BF16, BFLOAT16", "F32, BFLOAT16", "BF16, FLOAT32", "F32, FLOAT16"})
    void loadingTakesTheModelInItsPrecisionAndOneTensor(ElementType stored, WeightPrecision precision)
            throws IOException {
        try (GraphSession session = TensorFlowRuntime.start(Device.CPU, 0).session()) {
            NetworkWeights weights = new NetworkWeights(session, new TensorClaims(new Zeros(stored)), precision);
            for (int i = 0; i < TENSORS; i++) {
                weights.weight("t" + i, ROWS, COLUMNS);
            }
            session.runner().addTarget(session.ops().noOp()).run().close();
            forgetPeak();
            long before = bytes("VmRSS:");

            weights.load();

            long oneTensor =
                    ELEMENTS * Float.BYTES + (precision == WeightPrecision.FLOAT32 ? 0 : ELEMENTS * Short.BYTES);
            assertThat(weights.bytes())
                    .isEqualTo(TENSORS * ELEMENTS * precision.element().bytes());
            assertThat(bytes("VmHWM:") - before).isLessThan(weights.bytes() + oneTensor + SLACK);
        }
    }

    /** Makes the kernel count the peak of resident memory anew. */
    private static void forgetPeak() {
        try {
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        } catch (IOException | RuntimeException e) {
            Assumptions.abort("the peak of resident memory cannot be reset here: " + e);
        }
    }

    private static long bytes(String key) throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    /** A checkpoint that takes no memory itself. */
    private record Zeros(ElementType type) implements TensorSource {

        @Override
        public String origin() {
            return "zeros";
        }

        @Override
        public Map<String, TensorSummary> tensors() {
            Map<String, TensorSummary> tensors = new LinkedHashMap<>();
            for (int i = 0; i < TENSORS; i++) {
                tensors.put("t" + i, new TensorSummary(type, Shape.of(ROWS, COLUMNS)));
            }
            return tensors;
        }

        @Override
        public void read(String name, FloatBuffer target) {
            for (long i = 0; i < ELEMENTS; i++) {
                target.put(0);
            }
        }

        @Override
        public void readBytes(String name, ByteBuffer target) {
            while (target.remaining() >= Long.BYTES) {
                target.putLong(0);
            }
        }

        @Override
        public void readRows(String name, long first, long count, FloatBuffer target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public float[] floats(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long[] longs(String name) {
            throw new UnsupportedOperationException();
        }
    }
}
