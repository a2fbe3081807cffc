package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import dev.freebind.bonds.configuration.EvaluationTask.Classification;
import dev.freebind.bonds.configuration.EvaluationTask.Pair;
import dev.freebind.bonds.configuration.EvaluationTask.Retrieval;
import dev.freebind.bonds.configuration.EvaluationTask.Tagging;
import dev.freebind.bonds.configuration.YamlValue.Scalar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads {@code evaluation}. */
final class EvaluationReader {

    private static final List<Integer> PAPER_RECALL = List.of(1, 5, 10);

    private static final Map<String, List<String>> KEYS = keys();

    private final ItemDataReader data;
    private final ProblemList problems;

    EvaluationReader(ItemDataReader data, ProblemList problems) {
        this.data = data;
        this.problems = problems;
    }

    private static Map<String, List<String>> keys() {
        Map<String, List<String>> keys = new LinkedHashMap<>();
        keys.put("retrieval", List.of("name", "task", "items", "pairs", "recall", "relevance"));
        keys.put("classification", List.of("name", "task", "items", "labels", "classes"));
        keys.put("tagging", List.of("name", "task", "items", "labels", "classes"));
        return keys;
    }

    /** The tasks in file order; one that cannot be understood is left out. */
    List<EvaluationTask> read(@Nullable YamlValue value) {
        List<EvaluationTask> tasks = new ArrayList<>();
        if (value != null) {
            Map<String, Integer> names = new HashMap<>();
            Section.list(value, "a list of tasks (- name: …)", problems)
                    .ifPresent(elements ->
                            elements.forEach(element -> task(element, names).ifPresent(tasks::add)));
        }
        return tasks;
    }

    private Optional<EvaluationTask> task(YamlValue value, Map<String, Integer> names) {
        Map<String, String> kinds = new LinkedHashMap<>();
        KEYS.keySet().forEach(kind -> kinds.put(kind, kind));
        TreeSet<String> any = new TreeSet<>();
        KEYS.values().forEach(any::addAll);
        // which keys are allowed depends on the task, so it is looked at first
        String kind = value instanceof YamlValue.Mapping mapping
                        && mapping.values().get("task") instanceof Scalar scalar
                        && KEYS.containsKey(scalar.text())
                ? scalar.text()
                : null;
        return Section.of(value, problems, kind == null ? List.copyOf(any) : KEYS.getOrDefault(kind, List.of()))
                .flatMap(section -> {
                    String name = name(section, names);
                    Map<Modality, ItemData> items = items(section, name);
                    if (kind == null) {
                        if (section.has("task")) {
                            section.choice("task", kinds);
                        } else {
                            section.missing("task", "one of " + String.join(", ", KEYS.keySet()));
                        }
                        return Optional.empty();
                    }
                    return kind.equals("retrieval")
                            ? retrieval(section, name, items)
                            : zeroShot(section, kind, name, items);
                });
    }

    private String name(Section section, Map<String, Integer> names) {
        Optional<Scalar> scalar = section.scalar("name", "a name");
        if (!section.has("name")) {
            section.missing("name", "the data set's name in the results");
        }
        scalar.ifPresent(name -> {
            if (!ConfigurationReader.isLabel(name.text())) {
                problems.add(name.line(), name.key(), ConfigurationReader.notALabel("task", name.text()));
            }
            Integer earlier = names.putIfAbsent(name.text(), name.line());
            if (earlier != null) {
                problems.add(
                        name.line(), name.key(), "the task in line " + earlier + " is named '" + name.text() + "' too");
            }
        });
        return scalar.map(Scalar::text).orElse("unnamed");
    }

    private Map<Modality, ItemData> items(Section task, String name) {
        Map<Modality, ItemData> items = new LinkedHashMap<>();
        YamlValue value = task.value("items");
        if (value == null) {
            task.missing("items", "the items by modality, for example {text: {embeddings: {vt: test/text.npy}}}");
        } else {
            Section.entries(value, problems)
                    .ifPresent(mapping -> mapping.values().forEach((key, ofModality) -> {
                        Modality modality =
                                Section.modality(ofModality, key, problems).orElse(null);
                        Section.of(ofModality, problems, ItemDataReader.KEYS).ifPresent(section -> {
                            ItemData read = data.read(section, modality, name + "/" + key);
                            if (modality != null) {
                                items.put(modality, read);
                            }
                        });
                    }));
        }
        return items;
    }

    private Optional<EvaluationTask> retrieval(Section section, String name, Map<Modality, ItemData> items) {
        if (items.size() == 1
                && section.value("items") instanceof YamlValue.Mapping given
                && given.values().size() == 1) {
            section.problem("items", "retrieval is between two modalities, but there is only " + items.keySet());
        }
        List<Pair> pairs = section.has("pairs") ? pairs(section, items) : allPairs(items);
        ResourcePath relevance =
                data.path(section, "relevance", "a CSV file of row numbers").orElse(null);
        if (relevance != null && pairs.size() > 1) {
            section.problem(
                    "relevance",
                    "a relevance file is about one pair, but " + pairs + " are measured; make a task of each");
        }
        return Optional.of(new Retrieval(name, items, pairs, recall(section), relevance));
    }

