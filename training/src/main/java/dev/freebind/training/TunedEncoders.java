package dev.freebind.training;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.bonds.configuration.ResourcePath;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.tensorflow.training.TrainableEncoder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The tuned encoders of a bound space. Each is the pre-trained space's with the tuned weights, under the name of the tuned space;
 * what it encodes lies below the bound space's folder, in {@code embeddings/<tuned space>/}, since the weights are there and in no
 * other bound space of the same configuration.
 *
 * @param graph the spaces and bonds
 * @param folder of the bound space
 */
public record TunedEncoders(BondGraph graph, Path folder) {

    /** The tuned encoders of a bound space. */
    public static TunedEncoders of(BoundSpace bound) {
        return new TunedEncoders(bound.graph(), bound.folder());
    }

    /**
     * A configuration in which every tuned encoder is a pre-trained space of its own, and every corpus and task with items for it
     * says where its embeddings go.
     *
     * @param items names corpora and tasks; the bound space's own configuration, or another
     */
    public Configuration in(Configuration items) {
        Map<String, SpaceDeclaration> spaces = new LinkedHashMap<>(items.spaces());
        all().forEach(tuned -> spaces.put(tuned.name(), declaration(tuned)));
        Map<String, Corpus> corpora = new LinkedHashMap<>(items.corpora());
        corpora.replaceAll((name, corpus) -> corpus.with(placed(corpus.data(), corpus.modality(), name)));
        return new Configuration(
                items.file(),
                items.name(),
                items.seed(),
                spaces,
                corpora,
                items.bonds(),
                items.presets(),
                items.evaluation().stream().map(this::placed).toList(),
                items.lines());
    }

    private List<TunedSpace> all() {
        return graph.order().stream()
                .filter(bond -> bond instanceof TunedSpace tuned && tuned.hasEncoder(tuned.modality()))
                .map(TunedSpace.class::cast)
                .toList();
    }

    /** The pre-trained space with the tuned weights. */
    SpaceDeclaration declaration(TunedSpace tuned) {
        SpaceDeclaration source = source(tuned);
        Map<String, String> written = new LinkedHashMap<>(source.options());
        written.put(TrainableEncoder.TUNED_OPTION, tuned.encoderFile());
        Map<String, String> expanded = new LinkedHashMap<>(source.expandedOptions());
        expanded.put(TrainableEncoder.TUNED_OPTION, weights(tuned).toString());
        return new SpaceDeclaration(
                tuned.name(),
                List.of(tuned.modality()),
                source.dimension(),
                null,
                source.encoder(),
                written,
                expanded,
                source.folder());
    }

    /** The file of the tuned weights, absolute. */
    Path weights(TunedSpace tuned) {
        return folder.resolve(tuned.encoderFile()).toAbsolutePath();
    }

    /** The pre-trained space whose encoder was tuned. */
    SpaceDeclaration source(TunedSpace tuned) {
        return Objects.requireNonNull(
                graph.configuration().spaces().get(graph.displacement(tuned).unified()));
    }

    private EvaluationTask placed(EvaluationTask task) {
        Map<Modality, ItemData> items = new LinkedHashMap<>(task.items());
        items.replaceAll((modality, data) -> placed(data, modality, task.name() + "/" + modality));
        return task.with(items);
    }

    private ItemData placed(ItemData data, Modality modality, String collection) {
        if (data.items() == null) {
            return data;
        }
        Map<String, EmbeddingFiles> embeddings = new LinkedHashMap<>(data.embeddings());
        for (TunedSpace tuned : all()) {
            if (tuned.hasEncoder(modality)) {
                String place = "embeddings/" + tuned.name() + "/" + collection;
                embeddings.put(tuned.name(), new EmbeddingFiles(List.of(new ResourcePath(place, place, folder))));
            }
        }
        return new ItemData(data.items(), embeddings);
    }
}
