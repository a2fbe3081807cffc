package dev.freebind.evaluation.task;

import dev.freebind.bonds.configuration.EvaluationTask.Classes;
import java.util.List;

/**
 * Classes that are given by name, as the texts that stand for them.
 *
 * @param names the classes in order
 * @param templates at least one, each with {@code {}} where the name goes
 */
public record ClassTexts(List<String> names, List<String> templates) {

    /** Copies. */
    public ClassTexts {
        names = List.copyOf(names);
        templates = List.copyOf(templates);
    }

    /**
     * Reads the files that the configuration names.
     *
     * @throws dev.freebind.api.DataException if a file is missing or damaged, or a template has no place for the name
     */
    public static ClassTexts read(Classes.Named classes) {
        List<String> names = TaskFiles.list(classes.names());
        if (classes.templates() == null) {
            return new ClassTexts(names, List.of("{}"));
        }
        List<String> templates = TaskFiles.list(classes.templates());
        Problems problems = new Problems();
        for (int i = 0; i < templates.size(); i++) {
            if (!templates.get(i).contains("{}")) {
                problems.add(classes.templates().absolute() + ":" + (i + 1) + ": '" + templates.get(i)
                        + "' has no {} where the class name goes");
            }
        }
        problems.throwIfAny();
        return new ClassTexts(names, templates);
    }

    /** The texts to embed: the templates of a class one after the other, class by class. */
    public List<String> texts() {
        return names.stream()
                .flatMap(name -> templates.stream().map(template -> template.replace("{}", name)))
                .toList();
    }
}
