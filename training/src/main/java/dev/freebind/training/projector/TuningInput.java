package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.bonds.execution.ModalityTuning.Embedded;
import dev.freebind.bonds.execution.ModalityTuning.Encoded;
import dev.freebind.bonds.execution.ModalityTuning.Task;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.tensorflow.layers.DropPath;
import dev.freebind.tensorflow.training.TrainableEncoder;
import dev.freebind.tensorflow.training.TrainableTower;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** What the tuned projectors are applied to, in the graph: embeddings as they are, or what an encoder's network makes of items. */
final class TuningInput {

    /** Before the official names of an encoder's variables. */
    static final String ENCODER = "encoder.";

    private final Placeholder<TFloat32> fed;
    private final Operand<TFloat32> rows;
    private final Reader reader;
    private final @Nullable TrainableTower tower;

    /** Reads what is fed for some rows. */
    @FunctionalInterface
    private interface Reader {
        FloatTensor read(long[] rows);
    }

    private TuningInput(
            Placeholder<TFloat32> fed, Operand<TFloat32> rows, Reader reader, @Nullable TrainableTower tower) {
        this.fed = fed;
        this.rows = rows;
        this.reader = reader;
        this.tower = tower;
    }

    /**
     * Adds the input to a graph.
     *
     * @throws InvalidRequestException if an encoder is to be tuned that cannot be, or not for its modality
     */
    static TuningInput of(GraphSession session, Task task) {
        if (task.input() instanceof Encoded encoded) {
            TrainableTower tower = trainable(encoded.encoder(), task.modality())
                    .tower(task.modality(), session, task.settings().dropPath());
            return new TuningInput(
                    tower.input(),
                    tower.embeddings(),
                    wanted -> tower.preparation().prepare(items(encoded, wanted)),
                    tower);
        }
        Embeddings embeddings = ((Embedded) task.input()).embeddings();
        Placeholder<TFloat32> fed = session.ops()
                .placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, embeddings.dimension())));
        return new TuningInput(fed, fed, wanted -> gather(embeddings, wanted), null);
    }

    private static TrainableEncoder trainable(Encoder encoder, Modality modality) {
        if (encoder instanceof TrainableEncoder trainable
                && trainable.trainable().contains(modality)) {
            return trainable;
        }
        throw new InvalidRequestException(
                "the encoder of space '" + encoder.space().name() + "' cannot be tuned for "
                        + modality + ": "
                        + (encoder instanceof TrainableEncoder other
                                ? "it can for " + other.trainable()
                                : "its provider does not show its network")
                        + "; set encoder: false to tune the projectors alone");
    }

    private static List<Item> items(Encoded encoded, long[] rows) {
        List<Item> items = new ArrayList<>();
        for (long row : rows) {
            items.add(encoded.items().get((int) row));
        }
        return items;
    }

    /** Some rows of embeddings; the caller closes it. */
    static FloatTensor gather(Embeddings embeddings, long[] rows) {
        FloatTensor tensor = FloatTensor.allocate(rows.length, embeddings.dimension());
        try {
            RowGathering.gather(embeddings, rows, tensor.buffer());
            return tensor;
        } catch (RuntimeException | Error failure) {
            tensor.close();
            throw failure;
        }
    }

    /** What the projectors get, {@code [n, dimension]}, unit rows. */
    Operand<TFloat32> rows() {
        return rows;
    }

    /** What of it is trained: the weights of the encoder's network, or nothing. */
    List<TrainedVariable> variables() {
        return tower == null
                ? List.of()
                : tower.variables().stream()
                        .map(variable -> variable.named(ENCODER + variable.name()))
                        .toList();
    }

    /** Reads or prepares what is fed for some rows, ascending; the caller closes it. */
    FloatTensor read(long[] wanted) {
        return reader.read(wanted);
    }

    /**
     * What decides which branches are left out for some rows.
     *
     * @param count how many rows
     * @param seed decides; null to leave nothing out
     * @return closed by the caller; null where no branch ever is left out
     */
    @Nullable
    FloatTensor branches(int count, @Nullable Long seed) {
        if (tower == null) {
            return null;
        }
        DropPath dropPath = tower.dropPath();
        int inputs = count * tower.inputsPerItem();
        return seed == null ? dropPath.nothing(inputs) : dropPath.random(inputs, seed);
    }

    /** Feeds a run. */
    void feed(Session.Runner runner, FloatTensor input, @Nullable FloatTensor branches) {
        runner.feed(fed, input.tensor());
        if (tower != null && branches != null) {
            runner.feed(tower.dropPath().placeholder(), branches.tensor());
        }
    }
}
