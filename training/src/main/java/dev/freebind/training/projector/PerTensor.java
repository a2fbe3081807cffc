package dev.freebind.training.projector;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** One value for each of some projector tensors, in the order they were given. */
final class PerTensor<V> {

    private final Map<ProjectorTensor, V> values = new LinkedHashMap<>();

    private PerTensor() {}

    /** Asks for the value of each tensor. */
    static <V> PerTensor<V> of(Collection<ProjectorTensor> tensors, Function<ProjectorTensor, V> value) {
        PerTensor<V> made = new PerTensor<>();
        for (ProjectorTensor tensor : tensors) {
            made.values.put(tensor, value.apply(tensor));
        }
        return made;
    }

    /**
     * The value of one tensor.
     *
     * @throws IllegalArgumentException if there is none for it
     */
    V of(ProjectorTensor tensor) {
        V value = values.get(tensor);
        if (value == null) {
            throw new IllegalArgumentException("no value for " + tensor.officialName());
        }
        return value;
    }

    /** The tensors that have a value. */
    Set<ProjectorTensor> tensors() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /** All values. */
    Collection<V> values() {
        return Collections.unmodifiableCollection(values.values());
    }

    void forEach(BiConsumer<ProjectorTensor, V> action) {
        values.forEach(action);
    }

    /** Makes another value from each. */
    <W> PerTensor<W> map(Function<? super V, ? extends W> change) {
        PerTensor<W> made = new PerTensor<>();
        values.forEach((tensor, value) -> made.values.put(tensor, change.apply(value)));
        return made;
    }
}
