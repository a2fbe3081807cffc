package dev.freebind.formats.pytorch;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementDecoder;
import dev.freebind.formats.ElementType;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code torch.save} stored in a file: plain values, and tensors that are each read when asked for.
 *
 * <p>Opening reads the zip archive's directory and the pickle, and checks that every tensor lies within its storage. Nothing
 * in the file is executed (see the package description). A file of tens of gigabytes opens as fast as a small one; storages
 * that nobody asks for, such as an optimizer's, are never read. Safe for use from several threads. Whoever opened it closes
 * it.
 */
public final class PyTorchFile implements AutoCloseable {

    /** Longest pickle that is read, in bytes; that of a model with a thousand tensors has about 150,000. */
    public static final int MAX_PICKLE_BYTES = 1 << 25;

    /**
     * Most elements of a tensor that repeats its storage's elements and is read as a new array; such a tensor costs its file
     * nothing, so its size proves nothing.
     */
    public static final int MAX_REPEATED_ELEMENTS = 1 << 24;

    private static final String PICKLE = "data.pkl";
    private static final int MAX_BYTE_ORDER_BYTES = 64;
    private static final int BEGINNING_BYTES = 512;
    private static final int TAR_MAGIC_AT = 257;

    private final FileBytes file;
    private final ZipDirectory zip;
    private final String root;
    private final @Nullable Object value;
    private final Map<String, PyTorchTensor> tensors;

    private PyTorchFile(FileBytes file) {
        this.file = file;
        checkBeginning(file);
        zip = ZipDirectory.read(file);
        ZipDirectory.Entry pickle = pickle();
        root = pickle.name().substring(0, pickle.name().length() - PICKLE.length());
        checkKind();
        String origin = file.path() + ", " + pickle.name();
        value = PickledValue.freeze(TorchUnpickler.load(zip.content(pickle, MAX_PICKLE_BYTES), origin), origin);
        tensors = PickledValue.tensors(value, origin);
        Map<String, ZipDirectory.Entry> checked = new HashMap<>();
        tensors.forEach((name, tensor) ->
                checkStorage(name, tensor, checked.computeIfAbsent(tensor.storage(), key -> storage(name, tensor))));
    }

    /**
     * Opens a file.
     *
     * @return to be closed by the caller
     * @throws DataException if it is missing or damaged, in one of PyTorch's older formats, a TorchScript program, big-endian,
     *     or has anything but tensors and plain values in it, naming what was found
     */
    public static PyTorchFile open(Path path) {
        return open(FileBytes.open(path));
    }

    /** Takes the file over: it is closed with what is returned, or at once if that fails. */
    static PyTorchFile open(FileBytes file) {
        boolean good = false;
        try {
            PyTorchFile opened = new PyTorchFile(file);
            good = true;
            return opened;
        } finally {
            if (!good) {
                file.close();
            }
        }
    }

    private static void checkBeginning(FileBytes file) {
        ByteBuffer bytes = file.read(0, (int) Math.min(file.size(), BEGINNING_BYTES));
        String text = StandardCharsets.ISO_8859_1.decode(bytes).toString();
        if (text.startsWith("PK")) {
            return;
        }
        boolean pickle = text.length() > 1 && text.charAt(0) == 0x80 && text.charAt(1) <= 5;
        if (pickle || text.startsWith("ustar", TAR_MAGIC_AT)) {
            throw new DataException(file.path() + ": is in the format that PyTorch wrote before version 1.6, a "
                    + (pickle ? "bare pickle" : "tar archive")
                    + "; convert it in Python: torch.save(torch.load('old.pt', map_location='cpu'), 'new.pt')");
        }
        if (text.startsWith("version https://git-lfs")) {
            throw new DataException(
                    file.path() + ": is a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'");
        }
        throw new DataException(file.path() + ": not a PyTorch file (it is no zip archive)");
    }

