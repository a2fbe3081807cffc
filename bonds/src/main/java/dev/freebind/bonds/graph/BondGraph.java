package dev.freebind.bonds.graph;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.InvalidConfigurationException;
import dev.freebind.bonds.configuration.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The spaces and bonds of a configuration as a directed acyclic graph: leaves are pre-trained spaces, inner nodes are bonds,
 * and every node is a space that can be asked for its dimension and modalities.
 *
 * <p>A displacement has the dimension of the expert it projects into, a combination that of its unified space, a connection one
 * of its own; all know the union of the modalities on their two sides, those of the unified side first. A tuned space is as the
 * space it tunes. A graph that exists is valid.
 */
public final class BondGraph {

    private final Configuration configuration;
    private final Map<String, List<Modality>> modalities;
    private final List<Bond> order;

    /** Takes nodes that {@link GraphCheck} found sound. */
    BondGraph(Configuration configuration, Map<String, List<Modality>> modalities, List<Bond> order) {
        this.configuration = configuration;
        this.modalities = Map.copyOf(modalities);
        this.order = List.copyOf(order);
    }

    /**
     * The graph of a configuration.
     *
     * @throws InvalidConfigurationException with every reason why there is none: cycles, unknown names, bonds that share no
     *     modality or cannot collect pairs, factors that have nothing to weigh, dimensions that are not known, …
     */
    public static BondGraph of(Configuration configuration) {
        GraphCheck check = new GraphCheck(configuration, Unreadable.NOTHING);
        List<Problem> problems = new ArrayList<>(check.problems());
        for (SpaceDeclaration space : configuration.spaces().values()) {
            if (space.dimension() < 1) {
                problems.add(configuration.problem(
                        "spaces." + space.name() + ".dimension",
                        "the dimension is not known before the encoder is opened; write dimension: N"));
            }
        }
        if (!problems.isEmpty()) {
            problems.sort(Comparator.comparingInt(Problem::line));
            throw new InvalidConfigurationException(problems);
        }
        return check.soundGraph();
    }

    /**
     * Parts of a configuration that are already known to be wrong, so that what follows from them is not worth a message.
     *
     * @param spaces names of spaces that could not be read
     * @param bonds names of bonds that could not be read
     * @param corpora whether something is wrong with the corpora
     */
    public record Unreadable(Set<String> spaces, Set<String> bonds, boolean corpora) {
        /** Everything was read. */
        public static final Unreadable NOTHING = new Unreadable(Set.of(), Set.of(), false);

        /** Copies. */
        public Unreadable {
            spaces = Set.copyOf(spaces);
            bonds = Set.copyOf(bonds);
        }
    }

    /**
     * What {@link #of} would complain about, except dimensions that only encoders know.
     *
     * @param configuration what could be read
     * @param unreadable what could not
     */
    public static List<Problem> problems(Configuration configuration, Unreadable unreadable) {
        return new GraphCheck(configuration, unreadable).problems();
    }

    /** The configuration this graph was made of. */
    public Configuration configuration() {
        return configuration;
    }

    /** The names of all spaces: leaves in file order, then bonds in {@link #order()}. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        configuration.spaces().keySet().stream().filter(modalities::containsKey).forEach(names::add);
        order.forEach(bond -> names.add(bond.name()));
        return Collections.unmodifiableList(names);
    }

    /**
     * A leaf or bond as a space.
     *
     * @throws InvalidRequestException if there is none of that name, listing those there are
     */
    public EmbeddingSpace space(String name) {
        List<Modality> known = modalities(name);
        return new EmbeddingSpace(name, dimension(name), known);
    }

    /** The modalities that a leaf or bond embeds; as {@link #space}, but also where a dimension is not yet known. */
    public List<Modality> modalities(String name) {
        List<Modality> known = modalities.get(name);
        if (known == null) {
            throw new InvalidRequestException("there is no space '" + name + "'" + NearestName.hint(name, names()));
        }
        return known;
    }

    private int dimension(String name) {
        SpaceDeclaration leaf = configuration.spaces().get(name);
        return leaf != null ? leaf.dimension() : bond(name).dimension(this::dimension);
    }

    /** Says whether this is a pre-trained space. */
    public boolean isLeaf(String name) {
        return configuration.spaces().containsKey(name);
    }

    /**
     * A bond by name.
     *
     * @throws InvalidRequestException if there is none of that name, listing those there are
     */
    public Bond bond(String name) {
        Bond bond = configuration.bonds().get(name);
        if (bond == null) {
            throw new InvalidRequestException("there is no bond '" + name + "'"
                    + NearestName.hint(
                            name, configuration.bonds().keySet().stream().toList()));
        }
        return bond;
    }

