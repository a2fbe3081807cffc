package dev.freebind.media.point;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.formats.npz.NpzFile;
import dev.freebind.media.Damage;
import dev.freebind.media.Goldens;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PointCloudDecoderTest {

    private final PointCloudDecoder decoder = new PointCloudDecoder();

    /** The values are NumPy's: the last point, the sum of all coordinates, and the sum of all colours. */
    @ParameterizedTest
    @CsvSource({
        "BBQ, -0.9404297, 0.033203125, 0.004665375, -173.66843515634537, 12947.660042583942",
        "toilet, 0.31811523, 0.50634766, -0.39477539, -1907.7169283032417, 21789.23681640625",
        "train, 0.13012695, 0.17395020, 0.63574219, -612.5602707862854, 5812.169220924377"
    })
    void shapesOfObjaverseAreReadAsNumpyReadsThem(
            String name, float x, float y, float z, double points, double colours) {
        PointCloud cloud = decoder.decode(Goldens.item("realdata/points/" + name + ".npy"));

        assertThat(cloud.size()).isEqualTo(10_000);
        assertThat(Arrays.copyOfRange(cloud.points(), 29_997, 30_000))
                .containsExactly(new float[] {x, y, z}, within(1e-7f));
        assertThat(sum(cloud.points())).isCloseTo(points, within(1e-6));
        assertThat(sum(cloud.colours())).isCloseTo(colours, within(1e-6));
    }

    /** The values are those of NumPy's float32: less the mean, over the largest length. */
    @ParameterizedTest
    @CsvSource({
        "BBQ, 0.7193442, -0.01148463, -0.2977589, -0.8556811, 0.0184169, -0.00900985",
        "toilet, -0.21188267, -0.50845313, 0.541927, 0.32716444, 0.595286, -0.2834889",
        "train, -0.09943672, -0.10397246, -0.21352738, 0.12702762, 0.19702597, 0.65393007"
    })
    void shapesOfObjaverseAreNormalisedAsUni3dDoes(
            String name, float x, float y, float z, float lastX, float lastY, float lastZ) {
        float[] points = decoder.decode(Goldens.item("realdata/points/" + name + ".npy"))
                .normalised()
                .points();

        assertThat(Arrays.copyOf(points, 3)).containsExactly(new float[] {x, y, z}, within(1e-6f));
        assertThat(Arrays.copyOfRange(points, 29_997, 30_000))
                .containsExactly(new float[] {lastX, lastY, lastZ}, within(1e-6f));
    }

    /** Written by NumPy 2.4: a dictionary of texts, lists, None, numbers, arrays of texts, and the cloud in float16 and float32. */
    @Test
    void aPickledDictionaryMayHoldMuchElse() {
        PointCloud cloud = decode(Goldens.resource(getClass(), "openshape.npy"));

        assertThat(cloud.points()).containsExactly(0, 0, 0, 1, 0, 0, 0, 2, 0, 0.099975586f, 0, -3);
        assertThat(cloud.colours()).containsExactly(0, 0.25f, 1, 1, 1, 1, 0.5f, 0, 0, 0.125f, 0.75f, 0);
    }

    /** Written by NumPy 2.4, compressed: big-endian doubles, colours of one byte, and an array that is of no interest. */
    @Test
    void anArchiveMayHaveColoursOfOneByte() {
        PointCloud cloud = decode(Goldens.resource(getClass(), "cloud.npz"));

        assertThat(cloud.points()).containsExactly(0, 0, 0, 1, 0, 0, 0, 2, 0, 0.099975586f, 0, -3);
        assertThat(cloud.colours()).startsWith(0, 0.2f, 1).hasSize(12);
    }

    @Test
    void aPlainArrayHasCoordinatesAlone() {
        PointCloud cloud = decode(npy(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));

        assertThat(cloud.points()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(cloud.colours()).isNull();
    }

    @Test
    void aPlainArrayOfSixColumnsHasColoursAsWell() {
        PointCloud cloud = decode(npy(new float[] {1, 2, 3, 0, 0.5f, 1, 4, 5, 6, 1, 0, 0}, 2, 6));

        assertThat(cloud.points()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(cloud.colours()).containsExactly(0, 0.5f, 1, 1, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"4, 4", "12, 1", "1, 12"})
    void anotherShapeIsRefused(int rows, int columns) {
        assertRefused(npy(new float[rows * columns], rows, columns), "has shape (" + rows + ", " + columns + ")");
    }

    @Test
    void aCloudWithoutPointsIsRefused() {
        assertRefused(npy(new float[0], 0, 3), "has 0 points; allowed are 1 to 4000000");
    }

    @Test
    void aCloudBeyondTheLimitIsRefused() {
        Item item = new Item.Bytes("the item", npy(new float[9], 3, 3));

        assertThatThrownBy(() -> new PointCloudDecoder(2).decode(item))
                .isInstanceOf(DataException.class)
                .hasMessage("the item has 3 points; allowed are 1 to 2");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void aCoordinateThatIsNotFiniteIsRefused(float value) {
        assertRefused(npy(new float[] {0, 0, 0, 0, value, 0}, 2, 3), "point 1 has the coordinate " + value);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, -0.01f, 255})
    void aColourOutsideItsRangeIsRefused(float value) {
        assertRefused(npy(new float[] {0, 0, 0, 0, value, 0}, 1, 6), "point 0 has the colour component " + value);
    }

    @Test
    void wholeNumbersAreNoCoordinates() {
        assertRefused(bytes(NpyArray.of(new long[3], 1, 3).encoded()), "holds I64; allowed are float16");
    }

    @Test
    void anArchiveWithoutPointsIsRefused(@TempDir Path folder) throws IOException {
        assertRefused(npz(folder, Map.of("points", NpyArray.of(new float[3], 1, 3))), "has no array 'xyz'");
    }

    @Test
    void thereAreAsManyColoursAsPoints(@TempDir Path folder) throws IOException {
        byte[] file =
                npz(folder, Map.of("xyz", NpyArray.of(new float[3], 1, 3), "rgb", NpyArray.of(new float[6], 2, 3)));

        assertRefused(file, "has 1 points in 'xyz' and 2 colours in 'rgb'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"xyz.npy", "other.bin"})
    void anArchiveThatBlowsUpIsRefused(String name) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.putNextEntry(new ZipEntry(name));
            for (int i = 0; i < 80; i++) {
                zip.write(new byte[1 << 20]);
            }
        }
        Item item = new Item.Bytes("the item", file.toByteArray());

        assertThatThrownBy(() -> new PointCloudDecoder(1000).decode(item))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("bytes come out of the archive; at most 1000 points are read");
    }

    @Test
    void aPickleThatNamesAFunctionIsRefusedAndRunsNothing() {
        String text = new String(Goldens.resource(getClass(), "openshape.npy"), StandardCharsets.ISO_8859_1);
        byte[] file = text.replace("_reconstruct", "fromfile_abc").getBytes(StandardCharsets.ISO_8859_1);

        assertRefused(file, "mentions 'numpy._core.multiarray.fromfile_abc'");
    }

    @Test
    void anotherFormatIsNamedByItsBytes() {
        assertRefused("ply\nformat ascii".getBytes(StandardCharsets.US_ASCII), "it begins with the bytes 70 6c 79 0a");
    }

    @Test
    void aTextIsARequestThatIsWrong() {
        assertThatThrownBy(() -> decoder.decode(new Item.Text("a cube"))).isInstanceOf(InvalidRequestException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"openshape.npy", "cloud.npz"})
    void damagedFilesEndInTheDocumentedErrorOnly(String name) {
        int refused = Damage.tryCopies(Goldens.resource(getClass(), name), 3000, 20_26, copy -> decode(copy));

        assertThat(refused).isGreaterThan(1000);
    }

    @Test
    void damagedPlainArraysEndInTheDocumentedErrorOnly() {
        int refused = Damage.tryCopies(npy(new float[600], 100, 6), 3000, 7, copy -> decode(copy));

        assertThat(refused).isGreaterThan(1000);
    }

    private PointCloud decode(byte[] content) {
        return decoder.decode(new Item.Bytes("the item", content));
    }

    private void assertRefused(byte[] content, String why) {
        assertThatThrownBy(() -> decode(content))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the item")
                .hasMessageContaining(why);
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    private static byte[] npy(float[] values, long... shape) {
        return bytes(NpyArray.of(values, shape).encoded());
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static byte[] npz(Path folder, Map<String, NpyArray> arrays) throws IOException {
        Path file = folder.resolve("cloud.npz");
        NpzFile.write(file, arrays);
        return Files.readAllBytes(file);
    }
}
