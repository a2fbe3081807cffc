package dev.freebind.formats.pytorch;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.pickle.NumpyType;
import dev.freebind.formats.pickle.Unpickler;
import dev.freebind.formats.pytorch.PickleGlobals.Call;
import dev.freebind.formats.pytorch.PickleGlobals.StorageClass;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pickle in a file of {@code torch.save}: the names of {@link PickleGlobals} become tensors, element types and the
 * harmless values beside them. Nesting and cycles are judged when the finished value is {@linkplain PickledValue frozen}.
 */
final class TorchUnpickler extends Unpickler {

    private static final int MAX_NAME_SHOWN = 200;

    /** Work that a tensor costs besides its opcodes: it is a record with a shape and strides. */
    private static final int TENSOR_WORK = 8;

    /**
     * A storage that the pickle refers to.
     *
     * @param type of its elements; null if {@code length} counts bytes
     */
    record Storage(String key, @Nullable ElementType type, long length) {}

    private final String origin;

    private TorchUnpickler(ByteBuffer pickle, String origin) {
        super(pickle, origin);
        this.origin = origin;
    }

    /**
     * Reads a pickle to its end.
     *
     * @param origin how messages name it
     * @return one of the values of {@link Unpickler}, a {@link PyTorchTensor}, an {@link ElementType}, or whatever else stands
     *     for a global
     * @throws DataException if it is damaged, too large, or mentions a name that is not allowed
     */
    static Object load(ByteBuffer pickle, String origin) {
        return new TorchUnpickler(pickle, origin).load();
    }

    @Override
    protected @Nullable Object find(String name) {
        return PickleGlobals.find(name);
    }

    @Override
    protected String allowed() {
        return "tensors are rebuilt from; nothing was executed. If you trust the file, save its tensors alone in Python:"
                + " torch.save(model.state_dict(), …)";
    }

    @Override
    protected Object call(Object called, List<Object> arguments) {
        if (called instanceof Call call) {
            return result(call, arguments);
        }
        throw damaged("calls " + inWords(called) + ", which is not a function");
    }

    private Object result(Call call, List<Object> arguments) {
        return switch (call) {
            case REBUILD_TENSOR -> tensor(call, arguments, null);
            case REBUILD_TYPED_TENSOR -> tensor(call, arguments, argument(call, arguments, 6, ElementType.class));
            case REBUILD_PARAMETER -> argument(call, arguments, 0, PyTorchTensor.class);
            case ORDERED_DICTIONARY -> orderedDictionary(arguments);
            case SIZE -> argument(call, arguments, 0, Tuple.class);
            case DEVICE ->
                argument(call, arguments, 0, String.class)
                        + (arguments.size() > 1 ? ":" + argument(call, arguments, 1, Long.class) : "");
            case SET -> argument(call, arguments, 0, List.class);
            case NUMPY_TYPE -> new NumpyType(argument(call, arguments, 0, String.class));
            case NUMPY_SCALAR ->
                scalar(argument(call, arguments, 0, NumpyType.class), argument(call, arguments, 1, byte[].class));
            case ENCODE -> encoded(argument(call, arguments, 0, String.class));
        };
    }

    private <T> T argument(Call call, List<Object> arguments, int index, Class<T> type) {
        if (index >= arguments.size() || !type.isInstance(arguments.get(index))) {
            throw damaged("calls " + call + " with "
                    + (index < arguments.size() ? inWords(arguments.get(index)) : "nothing") + " as argument "
                    + index);
        }
        return type.cast(arguments.get(index));
    }

    private PyTorchTensor tensor(Call call, List<Object> arguments, @Nullable ElementType given) {
        Storage storage = argument(call, arguments, 0, Storage.class);
        ElementType type = given != null ? given : storage.type;
        if (type == null) {
            throw damaged("has a tensor without a type in storage '" + storage.key + "'");
        }
        List<Long> lengths = longs(argument(call, arguments, 2, Tuple.class));
        List<Long> strides = longs(argument(call, arguments, 3, Tuple.class));
        charge(TENSOR_WORK + lengths.size() + strides.size());
        PyTorchTensor tensor;
        try {
            tensor = new PyTorchTensor(
                    type, new Shape(lengths), strides, argument(call, arguments, 1, Long.class), storage.key);
        } catch (DataException e) {
            throw new DataException(origin + ": a tensor in storage '" + storage.key + "': " + e.getMessage(), e);
        }
        long stored = storage.type == null ? storage.length / type.bytes() : storage.length;
        if ((storage.type != null && storage.type != type) || tensor.spanned() > stored) {
            throw new DataException(origin + ": a tensor of shape " + tensor.shape() + ", type " + type + ", strides "
                    + strides + " and offset " + tensor.offset() + " does not lie within its storage '" + storage.key
                    + "' of " + stored + " elements");
        }
        return tensor;
    }

