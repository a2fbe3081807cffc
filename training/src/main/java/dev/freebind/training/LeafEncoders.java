package dev.freebind.training;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Embeddings;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.tensorflow.training.TrainableEncoder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The encoders of a graph's leaves, each opened when first needed: those of pre-trained spaces, and those of tuned spaces, which
 * are the pre-trained one's with the tuned weights. Safe for use from several threads; whoever made it closes it.
 */
public final class LeafEncoders implements AutoCloseable {

    private final BondGraph graph;
    private final TunedEncoders tunedEncoders;
    private final Supplier<EncoderRegistry> registry;
    private final Map<String, Map<String, String>> options;
    private final Map<String, Opened> encoders = new LinkedHashMap<>();
    private boolean closed;

    private record Opened(EncoderProvider provider, Encoder encoder) {}

    /**
     * Opens nothing yet.
     *
     * @param folder of the bound space, where tuned weights are
     * @param registry where encoders are looked up; asked when first needed
     * @param options encoder options by pre-trained space, which take the place of the configured values one by one; relative
     *     paths start at the working directory
     */
    public LeafEncoders(
            BondGraph graph,
            Path folder,
            Supplier<EncoderRegistry> registry,
            Map<String, Map<String, String>> options) {
        this.graph = graph;
        this.tunedEncoders = new TunedEncoders(graph, folder);
        this.registry = registry;
        this.options = options;
    }

    /** Says whether a leaf has an encoder: a pre-trained space that names one, or a tuned space with tuned weights. */
    public boolean has(String leaf) {
        return declaration(leaf).encoder() != null;
    }

    /**
     * The encoder of a leaf, closed with this.
     *
     * @param leaf a pre-trained space, or a tuned space with an encoder of its own
     * @throws InvalidRequestException if the encoder or its options do not fit
     * @throws dev.freebind.api.DataException if the encoder's files are missing or damaged
     * @throws IllegalStateException after {@link #close()}
     */
    public synchronized Encoder encoder(String leaf) {
        if (closed) {
            throw new IllegalStateException("the encoders of " + tunedEncoders.folder() + " are closed");
        }
        Opened known = encoders.get(leaf);
        if (known == null) {
            known = open(leaf);
            encoders.put(leaf, known);
        }
        return known.encoder;
    }

    /**
     * Items as rows of a leaf, encoded block by block when they are read; valid until this is closed.
     *
     * @param items not copied, and asked for one by one
     */
    public Embeddings encode(String leaf, Modality modality, List<? extends Item> items) {
        return new EncodedItems(encoder(leaf), modality, items);
    }

    /** Name and version of the encoders opened so far, by leaf. */
    public synchronized Map<String, String> names() {
        Map<String, String> names = new TreeMap<>();
        encoders.forEach((leaf, opened) -> names.put(
                leaf, opened.provider().name() + " " + opened.provider().version()));
        return names;
    }

    private Opened open(String leaf) {
        TunedSpace tuned = tuned(leaf);
        SpaceDeclaration declaration = declaration(leaf);
        String configured = tuned == null ? leaf : tunedEncoders.source(tuned).name();
        EncoderProvider provider = registry.get().provider(String.valueOf(declaration.encoder()));
        Map<String, String> values = new LinkedHashMap<>(declaration.expandedOptions());
        options.getOrDefault(configured, Map.of())
                .forEach((option, value) -> values.put(option, fromWorkingDirectory(provider, option, value)));
        if (tuned != null) {
            values.put(
                    TrainableEncoder.TUNED_OPTION, tunedEncoders.weights(tuned).toString());
        }
        Encoder encoder = registry.get().open(provider.name(), declaration.name(), values, declaration.folder());
        EmbeddingSpace told = encoder.space();
        int bound = declaration.dimension();
        if (told.dimension() != bound) {
            encoder.close();
            throw new InvalidRequestException("the encoder '" + provider.name() + "' of space " + declaration.name()
                    + " gives dimension " + told.dimension() + ", but the space was bound with dimension " + bound
                    + "; use the checkpoint it was bound with");
        }
        return new Opened(provider, encoder);
    }

    private @Nullable TunedSpace tuned(String leaf) {
        return !graph.isLeaf(leaf) && graph.bond(leaf) instanceof TunedSpace tuned ? tuned : null;
    }

    private SpaceDeclaration declaration(String leaf) {
        TunedSpace tuned = tuned(leaf);
        SpaceDeclaration declaration =
                tuned == null ? graph.configuration().spaces().get(leaf) : tunedEncoders.declaration(tuned);
        if (declaration == null) {
            throw new IllegalArgumentException(leaf + " is not a leaf");
        }
        return declaration;
    }

    private static String fromWorkingDirectory(EncoderProvider provider, String option, String value) {
        boolean path = provider.options().stream()
                .anyMatch(declared -> declared.name().equals(option) && declared.type() == EncoderOption.Type.PATH);
        return path && !value.isBlank() ? Path.of(value).toAbsolutePath().toString() : value;
    }

    @Override
    public synchronized void close() {
        closed = true;
        encoders.values().forEach(opened -> opened.encoder().close());
        encoders.clear();
    }
}
