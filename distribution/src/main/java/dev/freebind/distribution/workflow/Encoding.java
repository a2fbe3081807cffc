package dev.freebind.distribution.workflow;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.DataCheck;
import dev.freebind.bonds.configuration.EvaluationTask;
import dev.freebind.encoding.EncodingOptions;
import dev.freebind.encoding.EncodingPlan;
import dev.freebind.encoding.EncodingRun;
import dev.freebind.encoding.ItemCollection;
import dev.freebind.evaluation.task.ClassTexts;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.TunedEncoders;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Encodes the raw items of configurations with the installed encoders. */
public final class Encoding {

    private final Supplier<EncoderRegistry> registry;
    private final Progress progress;

    /** Asks for encoders when they are needed. */
    public Encoding(Supplier<EncoderRegistry> registry, Progress progress) {
        this.registry = registry;
        this.progress = progress;
    }

    /**
     * Everything that a configuration names: corpora, the items of tasks, and classes.
     *
     * @throws InvalidRequestException if there are no raw items
     */
    public EncodingRun everything(Configuration configuration, EncodingOptions options) {
        List<ItemCollection> collections = new ArrayList<>(ItemCollection.corpora(configuration));
        collections.addAll(tasks(configuration.evaluation()));
        if (collections.isEmpty()) {
            throw new InvalidRequestException(
                    configuration.file()
                            + " has no raw items; give a corpus 'items:' (a file, a pattern or a folder) and a space an 'encoder:'");
        }
        return run(configuration, collections, options);
    }

    /** The corpora, which binding reads. */
    public EncodingRun corpora(Configuration configuration, long limit) {
        return run(configuration, ItemCollection.corpora(configuration), EncodingOptions.MISSING.withLimit(limit));
    }

    /**
     * Tasks whose items are encoded.
     *
     * @param tasks the tasks, with the files of tuned encoders beside those of pre-trained spaces
     * @param notes what the user should know
     */
    public record Prepared(List<EvaluationTask> tasks, List<String> notes) {
        /** Copies. */
        public Prepared {
            tasks = List.copyOf(tasks);
            notes = List.copyOf(notes);
        }
    }

    /**
     * Encodes what tasks need and is missing, with pre-trained and with tuned encoders.
     *
     * @param request what will be measured; leaf spaces that none of it needs are left alone
     */
    public Prepared prepare(BoundSpace bound, List<EvaluationTask> tasks, EvaluationRequest request) {
        Configuration configuration =
                TunedEncoders.of(bound).in(bound.configuration().with(tasks));
        Set<String> leaves = request.spaces().isEmpty()
                ? new HashSet<>(configuration.spaces().keySet())
                : request.leaves(bound.graph());
        leaves.removeIf(leaf -> {
            SpaceDeclaration declared = configuration.spaces().get(leaf);
            return declared == null || declared.encoder() == null;
        });
        List<ItemCollection> collections = tasks(configuration.evaluation());
        return new Prepared(
                configuration.evaluation(),
                collections.isEmpty() || leaves.isEmpty()
                        ? List.of()
                        : run(configuration, collections, EncodingOptions.MISSING.withSpaces(leaves))
                                .run()
                                .notes());
    }

    private static List<ItemCollection> tasks(List<EvaluationTask> tasks) {
        return ItemCollection.tasks(tasks, classes -> ClassTexts.read(classes).texts());
    }

    private EncodingRun run(Configuration configuration, List<ItemCollection> collections, EncodingOptions options) {
        return new EncodingRun(configuration, collections, registry, options, InstalledVersion.number(), progress);
    }

    /** Looks embeddings up among those that a plan will make. */
    public static DataCheck.ShapeReader shapes(EncodingPlan plan, Map<String, Integer> dimensions) {
        Map<Configuration.EmbeddingFiles, DataCheck.Shape> shapes = plan.shapes(dimensions);
        return files -> Optional.ofNullable(shapes.get(files));
    }
}