    private List<Long> longs(Tuple tuple) {
        if (tuple.items().size() > PyTorchTensor.MAX_DIMENSIONS) {
            throw damaged("has a tensor of " + tuple.items().size() + " dimensions");
        }
        List<Long> longs = new ArrayList<>();
        for (Object item : tuple.items()) {
            if (!(item instanceof Long number)) {
                throw damaged("has " + inWords(item) + " among the lengths or strides of a tensor");
            }
            longs.add(number);
        }
        return longs;
    }

    private Map<Object, Object> orderedDictionary(List<Object> arguments) {
        Map<Object, Object> dictionary = new LinkedHashMap<>();
        if (!arguments.isEmpty()) {
            List<?> pairs = argument(Call.ORDERED_DICTIONARY, arguments, 0, List.class);
            charge(4 * pairs.size());
            for (Object pair : pairs) {
                List<?> items =
                        pair instanceof Tuple tuple ? tuple.items() : pair instanceof List<?> list ? list : List.of();
                if (items.size() != 2) {
                    throw damaged("makes a dictionary of something other than pairs");
                }
                dictionary.put(key(items.get(0)), items.get(1));
            }
        }
        return dictionary;
    }

    private byte[] encoded(String text) {
        charge(text.length());
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private Object scalar(NumpyType type, byte[] content) {
        ByteBuffer bytes = ByteBuffer.wrap(content).order(type.order());
        String wanted = type.code() + "/" + content.length;
        return switch (wanted) {
            case "f8/8" -> bytes.getDouble();
            case "f4/4" -> (double) bytes.getFloat();
            case "i8/8" -> bytes.getLong();
            case "i4/4" -> (long) bytes.getInt();
            case "i2/2" -> (long) bytes.getShort();
            case "i1/1" -> (long) bytes.get();
            case "u4/4" -> bytes.getInt() & 0xffffffffL;
            case "u2/2" -> (long) (bytes.getShort() & 0xffff);
            case "u1/1" -> (long) (bytes.get() & 0xff);
            case "b1/1" -> bytes.get() != 0;
            default ->
                throw damaged("has a NumPy number of type '" + shortened(type.code()) + "' in " + content.length
                        + " bytes, which is not read");
        };
    }

    /** Attributes of a dictionary ({@code _metadata}) say nothing about tensors; anything else has no attributes here. */
    @Override
    protected void build(Object value, Object state) {
        boolean typed = value instanceof NumpyType type && type.build(state);
        if (!typed && !(value instanceof Map)) {
            throw damaged("sets attributes of " + inWords(value));
        }
    }

    @Override
    protected Storage persistent(Object id) {
        if (id instanceof Tuple tuple
                && tuple.items().size() == 5
                && "storage".equals(tuple.items().get(0))
                && tuple.items().get(1) instanceof StorageClass type
                && tuple.items().get(2) instanceof String key
                && tuple.items().get(4) instanceof Long length
                && length >= 0) {
            // Item 3 is the device it was on, such as 'cuda:0': of no interest here.
            return new Storage(key, type.type(), length);
        }
        throw damaged("refers to something that is not a storage");
    }

    private static String shortened(String text) {
        return text.length() <= MAX_NAME_SHOWN ? text : text.substring(0, MAX_NAME_SHOWN) + "…";
    }

    @Override
    protected String inWords(Object value) {
        return described(value);
    }

    /** A value in words; never its content, which may be endless. */
    public static String described(Object value) {
        if (value instanceof PyTorchTensor) {
            return "a tensor";
        } else if (value instanceof Storage) {
            return "a storage";
        } else if (value instanceof Call || value instanceof StorageClass) {
            return "a name";
        }
        return Unpickler.described(value);
    }
}
