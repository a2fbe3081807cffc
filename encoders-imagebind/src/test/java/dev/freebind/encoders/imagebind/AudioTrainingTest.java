package dev.freebind.encoders.imagebind;

import static dev.freebind.encoders.imagebind.Goldens.assertClose;
import static dev.freebind.encoders.imagebind.Goldens.flat;
import static dev.freebind.encoders.imagebind.Goldens.floats;
import static dev.freebind.encoders.imagebind.Goldens.unit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.GraphSession;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.TensorMemory;
import dev.freebind.tensorflow.TrainedVariable;
import dev.freebind.tensorflow.training.Adam;
import dev.freebind.tensorflow.training.TrainableEncoder;
import dev.freebind.tensorflow.training.TrainableTower;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The audio tower of the tiny model as a graph to be trained. */
class AudioTrainingTest {

    private static final int DIMENSION = 40;

    @TempDir
    private Path folder;

    private Encoder encoder;
    private GraphSession session;
    private TrainableTower tower;
    private FloatTensor input;

    @BeforeEach
    void open() {
        encoder = open(Map.of());
        session = TensorFlowRuntime.start(Device.CPU, 0).session();
        tower = ((TrainableEncoder) encoder).tower(Modality.AUDIO, session, 0.5);
        input = tower.preparation().prepare(sounds());
    }

    @AfterEach
    void close() {
        if (session != null) {
            input.close();
            session.close();
            encoder.close();
        }
    }

    private Encoder open(Map<String, String> more) {
        Map<String, String> options = new HashMap<>(more);
        options.put("checkpoint", Goldens.path("tiny/imagebind_tiny.pth").toString());
        options.put("config", Goldens.path("tiny/config.json").toString());
        options.put("device", "cpu");
        EncoderProvider provider = new ImageBindProvider();
        return provider.open("tiny", EncoderOptions.check(provider, options, folder));
    }

    private static List<Item> items(String... names) {
        return Stream.of(names)
                .<Item>map(name -> new Item.File(Goldens.path("inputs/" + name)))
                .toList();
    }

    private static List<Item> sounds() {
        return items(
                "audio_1_16k_mono_5s.wav",
                "audio_2_44k1_stereo_3s.wav",
                "audio_3_16k_mono_1s.wav",
                "audio_4_16k_mono_odd.wav");
    }

    private Session.Runner runner(FloatTensor branches) {
        return session.runner()
                .feed(tower.input(), input.tensor())
                .feed(tower.dropPath().placeholder(), branches.tensor());
    }

    private float[] embeddings(FloatTensor branches) {
        try (branches;
                Result result = runner(branches).fetch(tower.embeddings()).run()) {
            return floatsOf(result, 0);
        }
    }

    private static float[] floatsOf(Result result, int index) {
        FloatBuffer memory = TensorMemory.floats((TFloat32) result.get(index));
        float[] values = new float[memory.remaining()];
        memory.get(values);
        return values;
    }

    private FloatTensor nothing() {
        return tower.dropPath().nothing(4 * tower.inputsPerItem());
    }

    private FloatTensor random(long seed) {
        return tower.dropPath().random(4 * tower.inputsPerItem(), seed);
    }

    /** Goal rows, and the mean over sounds of their products with the embeddings, to be made small. */
    private Operand<TFloat32> loss(float[] goal) {
        Ops tf = session.ops();
        Operand<TFloat32> goals = tf.reshape(tf.constant(goal), tf.constant(new int[] {4, DIMENSION}));
        return tf.math.neg(tf.sum(tf.math.mul(tower.embeddings(), goals), tf.constant(new int[] {0, 1})));
    }

    private List<Operand<TFloat32>> gradients(Operand<TFloat32> loss) {
        Output<?>[] by = tower.variables().stream()
                .map(variable -> variable.value().asOutput())
                .toArray(Output<?>[]::new);
        List<Operand<TFloat32>> gradients = new ArrayList<>();
        for (Output<?> gradient : session.graph().addGradients("test", new Output<?>[] {loss.asOutput()}, by, null)) {
            gradients.add(gradient.expect(TFloat32.class));
        }
        return gradients;
    }

    /** The embeddings of other sounds make a goal that is not random and not reached. */
    private static float[] goal() {
        float[] official = unit(floats("tiny/audio/embedding.npy"), DIMENSION);
        float[] goal = new float[official.length];
        System.arraycopy(official, DIMENSION, goal, 0, 3 * DIMENSION);
        System.arraycopy(official, 0, goal, 3 * DIMENSION, DIMENSION);
        return goal;
    }

    @Test
    void withNoBranchLeftOutEmbeddingsAreTheOfficialOnes() {
        assertClose(embeddings(nothing()), unit(floats("tiny/audio/embedding.npy"), DIMENSION), 1e-5, "audio");
    }

    @Test
    void leavingBranchesOutIsDecidedByTheSeedAlone() {
        float[] first = embeddings(random(1));

        assertThat(embeddings(random(1))).isEqualTo(first);
        assertThat(embeddings(random(2))).isNotEqualTo(first);
    }

