package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.evaluation.internal.Csv;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * Reads the text files of a task: relevance, labels, tags, class names and templates.
 *
 * <p>All are UTF-8. Every problem of a file is reported at once, with file and line (from 1).
 */
final class TaskFiles {

    private TaskFiles() {}

    /**
     * Which rows of two modalities belong together.
     *
     * @param byFirst for every row of the first modality the rows of the second, ascending, none twice
     * @param bySecond the same the other way round
     */
    record RelevancePairs(int[][] byFirst, int[][] bySecond) {}

    /**
     * Reads a relevance file: a header with the two modalities in either order, then a line of two row numbers for each right
     * answer. A pair given twice counts once.
     *
     * @throws DataException with every line that is not like this
     */
    static RelevancePairs relevance(ResourcePath path, Pair pair, int firstRows, int secondRows) {
        List<String> lines = lines(path);
        String origin = path.absolute();
        List<String> header = lines.isEmpty() ? List.of() : Csv.fields(lines.get(0));
        List<String> expected = List.of(pair.first().name(), pair.second().name());
        boolean swapped = header.size() == 2
                && header.get(0).equals(expected.get(1))
                && header.get(1).equals(expected.get(0));
        if (!swapped && !header.equals(expected)) {
            throw new DataException(origin + ":1: the header is '" + (lines.isEmpty() ? "" : lines.get(0))
                    + "', expected the two modalities of the pair: '" + String.join(",", expected) + "'");
        }
        Problems problems = new Problems();
        List<Set<Integer>> byFirst = emptySets(firstRows);
        List<Set<Integer>> bySecond = emptySets(secondRows);
        records(lines, origin, problems, (fields, line) -> {
            int first = row(fields.get(swapped ? 1 : 0), pair.first(), firstRows, origin, line, problems);
            int second = row(fields.get(swapped ? 0 : 1), pair.second(), secondRows, origin, line, problems);
            if (first >= 0 && second >= 0) {
                byFirst.get(first).add(second);
                bySecond.get(second).add(first);
            }
        });
        problems.throwIfAny();
        return new RelevancePairs(arrays(byFirst), arrays(bySecond));
    }

    /** Reads one class a line, by number or name, a line for every item. */
    static int[] labels(ResourcePath path, int items, ClassList classes) {
        List<String> lines = lines(path);
        String origin = path.absolute();
        Problems problems = new Problems();
        if (lines.size() != items) {
            problems.add(origin + ": " + lines.size() + " labels for " + items
                    + " items; there must be one line for each item");
        }
        int[] labels = new int[lines.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = label(lines.get(i).strip(), classes, origin, i + 1, problems);
        }
        problems.throwIfAny();
        return labels;
    }

    /**
     * Reads a CSV with the header {@code item,class}.
     *
     * @return for every class its items, ascending, none twice
     */
    static int[][] tags(ResourcePath path, Modality modality, int items, ClassList classes) {
        List<String> lines = lines(path);
        String origin = path.absolute();
        if (lines.isEmpty() || !Csv.fields(lines.get(0)).equals(List.of("item", "class"))) {
            throw new DataException(origin + ":1: the header is '" + (lines.isEmpty() ? "" : lines.get(0))
                    + "', expected 'item,class'");
        }
        Problems problems = new Problems();
        List<Set<Integer>> byClass = emptySets(classes.size());
        records(lines, origin, problems, (fields, line) -> {
            int item = row(fields.get(0), modality, items, origin, line, problems);
            int label = label(fields.get(1), classes, origin, line, problems);
            if (item >= 0 && label >= 0) {
                byClass.get(label).add(item);
            }
        });
        problems.throwIfAny();
        return arrays(byClass);
    }

    /** Reads a list of names or templates, one a line; empty lines at the end do not count. */
    static List<String> list(ResourcePath path) {
        List<String> lines = lines(path).stream().map(String::strip).toList();
        if (lines.isEmpty()) {
            throw new DataException(path.absolute() + ": the file is empty; expected one entry a line");
        }
        Problems problems = new Problems();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isEmpty()) {
                problems.add(path.absolute() + ":" + (i + 1) + ": an empty line; expected one entry a line");
            }
        }
        problems.throwIfAny();
        return lines;
    }

    private static List<String> lines(ResourcePath path) {
        List<String> lines;
        try {
            lines = Files.readAllLines(Path.of(path.absolute()));
        } catch (NoSuchFileException e) {
            throw new DataException(path.absolute() + ": there is no such file (given as '" + path.written() + "')", e);
        } catch (MalformedInputException e) {
            throw new DataException(path.absolute() + ": not a text in UTF-8", e);
        } catch (IOException e) {
            throw new DataException(path.absolute() + ": cannot be read: " + e.getMessage(), e);
        }
        int end = lines.size();
        while (end > 0 && lines.get(end - 1).isBlank()) {
            end--;
        }
        // A byte order mark, as spreadsheets write it, is no part of the first line.
        return IntStream.range(0, end)
                .mapToObj(i -> i == 0 && lines.get(0).startsWith("\uFEFF")
                        ? lines.get(0).substring(1)
                        : lines.get(i))
                .toList();
    }

    private static void records(
            List<String> lines, String origin, Problems problems, ObjIntConsumer<List<String>> consumer) {
        for (int i = 1; i < lines.size(); i++) {
            List<String> fields;
            try {
                fields = Csv.fields(lines.get(i));
            } catch (IllegalArgumentException e) {
                problems.add(origin + ":" + (i + 1) + ": '" + lines.get(i) + "': " + e.getMessage());
                continue;
            }
            if (fields.size() == 2) {
                consumer.accept(fields, i + 1);
            } else {
                problems.add(origin + ":" + (i + 1) + ": '" + lines.get(i) + "' has " + fields.size()
                        + (fields.size() == 1 ? " field" : " fields") + ", expected 2");
            }
        }
    }

    private static int row(String text, Modality modality, int rows, String origin, int line, Problems problems) {
        int row = number(text);
        if (row < 0 || row >= rows) {
            problems.add(origin + ":" + line + ": " + modality + " row '" + text
                    + "' does not exist; rows count from 0 to " + (rows - 1));
            return -1;
        }
        return row;
    }

    private static int label(String text, ClassList classes, String origin, int line, Problems problems) {
        int label = classes.number(text);
        if (label < 0) {
            problems.add(origin + ":" + line + ": '" + text + "' is not a class; allowed is " + classes.allowed());
        }
        return label;
    }

    /** The whole number a text stands for, or -1. */
    static int number(String text) {
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
    }

    private static List<Set<Integer>> emptySets(int count) {
        return IntStream.range(0, count)
                .<Set<Integer>>mapToObj(i -> new TreeSet<>())
                .toList();
    }

    private static int[][] arrays(List<Set<Integer>> sets) {
        return sets.stream()
                .map(set -> set.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
    }

    /** A relevance list that holds no row at all makes every metric undefined. */
    static boolean isEmpty(int[][] lists) {
        return Arrays.stream(lists).allMatch(list -> list.length == 0);
    }
}
