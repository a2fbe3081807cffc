package dev.freebind.formats.pytorch;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.pickle.Unpickler;
import java.nio.ByteBuffer;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@link TorchUnpickler} made, turned into plain immutable values and searched for tensors. */
final class PickledValue {

    /** Deepest nesting of lists and dictionaries. */
    static final int MAX_DEPTH = 64;

    /** Most values looked at for tensors; one that is in several places counts in each. */
    static final int MAX_VALUES = 4_000_000;

    /** Most characters of all tensors' names. */
    private static final int MAX_NAME_CHARACTERS = 1 << 25;

    private final String origin;
    /** What became of each container: shared ones stay shared, and meeting one that is {@link #UNFINISHED} closes a circle. */
    private final IdentityHashMap<Object, Frozen> frozen = new IdentityHashMap<>();

    /**
     * A finished container.
     *
     * @param height at least 1, and 1 more than its highest child's; 0 while not finished
     */
    private record Frozen(Object value, int height) {}

    private static final Frozen UNFINISHED = new Frozen("", 0);

    private PickledValue(String origin) {
        this.origin = origin;
    }

    /**
     * Plain values: null, {@link Boolean}, {@link Long}, {@link java.math.BigInteger}, {@link Double}, {@link String}, read-only
     * {@link ByteBuffer}, unmodifiable {@link List} and {@link Map}, {@link PyTorchTensor}, {@link ElementType}.
     *
     * @throws DataException if values nest too deeply, contain themselves, or are none of these
     */
    static @Nullable Object freeze(Object value, String origin) {
        return new PickledValue(origin).freeze(value, 0);
    }

    private @Nullable Object freeze(Object value, int depth) {
        if (value instanceof Unpickler.None) {
            return null;
        }
        if (value instanceof Number
                || value instanceof String
                || value instanceof Boolean
                || value instanceof PyTorchTensor
                || value instanceof ElementType) {
            return value;
        }
        if (value instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        }
        if (!(value instanceof List || value instanceof Unpickler.Tuple || value instanceof Map)) {
            throw new DataException(origin + ": stores " + TorchUnpickler.described(value) + " itself, not a value");
        }
        Frozen known = frozen.get(value);
        if (known != null && known.height == UNFINISHED.height) {
            throw new DataException(origin + ": a list or dictionary contains itself");
        }
        if (known == null) {
            checkDepth(depth + 1);
            frozen.put(value, UNFINISHED);
            known = new Frozen(copy(value, depth), height(value));
            frozen.put(value, known);
        }
        // Children frozen before, in a shallower place, are not walked again, so their height counts.
        checkDepth(depth + known.height);
        return known.value;
    }

    private void checkDepth(int depth) {
        if (depth > MAX_DEPTH) {
            throw new DataException(origin + ": lists and dictionaries are nested more than " + MAX_DEPTH + " deep");
        }
    }

    private Object copy(Object container, int depth) {
        if (container instanceof Map<?, ?> map) {
            Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((key, value) -> copy.put(freeze(key, depth + 1), freeze(value, depth + 1)));
            return Collections.unmodifiableMap(copy);
        }
        List<@Nullable Object> copy = new ArrayList<>();
        for (Object item : children(container)) {
            copy.add(freeze(item, depth + 1));
        }
        return Collections.unmodifiableList(copy);
    }

    private int height(Object container) {
        int height = 0;
        for (Object child : children(container)) {
            Frozen known = frozen.get(child);
            height = Math.max(height, known == null ? 0 : known.height);
        }
        return height + 1;
    }

    private static Collection<?> children(Object container) {
        return container instanceof Map<?, ?> map
                ? map.values()
                : container instanceof Unpickler.Tuple tuple ? tuple.items() : (List<?>) container;
    }

    /** A container on the way from the whole to a tensor, and the children not yet looked at. */
    private record Level(String prefix, Iterator<? extends Map.Entry<?, ? extends @Nullable Object>> children) {}

    /**
     * All tensors in a frozen value by their paths: keys and list positions joined by dots, in order. A tensor that is the
     * value itself has the empty name.
     *
     * @throws DataException if two tensors get the same name, or there are too many values
     */
    static Map<String, PyTorchTensor> tensors(@Nullable Object value, String origin) {
        Map<String, PyTorchTensor> tensors = new LinkedHashMap<>();
        Deque<Level> path = new ArrayDeque<>();
        int values = 0;
        long characters = 0;
        path.push(new Level(
                "", Map.of("", value == null ? List.of() : value).entrySet().iterator()));
        while (!path.isEmpty()) {
            Level level = path.peek();
            if (!level.children.hasNext()) {
                path.pop();
                continue;
            }
            Map.Entry<?, ? extends @Nullable Object> child = level.children.next();
            Object found = child.getValue();
            boolean nested = found instanceof Map || found instanceof List;
            String name = "";
            if (nested || found instanceof PyTorchTensor) {
                name = level.prefix + (child.getKey() == null ? "None" : child.getKey());
                characters += name.length();
            }
            if (++values > MAX_VALUES || characters > MAX_NAME_CHARACTERS) {
                throw new DataException(origin + ": the same values appear in more places than the " + MAX_VALUES
                        + " that are read, or their names are too long");
            }
            if (found instanceof PyTorchTensor tensor && tensors.put(name, tensor) != null) {
                throw new DataException(origin + ": two tensors have the name '" + name + "'");
            } else if (nested) {
                path.push(new Level(path.size() == 1 ? "" : name + ".", named(found)));
            }
        }
        return Collections.unmodifiableMap(tensors);
    }

    private static Iterator<? extends Map.Entry<?, ? extends @Nullable Object>> named(@Nullable Object container) {
        if (container instanceof Map<?, ?> map) {
            return map.entrySet().iterator();
        }
        Iterator<?> items = container instanceof List<?> list ? list.iterator() : Collections.emptyIterator();
        return new Iterator<Map.Entry<Object, @Nullable Object>>() {
            private int next;

            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Map.Entry<Object, @Nullable Object> next() {
                return new AbstractMap.SimpleImmutableEntry<>(next++, items.next());
            }
        };
    }
}