    /**
     * A bond by name that is learned from pseudo pairs.
     *
     * @throws InvalidRequestException if there is none of that name, or it is a tuned space
     */
    public PseudoPairBond pseudoPairBond(String name) {
        if (bond(name) instanceof PseudoPairBond bond) {
            return bond;
        }
        throw new InvalidRequestException("'" + name + "' is tuned on pairs, it learns nothing from pseudo pairs");
    }

    /**
     * The displacement that a tuned space tunes.
     *
     * @throws InvalidRequestException if it tunes something else
     */
    public Displacement displacement(TunedSpace tuned) {
        if (!isLeaf(tuned.tuned()) && bond(tuned.tuned()) instanceof Displacement displacement) {
            return displacement;
        }
        throw new InvalidRequestException("'" + tuned.tuned() + "' is no displacement, so '" + tuned.name()
                + "' cannot tune it; name a bond with 'displace:'");
    }

    /** Says whether a leaf's embeddings of a modality come from an encoder that a tuned space has of its own. */
    public boolean hasTunedEncoder(String leaf, Modality modality) {
        return !isLeaf(leaf) && bond(leaf) instanceof TunedSpace tuned && tuned.hasEncoder(modality);
    }

    /** How the projectors of a bond are made; those of a tuned space are its displacement's. */
    public TrainingSettings projectors(Bond bond) {
        return (bond instanceof TunedSpace tuned ? displacement(tuned) : pseudoPairBond(bond.name())).training();
    }

    /** The bonds so that each comes after those it is made of; otherwise in file order. */
    public List<Bond> order() {
        return order;
    }

    /** The spaces that no bond is made of: bonds in {@link #order()}, then leaves in file order. */
    public List<String> roots() {
        Set<String> used = new HashSet<>();
        order.forEach(bond -> bond.parts().forEach(part -> used.add(part.space())));
        List<String> roots = new ArrayList<>(names());
        roots.removeAll(used);
        roots.sort(Comparator.comparing(this::isLeaf));
        return roots;
    }

    /**
     * The modality that a space's encoders were trained against: the declared one, else image where the space knows it, else
     * none. A bond has the hub of its unified side, because that side connects the most modalities; if that has none, image
     * where the bond knows it.
     */
    public Optional<Modality> hub(String name) {
        SpaceDeclaration leaf = configuration.spaces().get(name);
        Optional<Modality> inherited;
        if (leaf != null) {
            inherited = Optional.ofNullable(leaf.hub());
        } else {
            Bond bond = bond(name);
            inherited = hub(bond.parts().get(0).space());
        }
        return inherited.or(() -> Optional.of(Modality.IMAGE).filter(modalities(name)::contains));
    }

    /** The modalities in which a bond weighs two sides against each other, so that it has a factor; none for a tuned space. */
    public NavigableSet<Modality> weighed(Bond bond) {
        return bond instanceof PseudoPairBond learned ? learned.weighed(this::modalities) : new TreeSet<>();
    }

    /** The combinations in which a space is an expert, in {@link #order()}. */
    public List<Combination> combinationsOf(String space) {
        return order.stream()
                .filter(Combination.class::isInstance)
                .map(Combination.class::cast)
                .filter(combination -> combination.experts().contains(space))
                .toList();
    }

    /**
     * The pre-trained spaces whose embeddings of a modality a space's embedding is computed from, with the configured factors;
     * a side that a factor of 0 or 1 switches off is not needed. A tuned space with an encoder of its own is itself such a space
     * for the tuned modality.
     *
     * @return in a fixed order; empty if the space does not know the modality
     */
    public Set<String> leaves(String name, Modality modality) {
        Set<String> leaves = new LinkedHashSet<>();
        if (!modalities(name).contains(modality)) {
            return leaves;
        }
        if (isLeaf(name)) {
            leaves.add(name);
            return leaves;
        }
        if (bond(name) instanceof TunedSpace tuned) {
            if (!tuned.hasEncoder(modality)) {
                return leaves(tuned.tuned(), modality);
            }
            leaves.add(name);
            Displacement displacement = displacement(tuned);
            if (modalities(displacement.into()).contains(modality) && displacement.factor(modality) > 0) {
                leaves.addAll(leaves(displacement.into(), modality));
            }
            return leaves;
        }
        PseudoPairBond bond = pseudoPairBond(name);
        boolean weighed = weighed(bond).contains(modality);
        double sourceShare = bond.projectedShare(bond.factor(modality));
        if (!weighed || sourceShare > 0) {
            bond.sources().forEach(source -> leaves.addAll(leaves(source, modality)));
        }
        if (!weighed || sourceShare < 1) {
            leaves.addAll(leaves(bond.into(), modality));
        }
        return leaves;
    }

    /**
     * The graph for people: a tree for every space that no bond uses, with roles, dimensions, modalities, hubs and factors; a
     * bond that appears twice is spelt out once.
     */
    public String describe() {
        return new GraphText(this).text();
    }

    @Override
    public String toString() {
        return describe();
    }
}
