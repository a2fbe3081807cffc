package dev.freebind.evaluation.task;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A zero-shot task: items of one modality, classes as texts.
 *
 * @param task classification or tagging
 * @param modality of the items
 * @param items what is classified
 * @param templates the texts of all classes, class by class
 * @param names of the classes; null where the configuration gives none
 */
record ZeroShot(
        EvaluationTask task,
        Modality modality,
        TaskItems items,
        TaskItems templates,
        @Nullable List<String> names) {

    /** The two modalities in alphabetical order. */
    String pair() {
        return modality.compareTo(Modality.TEXT) < 0 ? modality + "-" + Modality.TEXT : Modality.TEXT + "-" + modality;
    }

    /**
     * Reads what the configuration says; embeddings are not opened yet.
     *
     * @throws dev.freebind.api.DataException if names or templates cannot be read
     */
    static ZeroShot of(EvaluationTask task, Classes classes, EmbeddingSource source) {
        if (task.items().size() != 1) {
            throw new InvalidRequestException("evaluation '" + task.name() + "': 'items' has "
                    + task.items().keySet() + ", expected exactly one modality to classify");
        }
        Modality modality = task.items().keySet().iterator().next();
        ItemData data = Objects.requireNonNull(task.items().get(modality));
        TaskItems items = new TaskItems(task.name() + ", " + modality, space -> source.open(space, modality, data));
        String label = task.name() + ", classes";
        if (classes instanceof Classes.Embedded embedded) {
            return new ZeroShot(
                    task,
                    modality,
                    items,
                    new TaskItems(label, space -> source.open(space, Modality.TEXT, embedded.data())),
                    embedded.names() == null ? null : TaskFiles.list(embedded.names()));
        }
        Classes.Named named = (Classes.Named) classes;
        ClassTexts classTexts = ClassTexts.read(named);
        List<String> texts = classTexts.texts();
        return new ZeroShot(
                task,
                modality,
                items,
                new TaskItems(label, space -> source.encode(space, named, texts)),
                classTexts.names());
    }

    /** Texts for each class, once the templates are open. */
    int perClass(Classes classes) {
        return classes instanceof Classes.Embedded embedded
                ? embedded.perClass()
                : templates.rows() / Objects.requireNonNull(names).size();
    }

    /** The classes, once the templates are open; checks that templates, classes and names fit together. */
    ClassList classList(int perClass) {
        Problems problems = new Problems();
        items.check(problems);
        templates.check(problems);
        int rows = templates.rows();
        if (rows % perClass != 0) {
            problems.add(
                    templates.origin() + " has " + rows + " rows, which is not a multiple of per-class: " + perClass);
        } else if (names != null && names.size() != rows / perClass) {
            problems.add(templates.origin() + " has " + rows + " rows, " + perClass + " per class, for "
                    + rows / perClass + " classes, but there are "
                    + names.size() + " class names");
        }
        problems.throwIfAny();
        return names == null ? ClassList.numbered(rows / perClass) : ClassList.named(names);
    }
}
