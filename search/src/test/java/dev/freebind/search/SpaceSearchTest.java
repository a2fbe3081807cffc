package dev.freebind.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.search.index.IndexFolder;
import dev.freebind.search.index.IndexManifest;
import dev.freebind.search.index.IndexWriter;
import dev.freebind.search.metadata.Metadata;
import dev.freebind.search.metadata.MetadataFiles;
import dev.freebind.search.query.Query;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpaceSearchTest {

    @TempDir
    private Path folder;

    private final TinySpace space = new TinySpace("a");
    private Gallery photos;

    private static float[] rows(String... texts) {
        float[] values = new float[texts.length * TinySpace.DIMENSION];
        for (int i = 0; i < texts.length; i++) {
            float[] row = TinySpace.unit(texts[i].getBytes(StandardCharsets.UTF_8));
            System.arraycopy(row, 0, values, i * row.length, row.length);
        }
        return values;
    }

    private SpaceSearch search(Gallery... galleries) {
        return new SpaceSearch(space, List.of(galleries), 1);
    }

    private List<Hit> find(String query) {
        SpaceSearch search = search(photos);
        return search.find(search.embed(Query.parse(query), QueryInputs.LOCAL_FILES), photos, 3, Progress.SILENT);
    }

    @BeforeEach
    void photos() throws Exception {
        Path captions = Files.writeString(folder.resolve("photos.txt"), "a dog\na cat\nrain\nthe sea\n");
        Metadata metadata = MetadataFiles.open(List.of(captions));
        float[] values = rows("dog", "cat", "rain", "sea");
        photos = new Gallery(
                "photos", Modality.IMAGE, Embeddings.of(values, TinySpace.DIMENSION, "photos.npy"), metadata);
        NpyArray.of(values, 4, TinySpace.DIMENSION).write(folder.resolve("photos.npy"));
        Files.writeString(folder.resolve("sea.jpg"), "sea");
    }

    @Test
    void theItemItselfIsTheNearest() {
        for (String query : List.of(
                "rain",
                "text:rain",
                "row:2",
                "row:photos/2",
                "npy:" + folder.resolve("photos.npy") + "#2",
                "image@leaf:" + folder.resolve("photos.npy") + "#2")) {
            Hit best = find(query).get(0);
            assertThat(best.row()).as(query).isEqualTo(2);
            assertThat(best.score()).as(query).isCloseTo(1, within(1e-6f));
            assertThat(best.metadata().label()).contains("rain");
        }
    }

    @Test
    void aFileIsEncodedByItsContent() {
        assertThat(find("image:" + folder.resolve("sea.jpg")).get(0).row()).isEqualTo(3);
    }

    @Test
    void whatIsSubtractedMovesAway() {
        List<Hit> hits = find("2*row:0 + row:1 - row:2");
        float plain = scoreOf(find("2*row:0 + row:1"), 1);

        assertThat(hits).extracting(Hit::row).startsWith(0L, 1L);
        assertThat(scoreOf(hits, 1)).isNotEqualTo(plain);
        assertThat(find("-row:2")).extracting(Hit::row).doesNotContain(2L);
    }

    private static float scoreOf(List<Hit> hits, long row) {
        return hits.stream()
                .filter(hit -> hit.row() == row)
                .findFirst()
                .orElseThrow()
                .score();
    }

    @Test
    void whatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> find("row:4"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("there is no row 4; photos.npy has 4");
        assertThatThrownBy(() -> find("row:photo/1"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no gallery 'photo'; did you mean 'photos'?");
        assertThatThrownBy(() -> find("image:nowhere.jpg"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("nowhere.jpg: there is no such file");
        assertThatThrownBy(() -> find("video:a.mp4"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("cannot embed video; it knows audio, image, text");
        assertThatThrownBy(() -> find("npy:nowhere.npy#1")).isInstanceOf(DataException.class);
    }

    @Test
    void embeddingsOfAnotherDimensionAreRefused() throws Exception {
        Path file = folder.resolve("other.npy");
        NpyArray.of(new float[] {1, 0}, 1, 2).write(file);
        assertThatThrownBy(() -> find("npy:" + file + "#0"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("has dimension 2, but 'tiny' has 16");
        Gallery other = new Gallery("other", Modality.TEXT, Embeddings.of(new float[] {1, 0}, 2, "o.npy"), null);
        assertThatThrownBy(() -> search(other)).hasMessageContaining("has dimension 2");
    }

    @Test
    void severalGalleriesMustBeToldApart() {
        Gallery same = new Gallery("photos", Modality.IMAGE, photos.embeddings(), null);
        assertThatThrownBy(() -> search(photos, same)).hasMessageContaining("two galleries are named 'photos'");
        Gallery other = new Gallery("more", Modality.IMAGE, photos.embeddings(), null);
        assertThatThrownBy(() -> search(photos, other).gallery(null)).hasMessageContaining("which gallery");
        assertThatThrownBy(() -> search()).hasMessageContaining("no gallery");
    }

    @Test
    void metadataOfAnotherLengthIsRefused() {
        Embeddings three = photos.embeddings().slice(0, 3);
        assertThatThrownBy(() -> new Gallery("p", Modality.IMAGE, three, photos.metadata()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has 4 rows")
                .hasMessageContaining("there are embeddings of 3 items");
    }

    private static IndexManifest manifest(String fingerprint, long rows) {
        return new IndexManifest(
                "photos",
                Modality.IMAGE,
                "tiny",
                TinySpace.DIMENSION,
                rows,
                "vt-u.image=0.5",
                List.of("at"),
                "all",
                fingerprint,
                Path.of("/base"),
                Path.of("/media"),
                "1");
    }

    @Test
    void anIndexFindsWhatTheGalleryDoes() {
        for (ElementType type : List.of(ElementType.F32, ElementType.F16)) {
            Path at = folder.resolve("index-" + type);
            IndexWriter.checkEmpty(at);
            IndexWriter.write(photos, manifest("a", 4), at, type, Progress.SILENT);

            try (IndexFolder index = IndexFolder.open(at)) {
                index.check(space);
                assertThat(index.manifest()).isEqualTo(manifest("a", 4));
                SpaceSearch search = search(index.gallery());
                List<Hit> hits = search.find(
                        search.embed(Query.parse("rain"), QueryInputs.LOCAL_FILES),
                        index.gallery(),
                        4,
                        Progress.SILENT);
                List<Hit> expected = search(photos)
                        .find(search.embed(Query.parse("rain"), QueryInputs.LOCAL_FILES), photos, 4, Progress.SILENT);
                assertThat(hits)
                        .extracting(Hit::row)
                        .isEqualTo(expected.stream().map(Hit::row).toList());
                for (int i = 0; i < 4; i++) {
                    assertThat(hits.get(i).score()).isCloseTo(expected.get(i).score(), within(1e-3f));
                    assertThat(hits.get(i).metadata()).isEqualTo(expected.get(i).metadata());
                }
            }
        }
    }

    @Test
    void theMediaFolderIsTheDeepestThatHoldsAllFiles() throws Exception {
        assertThat(media("a/b/1.jpg", "a/b/c/2.jpg")).isEqualTo(folder.resolve("a/b"));
        assertThat(media("../x/1.jpg", "a/2.jpg", "https://example.org/1.jpg")).isEqualTo(folder.getParent());
        assertThat(media("/etc/1.jpg", "a/2.jpg")).isNull();
        assertThat(media("https://example.org/1.jpg")).isNull();
    }

    private Path media(String... paths) throws Exception {
        StringBuilder lines = new StringBuilder("path\n");
        for (String path : paths) {
            lines.append(path).append('\n');
        }
        Path file = Files.writeString(folder.resolve("paths.csv"), lines);
        Path at = folder.resolve("index-" + lines.toString().hashCode());
        try (Metadata metadata = MetadataFiles.open(List.of(file))) {
            Gallery gallery =
                    new Gallery("p", Modality.IMAGE, photos.embeddings().slice(0, paths.length), metadata);
            IndexManifest manifest = new IndexManifest(
                    "p",
                    Modality.IMAGE,
                    "tiny",
                    TinySpace.DIMENSION,
                    paths.length,
                    "",
                    List.of(),
                    "all",
                    "a",
                    folder,
                    null,
                    "1");
            IndexWriter.write(gallery, manifest, at, ElementType.F32, Progress.SILENT);
        }
        return IndexManifest.read(at).media();
    }

    @Test
    void anIndexOfAnotherStateOfTheSpaceIsRefused() {
        Path at = folder.resolve("index");
        IndexWriter.write(photos, manifest("b", 4), at, ElementType.F32, Progress.SILENT);

        assertThatThrownBy(() -> IndexWriter.checkEmpty(at)).hasMessageContaining("is not empty");
        try (IndexFolder index = IndexFolder.open(at)) {
            assertThatThrownBy(() -> index.check(space))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("other projectors or factors");
        }
    }

    @Test
    void aDamagedIndexIsRefused() throws Exception {
        assertThatThrownBy(() -> IndexFolder.open(folder))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("is not an index");
        Path at = folder.resolve("index");
        IndexWriter.write(photos, manifest("a", 5), at, ElementType.F32, Progress.SILENT);
        assertThatThrownBy(() -> IndexFolder.open(at))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has 4 rows of 16 values, but")
                .hasMessageContaining("says 5 of 16");
        for (String json : List.of(
                "{",
                "[]",
                "{\"schema\": 2}",
                "{\"schema\": 1, \"name\": \"../x\", \"modality\": \"image\", \"space\": \"s\", \"dimension\": 1, \"rows\": 1,"
                        + " \"factors\": \"\", \"projectors\": \"\", \"fingerprint\": \"\", \"freebind\": \"\"}",
                "{\"schema\": 1, \"name\": \"x\", \"modality\": \"image\", \"space\": \"s\", \"dimension\": -1}",
                "{\"schema\": 1, \"name\": 7}")) {
            Files.writeString(at.resolve("index.json"), json);
            assertThatThrownBy(() -> IndexFolder.open(at)).as(json).isInstanceOf(DataException.class);
        }
    }

    @Test
    void anIndexHasUnitRowsWhateverTheGalleryHad() {
        float[] values = rows("dog", "cat", "rain", "sea");
        for (int i = 0; i < values.length; i++) {
            values[i] *= 1 + i;
        }
        Gallery scaled = new Gallery("p", Modality.IMAGE, Embeddings.of(values, TinySpace.DIMENSION, "p.npy"), null);
        Path at = folder.resolve("index");
        IndexWriter.write(scaled, manifest("a", 4), at, ElementType.F32, Progress.SILENT);

        try (IndexFolder index = IndexFolder.open(at)) {
            float[] stored = NpyArray.read(at.resolve("embeddings.npy")).floats();
            for (int row = 0; row < 4; row++) {
                double squares = 0;
                for (int i = 0; i < TinySpace.DIMENSION; i++) {
                    squares += Math.pow(stored[row * TinySpace.DIMENSION + i], 2);
                }
                assertThat(squares).isCloseTo(1, within(1e-6));
            }
            assertThat(index.gallery().embeddings().rows()).isEqualTo(4);
        }
    }

    @Test
    void anIndexThatFailedHalfwayIsNoneAndInNobodysWay() throws Exception {
        Path at = folder.resolve("index");
        Path lines = Files.writeString(folder.resolve("broken.jsonl"), "{}\n{}\n{\n{}\n");
        try (Metadata broken = MetadataFiles.open(List.of(lines))) {
            Gallery gallery = new Gallery("p", Modality.IMAGE, photos.embeddings(), broken);
            assertThatThrownBy(() -> IndexWriter.write(gallery, manifest("a", 4), at, ElementType.F32, Progress.SILENT))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("broken.jsonl, row 2");
        }
        assertThat(at).isEmptyDirectory();
        // what a process leaves that is killed while it writes
        Files.writeString(at.resolve(".embeddings.npy.1-1.partial"), "half");
        Files.writeString(at.resolve(".metadata.jsonl.1-2.partial"), "half");
        assertThatThrownBy(() -> IndexFolder.open(at)).hasMessageContaining("is not an index");

        IndexWriter.checkEmpty(at);
        IndexWriter.write(photos, manifest("a", 4), at, ElementType.F32, Progress.SILENT);

        assertThat(at)
                .isDirectoryNotContaining("glob:**.partial")
                .isDirectoryContaining("glob:**/embeddings.npy")
                .isDirectoryContaining("glob:**/metadata.jsonl")
                .isDirectoryContaining("glob:**/index.json");
    }

    @Test
    void anIndexWhoseRowsWereExchangedIsRefused() {
        Path at = folder.resolve("index");
        IndexWriter.write(photos, manifest("a", 4), at, ElementType.F32, Progress.SILENT);
        float[] values = rows("dog", "cat", "rain", "sea");
        for (float wrong : new float[] {0, 2, Float.NaN, Float.POSITIVE_INFINITY}) {
            Arrays.fill(values, 3 * TinySpace.DIMENSION, 4 * TinySpace.DIMENSION, wrong);
            NpyArray.of(values, 4, TinySpace.DIMENSION).write(at.resolve("embeddings.npy"));
            assertThatThrownBy(() -> IndexFolder.open(at))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("embeddings.npy, row 3: has norm")
                    .hasMessageContaining("make the index again");
        }
    }

    @Test
    void theTableCannotSteerTheTerminal() {
        Hit hit = new Hit(
                3,
                0.5f,
                new dev.freebind.search.metadata.MetadataRow(
                        java.util.Map.of("caption", "a\u001b[2Jb\nc" + "x".repeat(200))));
        String table = HitTable.render(photos, List.of(hit), 60);

        assertThat(table).doesNotContain("\u001b").contains("   1   0.5000    3  a\uFFFD[2Jb cxx");
        assertThat(table.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(60));
    }
}
