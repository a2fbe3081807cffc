package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.formats.npy.NumpyUnpickler.PickledArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The arrays in a Python dictionary that {@code numpy.save(file, {"xyz": …})} wrote: an npy file of one pickled object.
 *
 * <p>The pickle is read as data; a name in it other than those that NumPy rebuilds arrays from is an error, and nothing is
 * executed. Values that are no arrays may be there and are passed over. It takes no more memory than a small multiple of the file.
 * Immutable.
 */
public final class PickledDictionary {

    private final Map<String, Object> values;
    private final String origin;

    private PickledDictionary(Map<String, Object> values, String origin) {
        this.values = values;
        this.origin = origin;
    }

    /**
     * Says whether an npy file holds Python objects rather than numbers, from its header alone.
     *
     * @param file the whole file; its position stays
     * @param origin how messages name it
     * @throws DataException if it is not an npy file, or its header is damaged
     */
    public static boolean isIn(ByteBuffer file, String origin) {
        return new NpyDictionaryParser(preamble(file, origin).dictionary(), origin).holdsObjects();
    }

    /**
     * Reads a file.
     *
     * @param file the whole file; its position stays
     * @param origin how messages name it
     * @throws DataException if it is damaged, holds anything but one dictionary, or mentions a name that is not allowed
     */
    public static PickledDictionary read(ByteBuffer file, String origin) {
        NpyHeader.Preamble preamble = preamble(file, origin);
        if (!new NpyDictionaryParser(preamble.dictionary(), origin).holdsObjects()) {
            throw new DataException(origin + ": holds an array of numbers, not a dictionary of arrays");
        }
        int skipped = (int) preamble.dataOffset();
        ByteBuffer pickle = file.slice(file.position() + skipped, file.remaining() - skipped);
        Object loaded = NumpyUnpickler.load(pickle, origin);
        Object object = loaded instanceof PickledArray array ? array.object() : null;
        if (!(object instanceof Map<?, ?> dictionary)) {
            throw new DataException(origin + ": holds "
                    + (object == null ? "several Python objects or none" : NumpyUnpickler.described(object))
                    + ", not one dictionary of arrays");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        dictionary.forEach((key, value) -> {
            if (key instanceof String name) {
                values.put(name, value);
            }
        });
        return new PickledDictionary(values, origin);
    }

    private static NpyHeader.Preamble preamble(ByteBuffer file, String origin) {
        ByteBuffer rest = file.duplicate();
        try {
            return NpyHeader.Preamble.read(
                    target -> {
                        int count = Math.min(target.remaining(), rest.remaining());
                        target.put(rest.slice(rest.position(), count));
                        rest.position(rest.position() + count);
                    },
                    origin);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    /** The keys that are texts, in their order. */
    public Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /**
     * The array of a key.
     *
     * @throws DataException if there is no such key, or its value is not an array of numbers in C order that has as many as its
     *     shape says
     */
    public NpyArray array(String key) {
        Object value = values.get(key);
        if (value == null) {
            throw new DataException(origin + ": has no key '" + key + "'");
        }
        if (!(value instanceof PickledArray array)) {
            throw new DataException(
                    origin + ": '" + key + "' is " + NumpyUnpickler.described(value) + ", not an array");
        }
        return array.numbers(origin + ", '" + key + "'");
    }
}
