package dev.freebind.media.point;

import dev.freebind.api.DataException;
import dev.freebind.api.Item;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyArray;
import dev.freebind.formats.npy.PickledDictionary;
import dev.freebind.media.ItemContent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Decodes point clouds in NumPy's files, told apart by content:
 *
 * <ul>
 *   <li>{@code .npy} with a pickled dictionary of the arrays {@code xyz} and, if there are colours, {@code rgb}, as OpenShape
 *       keeps the shapes of Objaverse; the pickle is read as data and runs no code;
 *   <li>{@code .npy} with one array {@code [n, 3]} (coordinates) or {@code [n, 6]} (coordinates, then colours);
 *   <li>{@code .npz} with the arrays {@code xyz} and, if there are colours, {@code rgb}.
 * </ul>
 *
 * <p>Arrays are float16, float32 or float64 in C order. Colours are 0 to 1; in an array of their own they may also be uint8, 0 to
 * 255. Other keys are passed over. Immutable, safe for use from several threads.
 */
public final class PointCloudDecoder {

    /** As many points as a large laser scan has, 96 MB as floats with colours; encoders take some ten thousand. */
    public static final int DEFAULT_MAX_POINTS = 4_000_000;

    private static final int AXES = 3;

    private static final byte[] NPY = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final byte[] ZIP = {'P', 'K', 3, 4};

    /** Room for headers, and for whatever else lies beside the points: captions and their embeddings in OpenShape's files. */
    private static final long OTHER_BYTES = 1 << 26;

    private final int maxPoints;

    /** A decoder with the default limit of {@link #DEFAULT_MAX_POINTS}. */
    public PointCloudDecoder() {
        this(DEFAULT_MAX_POINTS);
    }

    /**
     * A decoder with a limit of its own.
     *
     * @param maxPoints most points of a cloud, 1 to 20,000,000
     */
    public PointCloudDecoder(int maxPoints) {
        if (maxPoints < 1 || maxPoints > 20_000_000) {
            throw new IllegalArgumentException("the limit must be 1 to 20,000,000 points: " + maxPoints);
        }
        this.maxPoints = maxPoints;
    }

    /**
     * Decodes one point cloud.
     *
     * @param item a file or bytes
     * @throws DataException if the item is missing, of another format, damaged, without points, too large, has numbers that are
     *     not finite or colours outside their range, or mentions Python names other than NumPy's, naming it
     * @throws dev.freebind.api.InvalidRequestException if the item is a text
     */
    public PointCloud decode(Item item) {
        Item.Bytes bytes = ItemContent.of(item);
        byte[] content = bytes.content();
        String label = bytes.label();
        if (startsWith(content, ZIP)) {
            Map<String, NpyArray> arrays = archive(content, label);
            return cloud(label, present(label, arrays.get("xyz")), arrays.get("rgb"));
        }
        if (!startsWith(content, NPY)) {
            throw new DataException(label + " is not a point cloud in an npy or npz file; it begins with the bytes "
                    + HexFormat.ofDelimiter(" ").formatHex(content, 0, Math.min(content.length, 8)));
        }
        if (content.length > maxBytes()) {
            throw new DataException(label + " has " + content.length + " bytes, more than " + maxPoints
                    + " points take, which are the most that are read");
        }
        ByteBuffer file = ByteBuffer.wrap(content);
        if (!PickledDictionary.isIn(file, label)) {
            return plain(label, array(content, label));
        }
        PickledDictionary dictionary = PickledDictionary.read(file, label);
        boolean hasPoints = dictionary.keys().contains("xyz");
        boolean hasColours = dictionary.keys().contains("rgb");
        return cloud(
                label,
                present(label, hasPoints ? dictionary.array("xyz") : null),
                hasColours ? dictionary.array("rgb") : null);
    }

