package dev.freebind.formats.pickle;

import dev.freebind.api.DataException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one pickle (protocols 2 to 5) without executing anything: the opcodes that {@code torch.save} and {@code numpy.save}
 * write move values on a stack. Which names a pickle may mention, and what becomes of the calls and states that it gives them, a
 * subclass says; any other name is an error before anything uses it.
 *
 * <p>A value is {@link None}, {@link Boolean}, {@link Long}, {@link java.math.BigInteger}, {@link Double}, {@link String},
 * {@code byte[]}, {@link List}, {@link Tuple}, {@link Map}, or what the subclass makes.
 *
 * <p>Bounded: each opcode costs at least one unit of {@link #MAX_WORK}, and whatever copies or makes more than one value costs
 * accordingly, so that a small pickle cannot make many or large values. No opcode recurses; whoever walks through the
 * finished value has to expect deep nesting and circles. For one use by one thread.
 */
public abstract class Unpickler {

    /** Most units of work: about 75,000 tensors' worth. A unit takes at most some 60 bytes of memory. */
    private static final int MAX_WORK = 4_000_000;

    private static final int MAX_NAME_SHOWN = 200;

    private static final int HIGHEST_PROTOCOL = 5;

    /** Python's {@code None}. */
    public enum None {
        /** The only one. */
        NONE
    }

    /**
     * A tuple: a list that cannot be appended to.
     *
     * @param items not copied, not to be changed
     */
    public record Tuple(List<Object> items) {}

    private final PickleBytes pickle;
    private final String origin;
    private final List<Object> stack = new ArrayList<>();
    /** Heights of the stack at the marks, innermost last. */
    private final List<Integer> marks = new ArrayList<>();

    private final List<@Nullable Object> memo = new ArrayList<>();
    private int work;

    /**
     * Begins at the buffer's position, which stays.
     *
     * @param origin how messages name the pickle
     */
    protected Unpickler(ByteBuffer pickle, String origin) {
        this.pickle = new PickleBytes(pickle, origin);
        this.origin = origin;
    }

    /** What a global name stands for, or null if a pickle may not mention it. */
    protected abstract @Nullable Object find(String name);

    /**
     * The result of a call, computed from its arguments alone.
     *
     * @param called what {@link #find} gave, or any other value
     */
    protected abstract Object call(Object called, List<Object> arguments);

    /** Gives a value its state (Python's {@code __setstate__}). */
    protected abstract void build(Object value, Object state);

    /** What a persistent identifier refers to: something outside the pickle, which is an error unless a subclass knows it. */
    protected Object persistent(Object id) {
        throw damaged("refers to something outside of it");
    }

    /** Ends the message about a name that is not allowed: "which is not one of the few names that …". */
    protected abstract String allowed();

    /**
     * Reads the pickle to its end.
     *
     * @return what it describes
     * @throws DataException if it is damaged, too large, or mentions a name that is not allowed
     */
    public final Object load() {
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
            case 'b' -> {
                Object state = pop();
                build(top(), state);
            }
            case 'Q' -> push(persistent(pop()));
            default ->
                throw damaged("has opcode 0x" + Integer.toHexString(opcode)
                        + ", which neither torch.save nor numpy.save writes");
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

    /**
     * Checks a key: only keys whose hash takes no walk through other values, for a tuple in tuples can be a bomb.
     *
     * @throws DataException if it is another
     */
    protected final Object key(Object key) {
        if (key instanceof String || key instanceof Number || key instanceof Boolean || key == None.NONE) {
            return key;
        }
        throw damaged("has " + inWords(key) + " as the key of a dictionary; texts and numbers are read");
    }

    @SuppressWarnings("unchecked") // every list and map here was made here, of objects
    private List<Object> list(Object value, String does) {
        if (value instanceof List<?> list) {
            return (List<Object>) list;
        }
        throw damaged(does + " " + inWords(value) + ", not a list");
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> dictionary(Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<Object, Object>) map;
        }
        throw damaged("puts a key into " + inWords(value) + ", not a dictionary");
    }

    // Globals and calls

    private void stackGlobal() {
        Object name = pop();
        Object module = pop();
        if (!(name instanceof String) || !(module instanceof String)) {
            throw damaged("names a global by " + inWords(module) + " and " + inWords(name));
        }
        push(global(module + "." + name));
    }

    private Object global(String name) {
        Object global = find(name);
        if (global == null) {
            String shown = name.length() <= MAX_NAME_SHOWN ? name : name.substring(0, MAX_NAME_SHOWN) + "…";
            throw new DataException(origin + ": mentions '" + shown.replaceAll("\\p{Cntrl}", "?")
                    + "', which is not one of the few names that " + allowed());
        }
        return global;
    }

    private void call() {
        Object arguments = pop();
        Object called = pop();
        if (!(arguments instanceof Tuple tuple)) {
            throw damaged("calls " + inWords(called) + " with " + inWords(arguments));
        }
        push(call(called, tuple.items));
    }

    /** Counts work beyond the one unit of the opcode. */
    protected final void charge(int units) {
        work += units;
        if (work > MAX_WORK || units < 0) {
            throw new DataException(origin + ": the pickle describes more values than the " + MAX_WORK
                    + " that are read; save only what is needed");
        }
    }

    /** A value in words, for messages; a subclass adds the values that it makes. */
    protected String inWords(Object value) {
        return described(value);
    }

    /** A value in words; never its content, which may be endless. */
    public static String described(Object value) {
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
        } else if (value instanceof byte[]) {
            return "bytes";
        } else if (value == None.NONE) {
            return "None";
        }
        return "a type";
    }

    /** An error at the last opcode; the message continues "the pickle …". */
    protected final DataException damaged(String how) {
        return pickle.damaged(how);
    }
}