    /** The one pickle in a folder at the archive's top. */
    private ZipDirectory.Entry pickle() {
        List<ZipDirectory.Entry> found = zip.entries().stream()
                .filter(entry -> {
                    int slash = entry.name().indexOf('/');
                    return slash >= 0 && entry.name().substring(slash + 1).equals(PICKLE);
                })
                .toList();
        if (found.size() != 1) {
            throw new DataException(file.path() + ": not a PyTorch file (the zip archive has "
                    + (found.isEmpty()
                            ? "no '<folder>/" + PICKLE + "'"
                            : "several: "
                                    + found.stream()
                                            .limit(4)
                                            .map(ZipDirectory.Entry::name)
                                            .toList())
                    + ")");
        }
        return found.get(0);
    }

    private void checkKind() {
        if (zip.entry(root + "constants.pkl") != null) {
            throw new DataException(file.path() + ": is a TorchScript program; save its tensors in Python:"
                    + " torch.save(torch.jit.load('program.pt', map_location='cpu').state_dict(), 'tensors.pt')");
        }
        ZipDirectory.Entry order = zip.entry(root + "byteorder");
        if (order != null) {
            String found = StandardCharsets.ISO_8859_1
                    .decode(zip.content(order, MAX_BYTE_ORDER_BYTES))
                    .toString();
            if (!found.strip().equals("little")) {
                throw new DataException(
                        file.path() + ": has byte order '" + found.strip().replaceAll("\\p{Cntrl}", "?")
                                + "'; only little-endian files are read, save it on a little-endian machine");
            }
        }
    }

    private ZipDirectory.Entry storage(String name, PyTorchTensor tensor) {
        ZipDirectory.Entry entry = zip.entry(root + "data/" + tensor.storage());
        if (entry == null) {
            throw new DataException(file.path() + ": tensor '" + name + "' lies in storage '" + tensor.storage()
                    + "', but the zip archive has no '" + root + "data/" + tensor.storage() + "'");
        }
        if (!entry.isStored()) {
            throw new DataException(
                    file.path() + ": tensor '" + name + "' lies in '" + entry.name()
                            + "', which is compressed; PyTorch stores tensors uncompressed, save the file again with torch.save");
        }
        return entry;
    }

    private void checkStorage(String name, PyTorchTensor tensor, ZipDirectory.Entry entry) {
        long needed = tensor.spanned() * tensor.type().bytes();
        if (needed > entry.bytes()) {
            throw new DataException(
                    file.path() + ": tensor '" + name + "' of shape " + tensor.shape() + " and type " + tensor.type()
                            + " needs " + needed + " bytes of '" + entry.name() + "', which has " + entry.bytes());
        }
    }

    /** The file. */
    public Path path() {
        return file.path();
    }

    /**
     * What was saved, as plain immutable values: null, {@link Boolean}, {@link Long}, {@link java.math.BigInteger},
     * {@link Double}, {@link String}, read-only {@link ByteBuffer} (bytes), {@link List} (also for tuples, sets and
     * {@code torch.Size}), {@link Map} in the file's order, {@link ElementType} ({@code torch.dtype}), and
     * {@link PyTorchTensor}. Values that the file shares are shared, so a walk through all of them can be long; they nest at
     * most 64 deep and contain no circles.
     */
    public @Nullable Object value() {
        return value;
    }

    /**
     * All tensors in the file's order, named by the keys and list positions (from 0) on the way to them, joined by dots: for
     * example {@code state_dict.module.logit_scale}. A tensor saved alone has the empty name.
     */
    public Map<String, PyTorchTensor> tensors() {
        return tensors;
    }