    private static boolean startsWith(byte[] content, byte[] prefix) {
        return content.length >= prefix.length && Arrays.equals(content, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** Most bytes of a file, or of all that comes out of an archive. */
    private long maxBytes() {
        return 2L * AXES * Double.BYTES * maxPoints + OTHER_BYTES;
    }

    private static NpyArray present(String label, @Nullable NpyArray points) {
        if (points == null) {
            throw new DataException(label
                    + " has no array 'xyz'; a point cloud has 'xyz' [n, 3] and, if there are colours, 'rgb' [n, 3]");
        }
        return points;
    }

    private static NpyArray array(byte[] file, String origin) {
        try {
            return NpyArray.read(new ByteArrayInputStream(file), file.length, origin);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    /** The arrays xyz and rgb. What the archive says of sizes is not believed: what comes out is counted. */
    private Map<String, NpyArray> archive(byte[] content, String label) {
        Map<String, NpyArray> arrays = new HashMap<>();
        long left = maxBytes();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(content))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String name = entry.getName();
                boolean wanted = name.equals("xyz.npy") || name.equals("rgb.npy");
                long taken;
                if (wanted) {
                    byte[] file = zip.readNBytes((int) Math.min(left + 1, Integer.MAX_VALUE - 16));
                    taken = file.length;
                    if (taken <= left) {
                        String key = name.substring(0, AXES);
                        arrays.put(key, array(file, label + ", '" + key + "'"));
                    }
                } else {
                    taken = passOver(zip, left);
                }
                left -= taken;
                if (left < 0) {
                    throw new DataException(label + ": more than " + maxBytes()
                            + " bytes come out of the archive; at most " + maxPoints + " points are read");
                }
            }
        } catch (IOException | IllegalArgumentException e) { // the latter for names that are not UTF-8
            throw new DataException(label + ": the npz archive is damaged: " + e.getMessage(), e);
        }
        return arrays;
    }

    /** Reads an entry to its end, or a little beyond the limit; how many bytes it had. */
    private static long passOver(ZipInputStream zip, long limit) throws IOException {
        byte[] chunk = new byte[1 << 13];
        long taken = 0;
        for (int read = 0; read >= 0 && taken <= limit; read = zip.read(chunk)) {
            taken += read;
        }
        return taken;
    }

    private PointCloud plain(String label, NpyArray array) {
        int count = count(label, array, AXES, 2 * AXES);
        float[] values = floats(label, array);
        if (array.shape().length(1) == AXES) {
            return checked(label, values, null);
        }
        float[] points = new float[count * AXES];
        float[] colours = new float[count * AXES];
        for (int i = 0; i < count; i++) {
            System.arraycopy(values, i * 2 * AXES, points, i * AXES, AXES);
            System.arraycopy(values, i * 2 * AXES + AXES, colours, i * AXES, AXES);
        }
        return checked(label, points, colours);
    }

    private PointCloud cloud(String label, NpyArray points, @Nullable NpyArray colours) {
        int count = count(label + ", 'xyz'", points, AXES, AXES);
        if (colours == null) {
            return checked(label, floats(label + ", 'xyz'", points), null);
        }
        if (count(label + ", 'rgb'", colours, AXES, AXES) != count) {
            throw new DataException(label + " has " + count + " points in 'xyz' and "
                    + colours.shape().length(0) + " colours in 'rgb'; there must be as many");
        }
        float[] shades = colours.type() == ElementType.U8 ? fractions(colours) : floats(label + ", 'rgb'", colours);
        return checked(label, floats(label + ", 'xyz'", points), shades);
    }

    /** The rows of an array, after a look at its shape. */
    private int count(String origin, NpyArray array, int columns, int orColumns) {
        boolean fits = array.shape().dimensions() == 2
                && (array.shape().length(1) == columns || array.shape().length(1) == orColumns);
        if (!fits) {
            throw new DataException(origin + " has shape " + array.shape() + "; allowed is [points, " + columns + "]"
                    + (orColumns == columns ? "" : " or [points, " + orColumns + "] with colours"));
        }
        long rows = array.shape().length(0);
        if (rows < 1 || rows > maxPoints) {
            throw new DataException(origin + " has " + rows + " points; allowed are 1 to " + maxPoints);
        }
        return (int) rows;
    }

    private static float[] floats(String origin, NpyArray array) {
        if (!array.type().isFloating()) {
            throw new DataException(origin + " holds " + array.type()
                    + "; allowed are float16, float32 and float64, and uint8 for colours in 'rgb'");
        }
        return array.floats();
    }

    private static float[] fractions(NpyArray bytes) {
        int[] values = bytes.ints();
        float[] fractions = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            fractions[i] = values[i] / 255f;
        }
        return fractions;
    }

    private static PointCloud checked(String label, float[] points, float @Nullable [] colours) {
        for (int i = 0; i < points.length; i++) {
            if (!Float.isFinite(points[i])) {
                throw new DataException(label + ": point " + i / AXES + " has the coordinate " + points[i]
                        + "; coordinates are finite");
            }
        }
        for (int i = 0; colours != null && i < colours.length; i++) {
            if (!(colours[i] >= 0 && colours[i] <= 1)) {
                throw new DataException(label + ": point " + i / AXES + " has the colour component " + colours[i]
                        + "; allowed are 0 to 1, or 0 to 255 as uint8 in 'rgb'");
            }
        }
        return new PointCloud(points, colours);
    }
}
