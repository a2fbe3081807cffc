package dev.freebind.tensorflow.layers;

import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import java.nio.FloatBuffer;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A session on the CPU with the weights of a test. */
final class Network implements AutoCloseable {

    private final GraphSession session = TensorFlowRuntime.start(Device.CPU, 2).session();
    final TensorClaims claims;
    final NetworkWeights weights;

    Network(FakeTensors tensors, WeightPrecision precision) {
        claims = new TensorClaims(tensors);
        weights = new NetworkWeights(session, claims, precision);
    }

    Network(FakeTensors tensors) {
        this(tensors, WeightPrecision.FLOAT32);
    }

    Ops ops() {
        return session.ops();
    }

    /** Builds on an input, checks and loads the weights, and runs. */
    float[] run(float[] input, Function<Operand<TFloat32>, Operand<TFloat32>> layer, long... shape) {
        Placeholder<TFloat32> fed = ops().placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
        Operand<TFloat32> output = layer.apply(fed);
        claims.check();
        weights.load();
        try (FloatTensor tensor = FloatTensor.copyOf(FloatBuffer.wrap(input), shape);
                Result result = session.runner()
                        .feed(fed, tensor.tensor())
                        .fetch(output)
                        .run()) {
            float[] values = new float[Math.toIntExact(result.get(0).shape().size())];
            TensorMemory.floats((TFloat32) result.get(0)).get(values);
            return values;
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
