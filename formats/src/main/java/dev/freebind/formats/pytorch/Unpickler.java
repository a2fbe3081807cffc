package dev.freebind.formats.pytorch;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.pytorch.PickleGlobals.Call;
import dev.freebind.formats.pytorch.PickleGlobals.StorageClass;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one pickle (protocols 2 to 5) without executing anything: the opcodes that {@code torch.save} writes move values on a
 * stack, and the few calls of {@link PickleGlobals} are computed here.
 *
 * <p>Bounded: each opcode costs at least one unit of {@link #MAX_WORK}, and whatever copies or makes more than one value costs
 * accordingly, so that a small pickle cannot make many or large values. No opcode recurses; nesting and cycles are judged when
 * the finished value is {@linkplain PickledValue frozen}. For one use by one thread.
 */
final class Unpickler {

    /** Most units of work: about 75,000 tensors' worth. A unit takes at most some 60 bytes of memory. */
    static final int MAX_WORK = 4_000_000;

    private static final int MAX_NAME_SHOWN = 200;

    private static final int HIGHEST_PROTOCOL = 5;

    /** Work that a tensor costs besides its opcodes: it is a record with a shape and strides. */
    private static final int TENSOR_WORK = 8;

    /** Python's {@code None}. */
    enum None {
        NONE
    }

    /** A tuple: a list that cannot be appended to. */
    record Tuple(List<Object> items) {}

    /**
     * A storage that the pickle refers to.
     *
     * @param type of its elements; null if {@code length} counts bytes
     */
    record Storage(String key, @Nullable ElementType type, long length) {}

    /** A type of NumPy's; the byte order arrives after it was made. */
    private static final class NumpyType {
        private final String code;
        private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

        NumpyType(String code) {
            this.code = code;
        }
    }

    private final PickleBytes pickle;
    private final String origin;
    private final List<Object> stack = new ArrayList<>();
    /** Heights of the stack at the marks, innermost last. */
    private final List<Integer> marks = new ArrayList<>();

    private final List<@Nullable Object> memo = new ArrayList<>();
    private int work;

    private Unpickler(ByteBuffer pickle, String origin) {
        this.pickle = new PickleBytes(pickle, origin);
        this.origin = origin;
    }

    /**
     * Reads a pickle to its end.
     *
     * @param origin how messages name it
     * @return what it describes: {@link None}, {@link Boolean}, {@link Long}, {@link BigInteger}, {@link Double},
     *     {@link String}, {@code byte[]}, {@link List}, {@link Tuple}, {@link Map}, {@link PyTorchTensor},
     *     {@link ElementType}, and whatever else stands for a global
     * @throws DataException if it is damaged, too large, or mentions a name that is not allowed
     */
    static Object load(ByteBuffer pickle, String origin) {
        return new Unpickler(pickle, origin).load();
    }

    private Object load() {
        while (true) {
            charge(1);
            int opcode = pickle.opcode();
            if (opcode == '.') {
                Object value = pop();
                if (!stack.isEmpty() || !marks.isEmpty()) {
                    throw damaged("ends with " + stack.size() + " values left over");
                }
                return value;
            }
            perform(opcode);
        }
    }

    private void perform(int opcode) {
        switch (opcode) {
            case 0x80 -> protocol();
            case 0x95 -> frame();
            case '(' -> marks.add(stack.size());
            case '0' -> pop();
            case '1' -> popToMark();
            case '2' -> push(top());
            case 'N' -> push(None.NONE);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'J', 'K', 'M', 0x8a, 0x8b, 'G' -> push(pickle.number(opcode));
            case 'X', 0x8c, 0x8d -> push(pickle.text(pickle.length(opcode)));
            case 'U', 'T' -> push(new String(pickle.bytes(pickle.length(opcode)), StandardCharsets.ISO_8859_1));
            case 'B', 'C', 0x8e, 0x96 -> push(pickle.bytes(pickle.length(opcode)));
            case ']', 0x8f -> push(new ArrayList<>(1));
            case ')' -> push(new Tuple(List.of()));
            case '}' -> push(new LinkedHashMap<>());
            case 't', 0x91 -> push(new Tuple(popToMark()));
            case 0x85, 0x86, 0x87 -> push(new Tuple(pop(opcode - 0x84)));
            case 'l' -> push(popToMark());
            case 'd' -> put(popToMark(), new LinkedHashMap<>());
            case 'a' -> append(List.of(pop()));
            case 'e', 0x90 -> append(popToMark());
            case 's' -> putInto(pop(2));
            case 'u' -> putInto(popToMark());
            case 'q', 'r', 0x94 -> memorise(memoIndex(opcode));
            case 'h', 'j' -> push(recalled(memoIndex(opcode)));
            case 'c' -> push(global(pickle.line() + "." + pickle.line()));
            case 0x93 -> stackGlobal();
            case 'R', 0x81 -> call();
            case 'b' -> build();
            case 'Q' -> push(storage(pop()));
            default ->
                throw damaged("has opcode 0x" + Integer.toHexString(opcode) + ", which torch.save does not write");
        }
    }

    private void protocol() {
        int protocol = pickle.u1();
        if (protocol < 2 || protocol > HIGHEST_PROTOCOL) {
            throw damaged("is of protocol " + protocol + "; 2 to " + HIGHEST_PROTOCOL + " can be read");
        }
    }

    private void frame() {
        pickle.need(pickle.u8());
    }

    // Stack and memo

    private void push(Object value) {
        stack.add(value);
    }

    private int floor() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    private Object top() {
        if (stack.size() <= floor()) {
            throw damaged("takes a value from an empty stack");
        }
        return stack.get(stack.size() - 1);
    }

    private Object pop() {
        Object value = top();
        stack.remove(stack.size() - 1);
        return value;
    }

    private List<Object> pop(int count) {
        if (stack.size() - count < floor()) {
            throw damaged("takes a value from an empty stack");
        }
        return removed(stack.size() - count);
    }

    private List<Object> popToMark() {
        if (marks.isEmpty()) {
            throw damaged("goes back to a mark that it did not set");
        }
        return removed(marks.remove(marks.size() - 1));
    }

    private List<Object> removed(int from) {
        List<Object> tail = stack.subList(from, stack.size());
        List<Object> values = new ArrayList<>(tail);
        tail.clear();
        return values;
    }

    private int memoIndex(int opcode) {
        long index = switch (opcode) {
            case 'q', 'h' -> pickle.u1();
            case 'r', 'j' -> pickle.u4();
            default -> memo.size();
        };
        if (index > MAX_WORK) {
            throw damaged("has the memo index " + index + "; at most " + MAX_WORK + " are kept");
        }
        return (int) index;
    }

    private void memorise(int index) {
        while (memo.size() <= index) {
            memo.add(null);
        }
        memo.set(index, top());
    }

    private Object recalled(int index) {
        Object value = index < memo.size() ? memo.get(index) : null;
        if (value == null) {
            throw damaged("recalls memo index " + index + ", which it did not set");
        }
        return value;
    }

    // Containers

    private void append(List<Object> values) {
        list(top(), "appends to").addAll(values);
    }

    private void putInto(List<Object> keysAndValues) {
        put(keysAndValues, dictionary(pop()));
    }

    private void put(List<Object> keysAndValues, Map<Object, Object> target) {
        if (keysAndValues.size() % 2 != 0) {
            throw damaged("has a key without a value");
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            target.put(key(keysAndValues.get(i)), keysAndValues.get(i + 1));
        }
        push(target);
    }

    /** Only keys whose hash takes no walk through other values: a tuple in tuples can be a bomb. */
    private Object key(Object key) {
        if (key instanceof String || key instanceof Number || key instanceof Boolean || key == None.NONE) {
            return key;
        }
        throw damaged("has " + described(key) + " as the key of a dictionary; texts and numbers are read");
    }

    @SuppressWarnings("unchecked") // every list and map here was made here, of objects
    private List<Object> list(Object value, String does) {
        if (value instanceof List<?> list) {
            return (List<Object>) list;
        }
        throw damaged(does + " " + described(value) + ", not a list");
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> dictionary(Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<Object, Object>) map;
        }
        throw damaged("puts a key into " + described(value) + ", not a dictionary");
    }

    // Globals and calls

    private void stackGlobal() {
        Object name = pop();
        Object module = pop();
        if (!(name instanceof String) || !(module instanceof String)) {
            throw damaged("names a global by " + described(module) + " and " + described(name));
        }
        push(global(module + "." + name));
    }

    private Object global(String name) {
        Object global = PickleGlobals.find(name);
        if (global == null) {
            String shown = name.length() <= MAX_NAME_SHOWN ? name : name.substring(0, MAX_NAME_SHOWN) + "…";
            throw new DataException(origin + ": mentions '" + shown.replaceAll("\\p{Cntrl}", "?")
                    + "', which is not one of the few names that tensors are rebuilt from; nothing was executed. If you trust"
                    + " the file, save its tensors alone in Python: torch.save(model.state_dict(), …)");
        }
        return global;
    }

    private void call() {
        Object arguments = pop();
        Object called = pop();
        if (!(called instanceof Call call) || !(arguments instanceof Tuple tuple)) {
            throw damaged("calls " + described(called) + " with " + described(arguments));
        }
        push(result(call, tuple.items));
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
                    + (index < arguments.size() ? described(arguments.get(index)) : "nothing") + " as argument "
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
        if (tuple.items.size() > PyTorchTensor.MAX_DIMENSIONS) {
            throw damaged("has a tensor of " + tuple.items.size() + " dimensions");
        }
        List<Long> longs = new ArrayList<>();
        for (Object item : tuple.items) {
            if (!(item instanceof Long number)) {
                throw damaged("has " + described(item) + " among the lengths or strides of a tensor");
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
                        pair instanceof Tuple tuple ? tuple.items : pair instanceof List<?> list ? list : List.of();
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
        ByteBuffer bytes = ByteBuffer.wrap(content).order(type.order);
        String wanted = type.code + "/" + content.length;
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
                throw damaged("has a NumPy number of type '" + shortened(type.code) + "' in " + content.length
                        + " bytes, which is not read");
        };
    }

    /** Attributes of a dictionary ({@code _metadata}) say nothing about tensors; anything else has no attributes here. */
    private void build() {
        Object state = pop();
        Object value = top();
        if (value instanceof NumpyType type
                && state instanceof Tuple tuple
                && tuple.items.size() > 1
                && tuple.items.get(1) instanceof String order) {
            type.order = order.equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        } else if (!(value instanceof Map)) {
            throw damaged("sets attributes of " + described(value));
        }
    }

    private Storage storage(Object id) {
        if (id instanceof Tuple tuple
                && tuple.items.size() == 5
                && "storage".equals(tuple.items.get(0))
                && tuple.items.get(1) instanceof StorageClass type
                && tuple.items.get(2) instanceof String key
                && tuple.items.get(4) instanceof Long length
                && length >= 0) {
            // Item 3 is the device it was on, such as 'cuda:0': of no interest here.
            return new Storage(key, type.type(), length);
        }
        throw damaged("refers to something that is not a storage");
    }

    private void charge(int units) {
        work += units;
        if (work > MAX_WORK || units < 0) {
            throw new DataException(origin + ": the pickle describes more values than the " + MAX_WORK
                    + " that are read; save only the tensors that are needed");
        }
    }

    private static String shortened(String text) {
        return text.length() <= MAX_NAME_SHOWN ? text : text.substring(0, MAX_NAME_SHOWN) + "…";
    }

    /** A value in words; never its content, which may be endless. */
    static String described(Object value) {
        if (value instanceof String) {
            return "a text";
        } else if (value instanceof Boolean) {
            return "a truth value";
        } else if (value instanceof Number) {
            return "a number";
        } else if (value instanceof List) {
            return "a list";
        } else if (value instanceof Tuple) {
            return "a tuple";
        } else if (value instanceof Map) {
            return "a dictionary";
        } else if (value instanceof PyTorchTensor) {
            return "a tensor";
        } else if (value instanceof byte[]) {
            return "bytes";
        } else if (value instanceof Storage) {
            return "a storage";
        } else if (value instanceof Call || value instanceof StorageClass) {
            return "a name";
        } else if (value == None.NONE) {
            return "None";
        }
        return "a type";
    }

    private DataException damaged(String how) {
        return pickle.damaged(how);
    }
}
