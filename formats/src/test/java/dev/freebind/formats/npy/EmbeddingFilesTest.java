package dev.freebind.formats.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.Samples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingFilesTest {

    @TempDir
    Path folder;

    /** Writes {@code rows} rows of two values, the first being {@code from}, {@code from + 1}, …, the second 1. */
    private Path shard(String name, int from, int rows) {
        float[] values = new float[rows * 2];
        for (int i = 0; i < rows; i++) {
            values[2 * i] = from + i;
            values[2 * i + 1] = 1;
        }
        Path path = folder.resolve(name);
        NpyArray.of(values, rows, 2).write(path);
        return path;
    }

    private static float[] firstColumn(Embeddings embeddings, long firstRow, int count) {
        FloatBuffer buffer = FloatBuffer.allocate(count * 2);
        embeddings.read(firstRow, count, buffer);
        float[] column = new float[count];
        for (int i = 0; i < count; i++) {
            column[i] = buffer.get(2 * i);
        }
        return column;
    }

    @Test
    void shardsAreOneCorpusInNaturalOrder() {
        shard("part-10.npy", 5, 3);
        shard("part-2.npy", 2, 3);
        shard("part-1.npy", 0, 2);
        try (EmbeddingShards shards = EmbeddingFiles.open(List.of(folder + "/part-*.npy"))) {
            assertThat(shards.rows()).isEqualTo(8);
            assertThat(shards.dimension()).isEqualTo(2);
            assertThat(firstColumn(shards, 0, 8)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            for (int first = 0; first < 8; first++) {
                for (int count = 0; count <= 8 - first; count++) {
                    float[] column = firstColumn(shards, first, count);
                    for (int i = 0; i < count; i++) {
                        assertThat(column[i]).isEqualTo(first + i);
                    }
                }
            }
            assertThat(shards.origin())
                    .contains("part-1.npy")
                    .contains("part-10.npy")
                    .contains("3 files");
            assertThat(shards.origin(4)).endsWith("part-2.npy, row 2");
        }
    }

    @Test
    void emptyShardsDoNotDisturb() {
        shard("a-1.npy", 0, 0);
        shard("a-2.npy", 0, 2);
        shard("a-3.npy", 0, 0);
        shard("a-4.npy", 2, 1);
        try (EmbeddingShards shards = EmbeddingFiles.open(List.of(folder + "/a-*.npy"))) {
            assertThat(firstColumn(shards, 0, 3)).containsExactly(0, 1, 2);
            assertThat(firstColumn(shards, 2, 1)).containsExactly(2);
            assertThat(shards.origin(2)).endsWith("a-4.npy, row 0");
        }
    }

    @Test
    void listedFilesKeepTheirOrder() {
        Path late = shard("b.npy", 0, 1);
        Path early = shard("a.npy", 1, 1);
        try (EmbeddingShards shards = EmbeddingFiles.open(List.of(late.toString(), early.toString()))) {
            assertThat(shards.paths()).containsExactly(late, early);
            assertThat(firstColumn(shards, 0, 2)).containsExactly(0, 1);
        }
    }

    @Test
    void clipRetrievalsFoldersWorkAsTheyAre() throws IOException {
        shard("laion/img_emb/img_emb_0.npy", 0, 2);
        shard("laion/img_emb/img_emb_10.npy", 3, 1);
        shard("laion/img_emb/img_emb_9.npy", 2, 1);
        Files.createDirectories(folder.resolve("laion/metadata"));
        Files.createFile(folder.resolve("laion/metadata/metadata_0.parquet"));
        for (String name : List.of("laion", "laion/img_emb")) {
            try (EmbeddingShards shards =
                    EmbeddingFiles.open(List.of(folder.resolve(name).toString()))) {
                assertThat(firstColumn(shards, 0, 4)).containsExactly(0, 1, 2, 3);
            }
        }

        shard("laion/text_emb/text_emb_0.npy", 0, 4);
        assertThatThrownBy(() -> EmbeddingFiles.open(List.of(folder + "/laion")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("img_emb and text_emb");
        try (EmbeddingShards shards = EmbeddingFiles.open(List.of(folder + "/laion/text_emb"))) {
            assertThat(shards.rows()).isEqualTo(4);
        }
    }

    @Test
    void aFolderOfSomethingElseIsRefused() {
        shard("plain/a.npy", 0, 1);
        assertThatThrownBy(() -> EmbeddingFiles.open(List.of(folder + "/plain")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("plain/*.npy");
    }

    @Test
    void aPatternWithoutAMatchIsNamed() {
        assertThatThrownBy(() -> EmbeddingFiles.open(List.of(folder + "/none-*.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none-*.npy");
        assertThatThrownBy(() -> EmbeddingFiles.open(List.of())).isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void shardsOfTwoDimensionsNameBothFiles() {
        shard("a-1.npy", 0, 1);
        NpyArray.of(new float[3], 1, 3).write(folder.resolve("a-2.npy"));
        assertThatThrownBy(() -> EmbeddingFiles.open(List.of(folder + "/a-*.npy")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("a-1.npy")
                .hasMessageContaining("a-2.npy");
    }

    @Test
    void aFileNamedTwiceIsRefused() {
        shard("a-1.npy", 0, 1);
        assertThatThrownBy(() -> EmbeddingFiles.open(List.of(folder + "/a-1.npy", folder + "/a-*.npy")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("named twice");
    }

    @Test
    void badRowsAreNamedByTheirFileAndTheirRowInIt() {
        shard("a-1.npy", 1, 3);
        float[] values = {1, 1, 0, 0, Float.NaN, 1, 1, Float.NEGATIVE_INFINITY};
        NpyArray.of(values, 4, 2).write(folder.resolve("a-2.npy"));
        try (EmbeddingShards shards = EmbeddingFiles.open(List.of(folder + "/a-*.npy"))) {
            Embeddings normalised = shards.normalised();
            FloatBuffer buffer = FloatBuffer.allocate(8);
            normalised.read(0, 4, buffer);
            assertThat(buffer.get(6)).isEqualTo((float) Math.sqrt(0.5));

            buffer.clear();
            assertThatThrownBy(() -> normalised.read(3, 2, buffer.clear()))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("a-2.npy, row 1: all values are zero");
            assertThatThrownBy(() -> normalised.read(5, 1, buffer.clear()))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("a-2.npy, row 2: a value is not finite");
            assertThatThrownBy(() -> normalised.read(6, 1, buffer.clear()))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("a-2.npy, row 3: a value is not finite");
            assertThatThrownBy(() -> shards.slice(4, 2).normalised().read(0, 1, buffer.clear()))
                    .hasMessageContaining("a-2.npy, row 1");
            assertThatThrownBy(() -> Embeddings.concatenation(List.of(shards, shards))
                            .normalised()
                            .read(7 + 4, 1, buffer.clear()))
                    .hasMessageContaining("a-2.npy, row 1");
        }
    }

    @Test
    void theSharedCorporaAreUnitRows() {
        Path corpora = Samples.goldens().resolve("corpora");
        try (EmbeddingShards texts = EmbeddingFiles.open(List.of(corpora + "/unified/text.npy"))) {
            assertThat(texts.rows()).isEqualTo(60);
            assertThat(texts.dimension()).isEqualTo(16);
            FloatBuffer stored = FloatBuffer.allocate(60 * 16);
            FloatBuffer scaled = FloatBuffer.allocate(60 * 16);
            texts.read(0, 60, stored);
            texts.normalised().read(0, 60, scaled);
            for (int i = 0; i < 960; i++) {
                assertThat(scaled.get(i)).isCloseTo(stored.get(i), org.assertj.core.data.Offset.offset(1e-6f));
            }
        }
    }
}