    private List<Pair> pairs(Section section, Map<Modality, ItemData> items) {
        List<Pair> pairs = new ArrayList<>();
        section.list("pairs", "a list of pairs such as [image-text]").ifPresent(values -> {
            if (values.isEmpty()) {
                section.problem("pairs", "is an empty list; leave it out to measure every pair");
            }
            values.forEach(value -> Section.scalar(value, "a pair such as image-text", problems)
                    .flatMap(scalar -> pair(scalar, items))
                    .ifPresent(pair -> {
                        if (pairs.contains(pair)) {
                            problems.add(value.line(), value.key(), "pair '" + pair + "' is listed twice");
                        } else {
                            pairs.add(pair);
                        }
                    }));
        });
        return pairs;
    }

    private Optional<Pair> pair(Scalar scalar, Map<Modality, ItemData> items) {
        String[] names = scalar.text().split("-", -1);
        if (names.length != 2 || !Modality.isName(names[0]) || !Modality.isName(names[1])) {
            Section.expected(scalar, "two modalities joined by a dash, for example image-text", problems);
            return Optional.empty();
        }
        int order = names[0].compareTo(names[1]);
        if (order >= 0) {
            problems.add(
                    scalar.line(),
                    scalar.key(),
                    order == 0
                            ? "'" + scalar.text() + "' is one modality twice; a pair has two"
                            : "'" + scalar.text() + "' is not in alphabetical order; write '" + names[1] + "-"
                                    + names[0] + "'");
            return Optional.empty();
        }
        for (String name : names) {
            if (!items.containsKey(new Modality(name))) {
                problems.add(
                        scalar.line(),
                        scalar.key(),
                        "the task has no items of " + name + "; it has "
                                + items.keySet().stream().sorted().toList());
                return Optional.empty();
            }
        }
        return Optional.of(new Pair(new Modality(names[0]), new Modality(names[1])));
    }

    private static List<Pair> allPairs(Map<Modality, ItemData> items) {
        List<Modality> sorted = items.keySet().stream().sorted().toList();
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < sorted.size(); i++) {
            for (int j = i + 1; j < sorted.size(); j++) {
                pairs.add(new Pair(sorted.get(i), sorted.get(j)));
            }
        }
        return pairs;
    }

    private List<Integer> recall(Section section) {
        TreeSet<Integer> recall = new TreeSet<>();
        section.list("recall", "a list of whole numbers such as [1, 5, 10]")
                .ifPresent(values -> values.forEach(value -> Section.scalar(value, "a whole number", problems)
                        .ifPresent(scalar -> {
                            if (!scalar.text().matches("[1-9][0-9]{0,8}")) {
                                Section.expected(scalar, "a whole number of at least 1", problems);
                            } else if (!recall.add(Integer.valueOf(scalar.text()))) {
                                problems.add(
                                        scalar.line(), scalar.key(), "recall@" + scalar.text() + " is listed twice");
                            }
                        })));
        return recall.isEmpty() ? PAPER_RECALL : List.copyOf(recall);
    }

    private Optional<EvaluationTask> zeroShot(
            Section section, String kind, String name, Map<Modality, ItemData> items) {
        if (items.size() > 1) {
            section.problem("items", kind + " is of items of one modality, but there are " + items.keySet());
        }
        Optional<ResourcePath> labels = data.path(section, "labels", "a file");
        if (!section.has("labels")) {
            section.missing(
                    "labels",
                    kind.equals("tagging")
                            ? "a CSV file with the header item,class"
                            : "a file with the class of one item in each line");
        }
        YamlValue value = section.value("classes");
        if (value == null) {
            section.missing(
                    "classes", "give {embeddings: {space: file}, per-class: N} or {names: FILE, templates: FILE}");
            return Optional.empty();
        }
        Optional<Classes> classes = Section.of(
                        value, problems, List.of("embeddings", "items", "per-class", "names", "templates"))
                .flatMap(read -> classes(read, name));
        return labels.isEmpty() || classes.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        kind.equals("tagging")
                                ? new Tagging(name, items, labels.get(), classes.get())
                                : new Classification(name, items, labels.get(), classes.get()));
    }

    private Optional<Classes> classes(Section section, String task) {
        ResourcePath names =
                data.path(section, "names", "a file of class names").orElse(null);
        if (section.has("embeddings") || section.has("items")) {
            if (section.has("templates")) {
                section.problem(
                        "templates", "templates are for class names; embeddings have theirs counted by per-class");
            }
            int perClass = section.integer("per-class", 1, 1_000_000).orElse(1);
            return Optional.of(
                    new Classes.Embedded(data.read(section, Modality.TEXT, task + "/classes"), perClass, names));
        }
        if (section.has("per-class")) {
            section.problem("per-class", "counts the embeddings of each class, but there are no embeddings");
        }
        if (!section.has("names")) {
            section.missing("embeddings' or 'names", "what the classes are");
        }
        ResourcePath templates =
                data.path(section, "templates", "a file of templates").orElse(null);
        return names == null
                ? Optional.empty()
                : Optional.of(new Classes.Named(names, templates, data.encodedTexts(task + "/classes")));
    }
}