    /**
     * One tensor's type, shape and place.
     *
     * @throws DataException if there is none of this name, listing some that there are
     */
    public PyTorchTensor tensor(String name) {
        PyTorchTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new DataException(file.path() + ": has no tensor '" + name + "'; there are "
                    + tensors.keySet().stream().limit(20).toList()
                    + (tensors.size() > 20 ? " and " + (tensors.size() - 20) + " more" : ""));
        }
        return tensor;
    }

    /**
     * All elements of a floating-point tensor in C order, doubles rounded to the nearest float.
     *
     * @return a new array
     * @throws DataException if there is no such tensor, it holds whole numbers, it has too many elements for an array, or it
     *     cannot be read
     */
    public float[] floats(String name) {
        PyTorchTensor tensor = tensor(name);
        check(name, tensor, true, "floating-point numbers");
        float[] values = new float[arrayLength(name, tensor)];
        read(name, tensor, new ViewReader.Floats(tensor.type(), FloatBuffer.wrap(values)));
        return values;
    }

    /**
     * Copies all elements of a floating-point tensor in C order into the buffer from its position on and advances the
     * position; otherwise as {@link #floats(String)}.
     *
     * @throws BufferOverflowException if the buffer has too little room
     */
    public void read(String name, FloatBuffer target) {
        readFloats(name, tensor(name), target);
    }

    /**
     * Copies some rows of a floating-point tensor, positions {@code first … first + count - 1} of its first dimension; otherwise
     * as {@link #read(String, FloatBuffer)}.
     *
     * @throws IndexOutOfBoundsException if there are no such rows, or no dimension
     */
    public void readRows(String name, long first, long count, FloatBuffer target) {
        readFloats(name, tensor(name).rows(first, count), target);
    }

    private void readFloats(String name, PyTorchTensor tensor, FloatBuffer target) {
        check(name, tensor, true, "floating-point numbers");
        if (target.remaining() < tensor.shape().elements()) {
            throw new BufferOverflowException();
        }
        int end = target.position() + (int) tensor.shape().elements();
        read(name, tensor, new ViewReader.Floats(tensor.type(), target));
        target.position(end);
    }

    /**
     * Copies a tensor's elements of any type in C order, as they are stored, little-endian, into the buffer from its position
     * on.
     *
     * @throws BufferOverflowException if the buffer has too little room
     * @throws DataException if there is no such tensor, or it cannot be read
     */
    public void readBytes(String name, ByteBuffer target) {
        PyTorchTensor tensor = tensor(name);
        int size = tensor.type().bytes();
        if (target.remaining() / size < tensor.shape().elements()) {
            throw new BufferOverflowException();
        }
        int end = target.position() + (int) tensor.shape().elements() * size;
        read(name, tensor, new ViewReader.Raw(size, target));
        target.position(end);
    }

    /**
     * All elements of a tensor of whole numbers (of truth values: 0 and 1) in C order.
     *
     * @return a new array
     * @throws DataException if there is no such tensor, it holds floating-point numbers, one does not fit, it has too many
     *     elements for an array, or it cannot be read
     */
    public long[] longs(String name) {
        PyTorchTensor tensor = tensor(name);
        check(name, tensor, false, "whole numbers");
        long[] values = new long[arrayLength(name, tensor)];
        int size = tensor.type().bytes();
        read(name, tensor, new ViewReader.Target() {
            private int next;

            @Override
            public void sequence(ByteBuffer bytes) {
                for (int at = 0; at < bytes.limit(); at += size) {
                    element(next++, bytes, at);
                }
            }

            @Override
            public void element(int index, ByteBuffer bytes, int at) {
                values[index] = ElementDecoder.longAt(tensor.type(), bytes, at);
                if (tensor.type() == ElementType.U64 && values[index] < 0) {
                    throw new DataException(file.path() + ": tensor '" + name + "', element " + index
                            + " is too large for a signed 64-bit number");
                }
            }
        });
        return values;
    }

    private void read(String name, PyTorchTensor tensor, ViewReader.Target target) {
        ZipDirectory.Entry entry = storage(name, tensor);
        new ViewReader(file, zip.dataBegin(entry), tensor, target).read();
    }

    private void check(String name, PyTorchTensor tensor, boolean floating, String wanted) {
        if (tensor.type().isFloating() != floating) {
            throw new DataException(file.path() + ": tensor '" + name + "' holds " + tensor.type() + ", not " + wanted);
        }
    }

    private int arrayLength(String name, PyTorchTensor tensor) {
        long elements = tensor.shape().elements();
        boolean repeats = elements > tensor.spanned();
        if (elements > (repeats ? MAX_REPEATED_ELEMENTS : Integer.MAX_VALUE - 8)) {
            throw new DataException(file.path() + ": tensor '" + name + "' of shape " + tensor.shape() + " has "
                    + elements + " elements" + (repeats ? ", which repeat " + tensor.spanned() + " stored ones" : "")
                    + ", too many for one array");
        }
        return (int) elements;
    }

    /** Lets go of the file. Closing twice is harmless. */
    @Override
    public void close() {
        file.close();
    }
}
