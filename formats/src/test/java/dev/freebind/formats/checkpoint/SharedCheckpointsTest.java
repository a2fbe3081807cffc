package dev.freebind.formats.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Samples;
import dev.freebind.formats.Shape;
import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that PyTorch and the Hugging Face libraries wrote, among the shared goldens and real data. */
class SharedCheckpointsTest {

    private static final Map<String, ElementType> TYPES = Map.of(
            "float32", ElementType.F32,
            "float16", ElementType.F16,
            "bfloat16", ElementType.BF16,
            "int64", ElementType.I64);

    private static Path shared(String path) {
        Path file = Samples.goldens().resolveSibling("..").resolve(path).normalize();
        Assumptions.assumeTrue(Files.exists(file), "no " + path);
        return file;
    }

    /** An inventory {@code {name: [shape, type], …}}. */
    private static Map<String, TensorSummary> inventory(Path json) throws IOException {
        Map<String, TensorSummary> inventory = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json.toFile())) {
            parser.nextToken();
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                parser.nextToken();
                List<Long> lengths = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    lengths.add(parser.getLongValue());
                }
                ElementType type = TYPES.get(parser.nextTextValue().replace("torch.", ""));
                inventory.put(name, new TensorSummary(type, new Shape(lengths)));
                parser.nextToken();
            }
        }
        return inventory;
    }

    @ParameterizedTest
    @CsvSource({
        "goldens/clap/tiny/clap_tiny.pt, goldens/clap/tiny/clap_tiny_keys.json, module.",
        "goldens/clap/tiny/clap_tiny_fusion.pt, goldens/clap/tiny/clap_tiny_fusion_keys.json, module.",
        "goldens/imagebind/tiny/imagebind_tiny.pth, goldens/imagebind/tiny/state_dict.json, ''"
    })
    void everyTensorOfTheTinyModelsIsThereInTheirOrder(String file, String json, String prefix) throws IOException {
        Map<String, TensorSummary> expected = new LinkedHashMap<>();
        inventory(shared(json)).forEach((name, tensor) -> expected.put(name.substring(prefix.length()), tensor));
        try (Checkpoint checkpoint = Checkpoint.open(shared(file))) {
            assertThat(checkpoint.tensors()).containsExactlyEntriesOf(expected);
            expected.forEach((name, tensor) -> {
                if (tensor.type().isFloating()) {
                    assertThat(checkpoint.floats(name))
                            .hasSize((int) tensor.shape().elements());
                } else {
                    assertThat(checkpoint.longs(name))
                            .hasSize((int) tensor.shape().elements());
                }
            });
        }
    }

    @Test
    void theTransposedFilterBankIsReadRowByRow() {
        // Each mel filter is one rise and one fall over frequency: read in the wrong order, values would be scattered.
        try (Checkpoint checkpoint = Checkpoint.open(shared("goldens/clap/tiny/clap_tiny.pt"))) {
            String name = "audio_branch.logmel_extractor.melW";
            assertThat(checkpoint.tensor(name).shape()).isEqualTo(Shape.of(513, 64));
            float[] filters = checkpoint.floats(name);
            for (int filter = 0; filter < 64; filter++) {
                int turns = 0;
                for (int bin = 1; bin < 512; bin++) {
                    float before = filters[(bin - 1) * 64 + filter];
                    float here = filters[bin * 64 + filter];
                    float after = filters[(bin + 1) * 64 + filter];
                    turns += here > before && here >= after ? 1 : 0;
                }
                assertThat(turns).as("filter %d", filter).isEqualTo(1);
            }
        }
    }

    @Test
    void shardsOfBothFormatsHoldTheSameBits() {
        Path folder = shared("goldens/internvl/tiny_bf16");
        try (Checkpoint pickled = Checkpoint.open(folder.resolve("pytorch_model.bin.index.json"));
                Checkpoint safe = Checkpoint.open(folder)) {
            assertThat(safe.origin()).endsWith("model.safetensors.index.json");
            assertThat(safe.tensors()).containsAllEntriesOf(pickled.tensors()).hasSizeGreaterThan(100);
            pickled.tensors().forEach((name, tensor) -> {
                assertThat(tensor.type()).isEqualTo(ElementType.BF16);
                ByteBuffer one = ByteBuffer.allocate((int) tensor.shape().bytes(tensor.type()));
                ByteBuffer other = ByteBuffer.allocate(one.capacity());
                pickled.readBytes(name, one);
                safe.readBytes(name, other);
                assertThat(one.flip()).as(name).isEqualTo(other.flip());
                assertThat(pickled.floats(name)).as(name).isEqualTo(safe.floats(name));
            });
        }
        try (Checkpoint checkpoint = Checkpoint.open(shared("goldens/internvl/tiny"))) {
            assertThat(checkpoint.tensors()).hasSize(118);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bf16", "fp16"})
    void sixteenBitNumbersAreExactAlsoTheOddOnes(String type) throws IOException {
        Path expected = shared("goldens/internvl/tiny/" + type + "_expected");
        try (Checkpoint checkpoint = Checkpoint.open(shared("goldens/internvl/tiny/" + type + "_sample.bin"));
                Stream<Path> files = Files.list(expected)) {
            List<Path> arrays = files.toList();
            assertThat(arrays).hasSize(checkpoint.tensors().size());
            for (Path array : arrays) {
                String name = array.getFileName().toString().replace(".npy", "");
                NpyArray values = NpyArray.read(array);
                assertThat(checkpoint.tensor(name).shape()).isEqualTo(values.shape());
                // assertThat(float[]) tells 0 from -0 and takes NaN for NaN.
                assertThat(checkpoint.floats(name)).as(name).isEqualTo(values.floats());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "goldens/imagebind/full_state_dict.json",
                "goldens/internvl/full_state_dict.json",
                "goldens/clap/full_state_dict_fusion_htsat_tiny.json",
                "goldens/clap/full_state_dict_music_htsat_base.json"
            })
    void theInventoriesOfTheRealModelsAreSourcesToCheckAgainst(String json) throws IOException {
        TensorInventory inventory = new TensorInventory(json, inventory(shared(json)));
        assertThat(inventory.tensors()).hasSizeGreaterThan(200);
        TensorClaims claims = new TensorClaims(inventory);
        inventory.tensors().forEach((name, tensor) -> {
            if (tensor.type().isFloating()) {
                claims.claim(
                        name,
                        tensor.shape().lengths().stream()
                                .mapToLong(Long::longValue)
                                .toArray());
            } else {
                claims.unused(name);
            }
        });
        claims.check();
    }

    /** A published checkpoint (C-MCR's): its CLIP head applied by hand in double precision gives the recalls known of it. */
    @Test
    void aPublishedHeadReproducesItsRetrievalFigures() {
        try (Checkpoint checkpoint = Checkpoint.open(shared("realdata/c-mcr/ulip_clip.pt"))) {
            assertThat(checkpoint.tensors()).hasSize(14);
            TensorClaims claims = new TensorClaims(checkpoint);
            for (String head : List.of("Head_A", "Head_B")) {
                claims.claim(head + ".net.0.weight", 512, 512);
                for (String vector : List.of("0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var")) {
                    claims.claim(head + ".net." + vector, 512);
                }
                assertThat(checkpoint.longs(head + ".net.1.num_batches_tracked")[0])
                        .isPositive();
            }
            claims.unused("*.num_batches_tracked");
            claims.check();

            double[][] images = projected(checkpoint, embeddings("clipB32_image"));
            assertRecalls(images, projected(checkpoint, embeddings("clipB32_text")), 36.7, 64.3, 75.7);
            assertRecalls(images, projected(checkpoint, embeddings("clipB32_text_gpt3desc")), 43.1, 70.8, 79.9);
        }
    }

    private static double[][] embeddings(String name) {
        float[] values =
                NpyArray.read(shared("realdata/tb1_lvis/" + name + ".npy")).floats();
        double[][] rows = new double[values.length / 512][512];
        for (int i = 0; i < values.length; i++) {
            rows[i / 512][i % 512] = values[i];
        }
        for (double[] row : rows) {
            normalise(row);
        }
        return rows;
    }

    private static void normalise(double[] row) {
        double scale = 1 / Math.sqrt(dot(row, row));
        for (int i = 0; i < row.length; i++) {
            row[i] *= scale;
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Linear, BatchNorm with its running statistics, ReLU, unit length. */
    private static double[][] projected(Checkpoint checkpoint, double[][] rows) {
        float[] weight = checkpoint.floats("Head_A.net.0.weight");
        float[] bias = checkpoint.floats("Head_A.net.0.bias");
        float[] gamma = checkpoint.floats("Head_A.net.1.weight");
        float[] beta = checkpoint.floats("Head_A.net.1.bias");
        float[] mean = checkpoint.floats("Head_A.net.1.running_mean");
        float[] variance = checkpoint.floats("Head_A.net.1.running_var");
        double[][] projected = new double[rows.length][512];
        for (int i = 0; i < rows.length; i++) {
            for (int out = 0; out < 512; out++) {
                double sum = bias[out];
                for (int in = 0; in < 512; in++) {
                    sum += weight[out * 512 + in] * rows[i][in];
                }
                double scaled = (sum - mean[out]) / Math.sqrt(variance[out] + 1e-5) * gamma[out] + beta[out];
                projected[i][out] = Math.max(0, scaled);
            }
            normalise(projected[i]);
        }
        return projected;
    }

    private static void assertRecalls(double[][] queries, double[][] gallery, double at1, double at5, double at10) {
        int[] hits = new int[3];
        for (int i = 0; i < queries.length; i++) {
            double right = dot(queries[i], gallery[i]);
            int better = 0;
            for (double[] item : gallery) {
                better += dot(queries[i], item) > right ? 1 : 0;
            }
            hits[0] += better < 1 ? 1 : 0;
            hits[1] += better < 5 ? 1 : 0;
            hits[2] += better < 10 ? 1 : 0;
        }
        double[] expected = {at1, at5, at10};
        for (int k = 0; k < 3; k++) {
            assertThat(100.0 * hits[k] / queries.length).isCloseTo(expected[k], within(0.05));
        }
    }
}
