package dev.freebind.training.run;

import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.DataCheck;
import dev.freebind.bonds.configuration.EvaluationTask;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The embedding files that a configuration names and that are not there, so that a plan and its cost can be shown before there
 * is any data: a corpus counts with the rows the configuration gives, or with those of another space.
 *
 * @param shapes what is taken in place of each
 */
public record MissingEmbeddings(Map<EmbeddingFiles, DataCheck.Shape> shapes) implements DataCheck.ShapeReader {

    /** Copies. */
    public MissingEmbeddings {
        shapes = Collections.unmodifiableMap(new LinkedHashMap<>(shapes));
    }

    /** Looks which files are there. */
    public static MissingEmbeddings of(Configuration configuration) {
        Map<EmbeddingFiles, DataCheck.Shape> shapes = new LinkedHashMap<>();
        List<Corpus> corpora = new ArrayList<>(configuration.corpora().values());
        corpora.addAll(configuration.pairs().values());
        for (Corpus corpus : corpora) {
            add(configuration, corpus.data(), Math.max(1, corpus.expectedRows()), shapes);
        }
        for (EvaluationTask task : configuration.evaluation()) {
            task.items().values().forEach(data -> add(configuration, data, 1, shapes));
        }
        return new MissingEmbeddings(shapes);
    }

    private static void add(
            Configuration configuration, ItemData data, long expected, Map<EmbeddingFiles, DataCheck.Shape> shapes) {
        long rows = data.embeddings().values().stream()
                .flatMap(files -> CorpusEmbeddings.shape(files).stream())
                .mapToLong(DataCheck.Shape::rows)
                .findFirst()
                .orElse(expected);
        data.embeddings().forEach((space, files) -> {
            SpaceDeclaration declared = configuration.spaces().get(space);
            if (declared != null && CorpusEmbeddings.shape(files).isEmpty()) {
                shapes.put(files, new DataCheck.Shape(rows, declared.dimension()));
            }
        });
    }

    @Override
    public Optional<DataCheck.Shape> shape(EmbeddingFiles files) {
        return Optional.ofNullable(shapes.get(files));
    }

    /** What is missing, for people; empty if nothing is. */
    public Optional<String> note() {
        return shapes.keySet().stream()
                .findFirst()
                .map(first -> shapes.size() + " embedding files are not there yet, for example "
                        + first.files().get(0).absolute()
                        + "; rows are taken from the configuration ('rows:' of a corpus)");
    }
}
