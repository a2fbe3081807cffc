package dev.freebind.formats.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.pytorch.ArchiveAssembler;
import dev.freebind.formats.pytorch.PickleAssembler;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path folder;

    /** A training script's file: {@code {'epoch': 3, DICTIONARY: {PREFIX a, PREFIX b}, 'optimizer': {0: …}}}. */
    private Path training(String dictionary, String prefix) throws IOException {
        ArchiveAssembler archive = new ArchiveAssembler();
        archive.entry(
                "data.pkl",
                new PickleAssembler()
                        .op("}(")
                        .text("epoch")
                        .number(3)
                        .text(dictionary)
                        .op("}(")
                        .text(prefix + "a")
                        .vector("FloatStorage", "0", 2)
                        .text(prefix + "b")
                        .tensor("FloatStorage", "1", 6, 0, List.of(3L, 2L), List.of(1L, 3L))
                        .op("u")
                        .text("optimizer")
                        .op("}")
                        .number(0)
                        .vector("FloatStorage", "1", 6)
                        .op("su")
                        .stop());
        archive.floats("0", 1, 2);
        archive.floats("1", 1, 2, 3, 4, 5, 6);
        return archive.write(folder.resolve("training.pt"));
    }

    @ParameterizedTest
    @CsvSource({"state_dict,module.", "model,''", "model_state_dict,module."})
    void theModelsTensorsAreFoundInATrainingScriptsFile(String dictionary, String prefix) throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(training(dictionary, prefix))) {
            assertThat(checkpoint.tensors())
                    .containsExactly(
                            Map.entry("a", new TensorSummary(ElementType.F32, Shape.of(2))),
                            Map.entry("b", new TensorSummary(ElementType.F32, Shape.of(3, 2))));
            assertThat(checkpoint.floats("b")).containsExactly(1, 4, 2, 5, 3, 6);
            FloatBuffer rows = FloatBuffer.allocate(4);
            checkpoint.readRows("b", 1, 2, rows);
            assertThat(rows.array()).containsExactly(2, 5, 3, 6);
        }
    }

    @Test
    void anyDictionaryAndPrefixCanBeChosen() throws IOException {
        Path path = training("ema", "net.");
        try (Checkpoint all = Checkpoint.open(path)) {
            assertThat(all.tensors().keySet()).containsExactly("ema.net.a", "ema.net.b", "optimizer.0");
        }
        TensorSelection ema = TensorSelection.AUTOMATIC.inDictionary("ema");
        try (Checkpoint chosen = Checkpoint.open(path, ema.withoutPrefix("net."))) {
            assertThat(chosen.tensors().keySet()).containsExactly("a", "b");
            assertThat(chosen.floats("a")).containsExactly(1, 2);
        }
        assertThatThrownBy(() -> Checkpoint.open(path, ema.withoutPrefix("other.")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'other.': net.a, net.b");
        assertThatThrownBy(() -> Checkpoint.open(path, ema.inDictionary("model")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no tensor in a dictionary 'model'");
        assertThatThrownBy(() -> ema.withoutPrefix("net")).isInstanceOf(InvalidRequestException.class);
    }

    private void shard(String name, NamedTensor... tensors) {
        SafetensorsWriter.write(folder.resolve(name), List.of(tensors), Map.of());
    }

    private Path index(String weightMap) throws IOException {
        return Files.writeString(
                folder.resolve(INDEX), "{\"metadata\": {\"total_size\": 5}, \"weight_map\": {" + weightMap + "}}");
    }

    @Test
    void shardsAreOneCheckpointWhoeverNamesIt() throws IOException {
        shard("one.safetensors", NamedTensor.of("a", new float[] {1, 2}, 2));
        shard("two.safetensors", NamedTensor.of("b", new float[] {3, 4}, 2), NamedTensor.of("c", new long[] {5}, 1));
        Path index = index("\"a\": \"one.safetensors\", \"b\": \"two.safetensors\", \"c\": \"two.safetensors\"");
        for (Path path : List.of(index, folder)) {
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b", "c");
                assertThat(checkpoint.floats("a")).containsExactly(1, 2);
                assertThat(checkpoint.floats("b")).containsExactly(3, 4);
                assertThat(checkpoint.longs("c")).containsExactly(5);
                FloatBuffer row = FloatBuffer.allocate(1);
                checkpoint.readRows("b", 1, 1, row);
                assertThat(row.get(0)).isEqualTo(4);
                ByteBuffer bytes = ByteBuffer.allocate(8);
                checkpoint.readBytes("c", bytes);
                assertThat(bytes.get(0)).isEqualTo((byte) 5);
                assertThatThrownBy(() -> checkpoint.floats("d"))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("no tensor 'd'; there are [a, b, c]");
            }
        }
    }

    @Test
    void shardsThatDoNotFitTheirIndexAreNamed() throws IOException {
        shard("one.safetensors", NamedTensor.of("a", new float[] {1, 2}, 2));
        assertIndexRefused("\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"", "not there: two.safetensors");
        assertIndexRefused("\"a\": \"one.safetensors\", \"b\": \"one.safetensors\"", "lists: b");
        shard("two.safetensors", NamedTensor.of("a", new float[] {1, 2}, 2), NamedTensor.of("b", new float[1], 1));
        assertIndexRefused("\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"", "tensor 'a' is in two files");
        assertIndexRefused("\"a\": \"one.safetensors\", \"a\": \"two.safetensors\"", "uplicate");
        assertIndexRefused("\"a\": \"../one.safetensors\"", "'../one.safetensors'; it must be the name of a file");
        assertIndexRefused("\"a\": \"/etc/passwd\"", "'/etc/passwd'; it must be the name of a file");
        assertIndexRefused("\"a\": 3", "VALUE_NUMBER_INT");
        assertIndexRefused("", "no 'weight_map'");
        assertIndexRefused("\"a\": ", "damaged");
    }

    private void assertIndexRefused(String weightMap, String message) throws IOException {
        Path index = index(weightMap);
        assertThatThrownBy(() -> Checkpoint.open(index))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aFolderWithoutOneCheckpointIsRefused() throws IOException {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no checkpoint")
                .hasMessageContaining("pytorch_model.bin.index.json");
        Path one = training("state_dict", "module.");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.origin()).isEqualTo(one.toString());
        }
        shard("other.safetensors", NamedTensor.of("a", new float[1], 1));
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("2 files")
                .hasMessageContaining("other.safetensors, training.pt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"absent.pt", "absent.safetensors", "absent.index.json"})
    void aMissingFileIsNamed(String name) {
        assertThatThrownBy(() -> Checkpoint.open(folder.resolve(name)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("no such file");
    }

    @Test
    void aModelsClaimsAreReportedAllAtOnce() {
        TensorSummary square = new TensorSummary(ElementType.F32, Shape.of(2, 2));
        TensorInventory inventory = new TensorInventory(
                "model.pt",
                Map.of(
                        "layers.0.w", square,
                        "layers.1.w", square,
                        "layers.10.w", square,
                        "bn.num_batches_tracked", new TensorSummary(ElementType.I64, Shape.of()),
                        "head.w", square));
        TensorClaims claims = new TensorClaims(inventory);
        assertThat(claims.count("layers.")).isEqualTo(2);
        assertThat(claims.shape("head.w", 2)).isEqualTo(Shape.of(2, 2));
        assertThatThrownBy(() -> claims.shape("head.w", 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("(2, 2), but needs 1 dimensions");
        claims.unused("layers.*.w", "*.num_batches_tracked");
        claims.claim("head.w", 2, 2);
        claims.check();
        claims.claim("head.b", 2);
        claims.claim("layers.0.w", 4);
        claims.claim("bn.num_batches_tracked");
        assertThatThrownBy(claims::check)
                .isInstanceOf(DataException.class)
                .hasMessage("model.pt: the tensors are not those of this model: 'head.b' of shape (2,) is missing;"
                        + " 'layers.0.w' has shape (2, 2) and needs (4,);"
                        + " 'bn.num_batches_tracked' holds I64, not floating-point numbers");
        TensorClaims few = new TensorClaims(inventory);
        few.unused("layers.?.w", "bn*");
        few.claim("layers.0.w", 2, 2);
        assertThat(few.extra()).containsExactlyInAnyOrder("layers.1.w", "layers.10.w", "head.w");
        assertThatThrownBy(few::check)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("'head.w' of shape (2, 2) belongs to no known part of the model");
        assertThatThrownBy(() -> inventory.floats("head.w")).isInstanceOf(UnsupportedOperationException.class);
    }
}
