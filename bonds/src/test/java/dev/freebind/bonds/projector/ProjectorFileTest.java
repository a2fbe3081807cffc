package dev.freebind.bonds.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectorFileTest {

    @TempDir
    private Path folder;

    private final ProjectorWeights weights = random(3, 5, 4, 7);

    @Test
    void whatIsWrittenIsReadBack() {
        Path file = folder.resolve("VAT.safetensors");
        ProjectorFile.write(file, weights, Map.of("bond", "vt-u"));
        ProjectorWeights read = ProjectorFile.read(file);
        ProjectorFile.write(folder.resolve("again"), read, Map.of("bond", "vt-u"));
        assertThat(folder.resolve("again")).hasSameBinaryContentAs(file);
        assertThat(read.stage(0).linear().weight())
                .isEqualTo(weights.stage(0).linear().weight());
        assertThat(read.stage(1).norm().bias())
                .isEqualTo(weights.stage(1).norm().bias());
        assertThat(read.stage(0).norm().batchesTracked()).isEqualTo(41);
        assertThat(read.stage(1).norm().batchesTracked()).isEqualTo(42);
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            assertThat(tensors.metadata()).containsEntry("bond", "vt-u");
        }
    }

    @Test
    void namesShapesAndTypesAreThoseOfTheReleasedCheckpoints() {
        Path file = folder.resolve("VAT.safetensors");
        ProjectorFile.write(file, weights, Map.of());
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            assertThat(tensors.tensors().keySet())
                    .containsExactly(
                            "Head2.mlps.0.weight",
                            "Head2.mlps.0.bias",
                            "Head2.mlps.1.weight",
                            "Head2.mlps.1.bias",
                            "Head2.mlps.1.running_mean",
                            "Head2.mlps.1.running_var",
                            "Head2.mlps.1.num_batches_tracked",
                            "Head2.mlps.3.weight",
                            "Head2.mlps.3.bias",
                            "Head2.mlps.4.weight",
                            "Head2.mlps.4.bias",
                            "Head2.mlps.4.running_mean",
                            "Head2.mlps.4.running_var",
                            "Head2.mlps.4.num_batches_tracked");
            assertThat(tensors.tensor("Head2.mlps.0.weight").shape()).hasToString("(5, 3)");
            assertThat(tensors.tensor("Head2.mlps.3.weight").shape()).hasToString("(4, 5)");
            assertThat(tensors.tensor("Head2.mlps.1.num_batches_tracked").shape())
                    .hasToString("()");
            assertThat(tensors.tensor("Head2.mlps.1.num_batches_tracked").type())
                    .isEqualTo(ElementType.I64);
        }
    }

    @Test
    void theSevenReleasedHeadsAreReadAndWrittenByteForByteTheSameTensors() {
        Path goldens = Path.of(System.getProperty("freebind.root"), "..", "shared", "goldens", "freebind", "projector");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "needs ../shared/goldens");
        for (String mode : List.of("mix", "A", "T", "V", "AT", "AV", "TV")) {
            Path released = goldens.resolve(mode + ".safetensors");
            ProjectorWeights read = ProjectorFile.read(released);
            assertThat(read.inputDimension()).isEqualTo(10);
            assertThat(read.stage(0).linear().output()).isEqualTo(2048);
            assertThat(read.outputDimension()).isEqualTo(16);
            Path copy = folder.resolve(mode + ".safetensors");
            ProjectorFile.write(copy, read, Map.of());
            try (SafetensorsFile left = SafetensorsFile.open(released);
                    SafetensorsFile right = SafetensorsFile.open(copy)) {
                assertThat(right.tensors().keySet())
                        .containsExactlyElementsOf(left.tensors().keySet());
                for (String name : left.tensors().keySet()) {
                    assertThat(right.bytes(name)).as(mode + " " + name).isEqualTo(left.bytes(name));
                }
            }
        }
    }

    @Test
    void aMissingTensorIsNamedWithItsFile() {
        assertRefused(tensors -> without(tensors, "Head2.mlps.1.running_var"))
                .hasMessageContaining("Head2.mlps.1.running_var");
    }

    @Test
    void aSuperfluousTensorIsNamedWithItsFile() {
        assertRefused(tensors -> with(tensors, NamedTensor.of("Head1.mlps.0.weight", new float[6], 2, 3)))
                .hasMessageContaining("Head1.mlps.0.weight")
                .hasMessageContaining("do not belong");
    }

    @Test
    void aMisshapenTensorSaysBothShapes() {
        assertRefused(tensors -> with(
                        without(tensors, "Head2.mlps.3.weight"),
                        NamedTensor.of("Head2.mlps.3.weight", new float[24], 4, 6)))
                .hasMessageContaining("Head2.mlps.3.weight")
                .hasMessageContaining("(4, 6)")
                .hasMessageContaining("(4, 5)");
    }

    @Test
    void aCounterThatIsNotAScalarIsRefused() {
        assertRefused(tensors -> with(
                        without(tensors, "Head2.mlps.4.num_batches_tracked"),
                        NamedTensor.of("Head2.mlps.4.num_batches_tracked", new long[] {7}, 1)))
                .hasMessageContaining("num_batches_tracked")
                .hasMessageContaining("(1,)");
    }

    @Test
    void aWeightThatIsNotFiniteIsRefused() {
        float[] damaged = weights.stage(0).linear().bias().clone();
        damaged[2] = Float.NaN;
        assertRefused(tensors ->
                        with(without(tensors, "Head2.mlps.0.bias"), NamedTensor.of("Head2.mlps.0.bias", damaged, 5)))
                .hasMessageContaining("Head2.mlps.0.bias")
                .hasMessageContaining("NaN at 2");
    }

    @Test
    void aNegativeVarianceIsRefused() {
        assertRefused(tensors -> with(
                        without(tensors, "Head2.mlps.4.running_var"),
                        NamedTensor.of("Head2.mlps.4.running_var", new float[] {1, 1, -1, 1}, 4)))
                .hasMessageContaining("running_var")
                .hasMessageContaining("negative");
    }

    private org.assertj.core.api.AbstractThrowableAssert<?, ?> assertRefused(UnaryOperator<List<NamedTensor>> change) {
        Path file = folder.resolve("damaged.safetensors");
        SafetensorsWriter.write(file, change.apply(ProjectorFile.tensors(weights, "")), Map.of());
        return assertThatThrownBy(() -> ProjectorFile.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("damaged.safetensors");
    }

    private static List<NamedTensor> without(List<NamedTensor> tensors, String name) {
        return tensors.stream().filter(tensor -> !tensor.name().equals(name)).toList();
    }

    private static List<NamedTensor> with(List<NamedTensor> tensors, NamedTensor added) {
        List<NamedTensor> more = new ArrayList<>(tensors);
        more.add(added);
        return more;
    }

    private static ProjectorWeights random(int input, int hidden, int output, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return ProjectorWeights.freeBind(
                new ProjectorWeights.Stage(
                        new LinearWeights(input, hidden, values(random, hidden * input), values(random, hidden)),
                        norm(random, hidden, 41)),
                new ProjectorWeights.Stage(
                        new LinearWeights(hidden, output, values(random, output * hidden), values(random, output)),
                        norm(random, output, 42)));
    }

    private static BatchNormWeights norm(SplittableRandom random, int features, long batches) {
        return new BatchNormWeights(
                values(random, features),
                values(random, features),
                values(random, features),
                values(random, features),
                batches);
    }

    private static float[] values(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble();
        }
        return values;
    }
}