    @Test
    void whatIsTrainedIsTheTowerUnderItsOfficialNamesAndShapes() {
        Map<String, dev.freebind.formats.checkpoint.TensorSummary> official = Goldens.inventory("tiny/state_dict.json");
        List<String> names =
                tower.variables().stream().map(TrainedVariable::name).toList();

        assertThat(names)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(official.keySet().stream()
                        .filter(name -> name.contains(".audio.") && !name.contains("logit_scale"))
                        .toList());
        for (TrainedVariable variable : tower.variables()) {
            assertThat(variable.shape())
                    .as(variable.name())
                    .containsExactly(official.get(variable.name()).shape().lengths().stream()
                            .mapToLong(Long::longValue)
                            .toArray());
        }
    }

    @Test
    void theGradientOfEveryTensorIsTheSlopeOfTheLoss() {
        float[] goal = goal();
        List<Operand<TFloat32>> gradients = gradients(loss(goal));
        try (FloatTensor branches = random(3)) {
            Session.Runner runner = runner(branches);
            gradients.forEach(runner::fetch);
            List<float[]> values = new ArrayList<>();
            try (Result result = runner.run()) {
                for (int i = 0; i < gradients.size(); i++) {
                    values.add(floatsOf(result, i));
                }
            }
            for (int i = 0; i < gradients.size(); i++) {
                TrainedVariable variable = tower.variables().get(i);
                float[] gradient = values.get(i);
                double norm = Math.sqrt(squares(gradient));
                assertThat(norm).as(variable.name()).isPositive();
                // along the gradient, where the slope is its length
                double step = 2e-3 * Math.sqrt(squares(variable.read()));
                float[] before = variable.read();
                double above = lossAt(variable, before, gradient, step / norm, goal);
                double below = lossAt(variable, before, gradient, -step / norm, goal);
                variable.assign(before);
                assertThat((above - below) / (2 * step))
                        .as(variable.name())
                        .isCloseTo(norm, within(0.01 * norm + 2e-6 / step));
            }
        }
    }

    private double lossAt(TrainedVariable variable, float[] before, float[] direction, double step, float[] goal) {
        float[] moved = new float[before.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = (float) (before[i] + step * direction[i]);
        }
        variable.assign(moved);
        float[] embeddings = embeddings(random(3));
        double loss = 0;
        for (int i = 0; i < goal.length; i++) {
            loss -= (double) embeddings[i] * goal[i];
        }
        return loss;
    }

    private static double squares(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return sum;
    }

    @Test
    void trainingLowersTheLossAndItsWeightsReplaceTheCheckpointsForAudioAlone() {
        float[][] sounds = encoder.encode(Modality.AUDIO, sounds());
        float[][] images = encoder.encode(Modality.IMAGE, items("image_1.png", "image_3_rgba.png"));
        Adam adam = new Adam(session, tower.variables());
        Stream.concat(adam.firstMoments().stream(), adam.secondMoments().stream())
                .forEach(moment -> moment.assign(new float[moment.size()]));
        Operand<TFloat32> loss = loss(goal());
        List<Op> step = adam.step(gradients(loss), List.of(loss));

        List<Float> losses = new ArrayList<>();
        for (int number = 1; number <= 20; number++) {
            try (FloatTensor branches = random(number);
                    Adam.StepSize size = adam.stepSize(1e-3, number)) {
                Session.Runner runner = runner(branches).fetch(loss);
                size.feed(runner);
                step.forEach(runner::addTarget);
                try (Result result = runner.run()) {
                    losses.add(floatsOf(result, 0)[0]);
                }
            }
        }
        assertThat(losses.get(19)).isLessThan(losses.get(0) - 0.3f);
        assertThat(flat(encoder.encode(Modality.AUDIO, sounds()))).isEqualTo(flat(sounds));

        Path tuned = folder.resolve("tuned.safetensors");
        SafetensorsWriter.write(
                tuned,
                tower.variables().stream()
                        .map(variable -> NamedTensor.deferred(variable.name(), variable::read, variable.shape()))
                        .toList(),
                Map.of());
        try (Encoder other = open(Map.of("tuned", tuned.toString()))) {
            assertClose(flat(other.encode(Modality.AUDIO, sounds())), embeddings(nothing()), 1e-5, "tuned audio");
            assertThat(flat(other.encode(Modality.AUDIO, sounds()))).isNotEqualTo(flat(sounds));
            assertThat(flat(other.encode(Modality.IMAGE, items("image_1.png", "image_3_rgba.png"))))
                    .isEqualTo(flat(images));
        }
    }

    @Test
    void whatCannotBeTrainedOrReplacedIsNamed() {
        assertThatThrownBy(() -> ((TrainableEncoder) encoder).tower(Modality.IMAGE, session, 0))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("image")
                .hasMessageContaining("only that of audio");
        Path other = folder.resolve("other.safetensors");
        SafetensorsWriter.write(other, List.of(NamedTensor.of("no.such", new float[3], 3)), Map.of());
        assertThatThrownBy(() -> open(Map.of("tuned", other.toString())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("other.safetensors")
                .hasMessageContaining("'no.such'");
        SafetensorsWriter.write(
                other, List.of(NamedTensor.of(tower.variables().get(0).name(), new float[3], 3)), Map.of());
        assertThatThrownBy(() -> open(Map.of("tuned", other.toString())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("'" + tower.variables().get(0).name() + "' of shape (3,)");
    }
}
