package dev.freebind.evaluation.task;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The classes of a task, by number from 0 and, where they have one, by name. */
final class ClassList {

    private final List<String> names;
    private final boolean named;
    private final Map<String, Integer> numbers = new HashMap<>();

    private ClassList(List<String> names, boolean named) {
        this.names = List.copyOf(names);
        this.named = named;
        for (int i = 0; i < names.size(); i++) {
            numbers.putIfAbsent(names.get(i), i);
        }
    }

    static ClassList named(List<String> names) {
        return new ClassList(names, true);
    }

    static ClassList numbered(int count) {
        return new ClassList(
                IntStream.range(0, count).mapToObj(Integer::toString).toList(), false);
    }

    int size() {
        return names.size();
    }

    String name(int number) {
        return names.get(number);
    }

    /** The class meant by a name or number, or -1; where both could be meant, the name is. */
    int number(String text) {
        Integer byName = numbers.get(text);
        int number = byName != null ? byName : TaskFiles.number(text);
        return number < size() ? number : -1;
    }

    /** What messages say a label can be. */
    String allowed() {
        return "a number from 0 to " + (size() - 1) + (named ? ", or a class name" : "");
    }
}
