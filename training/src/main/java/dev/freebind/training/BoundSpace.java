package dev.freebind.training;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.training.projector.TensorFlowInference;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bound space, opened for use: embeds raw items through the encoders of its leaf spaces, or embeddings that the leaf spaces
 * have made already.
 *
 * <pre>{@code
 * try (BoundSpace space = BoundSpace.open(Path.of("bound"))) {
 *     float[][] texts = space.embed(Modality.TEXT, List.of("a dog barks", "rain"));
 * }
 * }</pre>
 *
 * <p>Opening reads {@code space.yaml} alone. TensorFlow is loaded, projectors are read and encoders opened when first needed;
 * they stay until {@link #close()}. Safe for use from several threads.
 */
public final class BoundSpace implements AutoCloseable {

    private final Path folder;
    private final BondGraph graph;
    private final Inference.Factory engine;
    private final LeafEncoders encoders;
    private @Nullable Inference inference;
    private boolean closed;

    private BoundSpace(Path folder, BondGraph graph, Inference.Factory engine, LeafEncoders encoders) {
        this.folder = folder;
        this.graph = graph;
        this.engine = engine;
        this.encoders = encoders;
    }

    /**
     * Opens with TensorFlow on the best device and the encoders on the class path. Plugins in a folder are not seen; {@link
     * #open(Path, EncoderRegistry)} takes those as well.
     *
     * @param folder what {@code bind} wrote
     * @throws InvalidRequestException if it is not a bound space
     * @throws DataException if it is damaged
     */
    public static BoundSpace open(Path folder) {
        return open(folder, onTheBestDevice());
    }

    /**
     * Opens with TensorFlow on the best device and given encoders, for example those of a folder of plugins:
     *
     * <pre>{@code
     * try (EncoderRegistry encoders = EncoderRegistry.discover(getClass().getClassLoader(), List.of(Path.of("plugins")));
     *         BoundSpace space = BoundSpace.open(Path.of("bound"), encoders)) {
     *     float[][] texts = space.embed(Modality.TEXT, List.of("a dog barks", "rain"));
     * }
     * }</pre>
     *
     * @param folder what {@code bind} wrote
     * @param encoders the caller's to close, after this space
     * @throws InvalidRequestException if it is not a bound space
     * @throws DataException if it is damaged
     */
    public static BoundSpace open(Path folder, EncoderRegistry encoders) {
        return open(folder, onTheBestDevice(), () -> encoders, Map.of());
    }

    private static Inference.Factory onTheBestDevice() {
        return weights -> new TensorFlowInference(TensorFlowRuntime.start(Device.AUTO, 0), weights);
    }

    /**
     * Opens with a given engine and the encoders on the class path.
     *
     * @param folder what {@code bind} wrote
     * @param engine evaluates; asked when first needed, closed with this space
     * @throws InvalidRequestException if it is not a bound space
     * @throws DataException if it is damaged
     */
    public static BoundSpace open(Path folder, Inference.Factory engine) {
        return open(folder, engine, () -> EncoderRegistry.discover(BoundSpace.class.getClassLoader()), Map.of());
    }

    /**
     * Opens with a given engine, given encoders and other encoder options than the configured ones.
     *
     * @param folder what {@code bind} wrote
     * @param engine evaluates; asked when first needed, closed with this space
     * @param registry where encoders are looked up; asked when first needed, and the caller's to close after this space
     * @param options encoder options by leaf space, which take the place of the configured values one by one; relative paths
     *     start at the working directory
     * @throws InvalidRequestException if it is not a bound space, or options are given for something that has no encoder
     * @throws DataException if it is damaged
     */
    public static BoundSpace open(
            Path folder,
            Inference.Factory engine,
            Supplier<EncoderRegistry> registry,
            Map<String, Map<String, String>> options) {
        BondGraph graph = BondGraph.of(new ConfigurationReader().readBoundSpace(folder));
        Map<String, SpaceDeclaration> spaces = graph.configuration().spaces();
        for (String space : options.keySet()) {
            SpaceDeclaration declaration = spaces.get(space);
            if (declaration == null) {
                throw new InvalidRequestException("encoder options for '" + space + "': no such leaf space; there are: "
                        + String.join(", ", spaces.keySet()));
            }
            if (declaration.encoder() == null) {
                throw new InvalidRequestException(
                        "encoder options for '" + space + "': this space has no encoder, only embeddings");
            }
        }
        return new BoundSpace(folder, graph, engine, new LeafEncoders(graph, folder, registry, Map.copyOf(options)));
    }

    /** What {@code space.yaml} says. */
    public Configuration configuration() {
        return graph.configuration();
    }

    /** The spaces and bonds. */
    public BondGraph graph() {
        return graph;
    }

    /** The folder this space was opened from. */
    public Path folder() {
        return folder;
    }

    /**
     * Evaluates expressions with this space's projectors; closed with this space.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public synchronized Inference inference() {
        checkOpen();
        Inference opened = inference;
        if (opened == null) {
            opened = engine.open(WeightStore.of(folder));
            inference = opened;
        }
        return opened;
    }

    /**
     * The space that is meant where none is named: the bond with the configuration's name, else the only bond that no other is
     * made of.
     *
     * @throws InvalidRequestException if there are several such bonds, naming them
     */
    public String defaultSpace() {
        Configuration configuration = configuration();
        if (configuration.bonds().containsKey(configuration.name())) {
            return configuration.name();
        }
        List<String> roots = graph.roots();
        List<String> candidates = configuration.bonds().isEmpty()
                ? roots
                : roots.stream().filter(name -> !graph.isLeaf(name)).toList();
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        throw new InvalidRequestException("which space is meant? " + configuration.file() + " has "
                + String.join(", ", candidates)
                + "; name one (--space), or make one the default: give the file its name, name: " + candidates.get(0));
    }

    /**
     * Embeds inputs into the default space with the configured factors.
     *
     * @param modality a modality the space knows
     * @param inputs texts themselves for {@link Modality#TEXT}, paths of files for any other modality
     * @return {@code [inputs.size(), dimension] float32}, unit rows, in input order
     * @throws InvalidRequestException if leaves that are needed have no encoder, naming them all, or there is no {@link
     *     #defaultSpace()}
     * @throws DataException if an input cannot be read, naming it
     */
    public float[][] embed(Modality modality, List<String> inputs) {
        List<Item> items = new ArrayList<>();
        for (String input : inputs) {
            items.add(modality.equals(Modality.TEXT) ? new Item.Text(input) : new Item.File(Path.of(input)));
        }
        return embed(defaultSpace(), modality, items, Customisation.CONFIGURED);
    }

    /**
     * Embeds items.
     *
     * @param space a leaf or bound space of the graph
     * @param modality a modality that the space knows
     * @param items any number of items
     * @param customisation factors and choice of experts
     * @return {@code [items.size(), dimension] float32}, unit rows, in item order
     * @throws InvalidRequestException if leaves that are needed have no encoder, naming them all
     * @throws DataException if an item cannot be read, naming it
     */
    public float[][] embed(String space, Modality modality, List<? extends Item> items, Customisation customisation) {
        EmbeddingExpression expression = Composition.compose(graph, space, modality, customisation);
        Map<String, Embeddings> leaves = encode(expression, items);
        if (items.isEmpty()) {
            return new float[0][];
        }
        Embeddings product = inference().evaluate(expression, leaves);
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(items.size(), product.dimension()));
        product.read(0, items.size(), values);
        float[][] result = new float[items.size()][product.dimension()];
        values.flip();
        for (float[] row : result) {
            values.get(row);
        }
        return result;
    }

    /**
     * Embeds items that the leaf spaces have embedded already.
     *
     * @param space a leaf or bound space of the graph
     * @param modality a modality that the space knows
     * @param leaves embeddings of the same items by leaf space, normalised here when read
     * @param customisation factors and choice of experts
     * @return {@code [rows, dimension] float32}, unit rows, computed when read, valid until this space is closed
     * @throws InvalidRequestException if a leaf that is needed is missing, or rows or dimensions do not fit
     */
    public Embeddings embed(
            String space, Modality modality, Map<String, Embeddings> leaves, Customisation customisation) {
        return inference().evaluate(Composition.compose(graph, space, modality, customisation), leaves);
    }

    /** Says whether every leaf that an expression needs has an encoder, so that raw items can be embedded. */
    public boolean canEncode(EmbeddingExpression expression) {
        return expression.leaves().stream().allMatch(leaf -> encoders.has(leaf.space()));
    }

    /**
     * The leaf embeddings that an expression needs, each encoded block by block when it is read; for {@link
     * Inference#evaluate}.
     *
     * @param expression what is to be evaluated
     * @param items any number of items of the expression's modality
     * @return by leaf space, valid until this space is closed
     * @throws InvalidRequestException if leaves have no encoder, naming them all, or an encoder or its options do not fit
     * @throws DataException if an encoder's files are missing or damaged; when read, if an item cannot be read, naming it
     */
    public Map<String, Embeddings> encode(EmbeddingExpression expression, List<? extends Item> items) {
        TreeSet<String> without = new TreeSet<>();
        for (EmbeddingExpression.Leaf leaf : expression.leaves()) {
            if (!encoders.has(leaf.space())) {
                without.add(leaf.space());
            }
        }
        if (!without.isEmpty()) {
            throw new InvalidRequestException((without.size() == 1 ? "space " : "spaces ")
                    + String.join(", ", without)
                    + (without.size() == 1 ? " has" : " have")
                    + " no encoder, so raw items cannot be embedded; give embeddings, or add 'encoder:' to the space in "
                    + configuration().file());
        }
        Map<String, Embeddings> leaves = new HashMap<>();
        for (EmbeddingExpression.Leaf leaf : expression.leaves()) {
            leaves.put(leaf.space(), encoders.encode(leaf.space(), leaf.modality(), items));
        }
        return leaves;
    }

    /** Name and version of the encoders opened so far, by leaf space: what a manifest records. */
    public Map<String, String> encoders() {
        return encoders.names();
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the bound space " + folder + " is closed");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        encoders.close();
        if (inference != null) {
            inference.close();
            inference = null;
        }
    }
}
