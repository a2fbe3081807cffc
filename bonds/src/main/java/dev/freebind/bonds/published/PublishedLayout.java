package dev.freebind.bonds.published;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.collection.CorpusSelection;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Connection;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.projector.ProjectorArchitecture;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.Subset;
import dev.freebind.bonds.router.RouterKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Where each network of a bound space lies in published files: a table that is read one way to import and the other way to
 * export.
 *
 * <p>Files are named below the folder of the checkpoints, without their ending.
 *
 * @param projectors every projector of the space
 * @param routers every router of the space
 * @param encoders every tuned encoder of the space
 */
public record PublishedLayout(List<ProjectorPlace> projectors, List<RouterPlace> routers, List<EncoderPlace> encoders) {

    /** The order in which FreeBind's code lists the seven projectors of a source. */
    private static final List<Subset> RELEASED_ORDER =
            Stream.of("mix", "A", "T", "V", "AT", "AV", "TV").map(Subset::parse).toList();

    /**
     * What the published class of a tuned ImageBind holds for audio and no training changes: the logarithm of 20, by which it scales
     * its embeddings before they are normalised.
     */
    private static final Map<String, Float> IMAGEBIND_AUDIO =
            Map.of("modality_postprocessors.audio.1.log_logit_scale", (float) Math.log(20));

    /** Stands before the number of a projector beside a tuned encoder. */
    static final String HEADS = "ib_head.projectors.";

    /** OmniBind's letters for the routers of its modalities. */
    private static final Map<String, Modality> OMNIBIND_ROUTERS = omniBindRouters();

    /**
     * Where a projector lies.
     *
     * @param key the projector
     * @param file the file
     * @param prefix stands before the names of its tensors there; may be empty
     * @param architecture the names of its tensors
     * @param adapted the modalities that go through its adapter, if it has one
     */
    public record ProjectorPlace(
            ProjectorKey key,
            String file,
            String prefix,
            ProjectorArchitecture architecture,
            NavigableSet<Modality> adapted) {}

    /**
     * Where a router lies.
     *
     * @param key the router
     * @param file the file
     * @param prefix stands before the names of its tensors there; may be empty
     */
    public record RouterPlace(RouterKey key, String file, String prefix) {}

    /**
     * Where a tuned encoder lies.
     *
     * @param network its weights, below the bound space's folder
     * @param file the file
     * @param prefix stands before the names of its tensors there
     * @param constants what the file holds beside the weights, single numbers by name without the prefix
     */
    public record EncoderPlace(String network, String file, String prefix, Map<String, Float> constants) {
        /** Copies. */
        public EncoderPlace {
            constants = Map.copyOf(constants);
        }
    }

    /** Copies. */
    public PublishedLayout {
        projectors = List.copyOf(projectors);
        routers = List.copyOf(routers);
        encoders = List.copyOf(encoders);
    }

    /** A layout without tuned encoders. */
    PublishedLayout(List<ProjectorPlace> projectors, List<RouterPlace> routers) {
        this(projectors, routers, List.of());
    }

    /** The files, in order of appearance. */
    public List<String> files() {
        return Stream.of(
                        projectors.stream().map(ProjectorPlace::file),
                        routers.stream().map(RouterPlace::file),
                        encoders.stream().map(EncoderPlace::file))
                .flatMap(files -> files)
                .distinct()
                .toList();
    }

    /**
     * The layout of any graph: FreeBind's tree {@code <bond>/<source>/<mode>/best} for its projectors, one file {@code <bond>}
     * for the two heads of a connection, one file {@code <bond>/<source>} for the projector of an Ex-MCR or C-MCR bond that has
     * one, and {@code <bond>/<modality>-router} for routers.
     *
     * <p>The projectors of a tuned space lie as FreeBind's, in {@code <bond>/<source>.<modality>}; together with a tuned encoder in
     * one file, {@code <bond>/<modality>_with_head}, as the class of FreeBind's † spaces loads it.
     *
     * @param places files or folders in place of these, by bond (a connection, a tuned encoder) or {@code bond/source}
     * @throws InvalidRequestException if a place is given for something that is not in the graph, listing what is
     */
    public static PublishedLayout of(BondGraph graph, Map<String, String> places) {
        List<ProjectorPlace> projectors = new ArrayList<>();
        List<RouterPlace> routers = new ArrayList<>();
        List<EncoderPlace> encoders = new ArrayList<>();
        List<String> known = new ArrayList<>();
        for (Bond bond : graph.order()) {
            if (bond instanceof Connection connection) {
                known.add(bond.name());
                projectors.addAll(heads(graph, connection, places.getOrDefault(bond.name(), bond.name())));
            } else if (bond instanceof PseudoPairBond learned) {
                for (String source : learned.sources()) {
                    String name = bond.name() + "/" + source;
                    known.add(name);
                    projectors.addAll(ofSource(graph, learned, source, places.getOrDefault(name, name)));
                }
            } else if (bond instanceof TunedSpace tuned && tuned.settings().encoder()) {
                known.add(bond.name());
                String file = places.getOrDefault(bond.name(), bond.name() + "/" + tuned.modality() + "_with_head");
                projectors.addAll(withHead(graph, tuned, file));
                encoders.add(encoder(graph, tuned, file));
            } else if (bond instanceof TunedSpace tuned) {
                Displacement displacement = graph.displacement(tuned);
                String projected = tuned.projected(displacement.unified());
                String name = bond.name() + "/" + projected;
                known.add(name);
                projectors.addAll(tree(
                        graph,
                        displacement,
                        displacement.unified(),
                        bond.name(),
                        projected,
                        places.getOrDefault(name, name)));
            }
            if (bond instanceof Combination combination) {
                for (Modality modality : CorpusSelection.of(graph).routers(combination)) {
                    routers.add(new RouterPlace(
                            new RouterKey(bond.name(), modality), bond.name() + "/" + modality + "-router", ""));
                }
            }
        }
        for (String place : places.keySet()) {
            if (!known.contains(place)) {
                throw new InvalidRequestException(
                        "'" + place + "' has no projectors of its own; there are: " + String.join(", ", known));
            }
        }
        return new PublishedLayout(projectors, routers, encoders);
    }

    /** The heads of a tuned encoder, numbered in FreeBind's order. */
    private static List<ProjectorPlace> withHead(BondGraph graph, TunedSpace tuned, String file) {
        Displacement displacement = graph.displacement(tuned);
        List<Subset> subsets = new ArrayList<>(CorpusSelection.of(graph).subsets(displacement, displacement.unified()));
        subsets.sort(Comparator.comparingInt(
                subset -> RELEASED_ORDER.contains(subset) ? RELEASED_ORDER.indexOf(subset) : RELEASED_ORDER.size()));
        List<ProjectorPlace> heads = new ArrayList<>();
        for (Subset subset : subsets) {
            heads.add(new ProjectorPlace(
                    new ProjectorKey(tuned.name(), tuned.projected(displacement.unified()), subset),
                    file,
                    HEADS + heads.size() + ".",
                    displacement.training().recipe().projector(),
                    new TreeSet<>()));
        }
        return heads;
    }

    private static EncoderPlace encoder(BondGraph graph, TunedSpace tuned, String file) {
        SpaceDeclaration source =
                graph.configuration().spaces().get(graph.displacement(tuned).unified());
        boolean imageBind = source != null && "imagebind".equals(source.encoder());
        return new EncoderPlace(
                tuned.encoderFile(),
                file,
                "ib.",
                imageBind && tuned.modality().equals(Modality.AUDIO) ? IMAGEBIND_AUDIO : Map.of());
    }

    /** The two heads of a connection, in one file. */
    static List<ProjectorPlace> heads(BondGraph graph, Connection connection, String file) {
        List<Subset> subsets = CorpusSelection.of(graph).subsets(connection, connection.first());
        ProjectorArchitecture first = connection.training().recipe().projector();
        List<ProjectorPlace> heads = new ArrayList<>();
        for (Subset subset : subsets) {
            String ofSubset = subsets.size() == 1 ? file : file + "/" + subset.code();
            heads.add(new ProjectorPlace(
                    new ProjectorKey(connection.name(), connection.first(), subset),
                    ofSubset,
                    "",
                    first,
                    new TreeSet<>()));
            heads.add(new ProjectorPlace(
                    new ProjectorKey(connection.name(), connection.second(), subset),
                    ofSubset,
                    "",
                    first.counterpart(),
                    new TreeSet<>()));
        }
        return heads;
    }

    /** The projectors of one source: FreeBind's tree, or a single file where another kind has only one. */
    static List<ProjectorPlace> ofSource(BondGraph graph, PseudoPairBond bond, String source, String place) {
        return tree(graph, bond, source, bond.name(), source, place);
    }

    /** The same of projectors that go by other names, those of a tuned space. */
    private static List<ProjectorPlace> tree(
            BondGraph graph, PseudoPairBond bond, String source, String name, String projected, String place) {
        List<Subset> subsets = CorpusSelection.of(graph).subsets(bond, source);
        ProjectorArchitecture architecture = bond.training().recipe().projector();
        boolean single = subsets.size() == 1 && !architecture.equals(ProjectorArchitecture.FREEBIND);
        NavigableSet<Modality> lacking = new TreeSet<>(graph.modalities(source));
        lacking.removeAll(graph.modalities(bond.into()));
        return subsets.stream()
                .map(subset -> new ProjectorPlace(
                        new ProjectorKey(name, projected, subset),
                        single ? place : place + "/" + subset.releasedName() + "/best",
                        "",
                        architecture,
                        architecture.adapter() == null ? new TreeSet<>() : lacking))
                .toList();
    }

    /**
     * OmniBind's file: {@code projs.<i>} in steps of seven for the experts of a routed combination in their order, {@code
     * ib_projs.<j>} for the displacement it is combined into, {@code <letter>_enc_router} for the routers.
     *
     * <p>Which seven sets of start modalities the projectors of each source stand for is not published; here they carry
     * FreeBind's names in FreeBind's order, which decides nothing at inference, where the mean of the seven counts.
     *
     * @param file the file
     * @param combination the routed combination
     */
    static PublishedLayout omniBind(BondGraph graph, String file, Combination combination) {
        List<ProjectorPlace> projectors = new ArrayList<>();
        int index = 0;
        for (String expert : combination.experts()) {
            for (Subset subset : RELEASED_ORDER) {
                projectors.add(seventh(combination.name(), expert, subset, file, "projs." + index++ + "."));
            }
        }
        PseudoPairBond base = graph.pseudoPairBond(combination.into());
        int ofBase = 0;
        for (Subset subset : RELEASED_ORDER) {
            projectors.add(seventh(base.name(), base.sources().get(0), subset, file, "ib_projs." + ofBase++ + "."));
        }
        List<RouterPlace> routers = new ArrayList<>();
        OMNIBIND_ROUTERS.forEach((letter, modality) -> routers.add(
                new RouterPlace(new RouterKey(combination.name(), modality), file, letter + "_enc_router.")));
        return new PublishedLayout(projectors, routers);
    }

    private static ProjectorPlace seventh(String bond, String source, Subset subset, String file, String prefix) {
        return new ProjectorPlace(
                new ProjectorKey(bond, source, subset), file, prefix, ProjectorArchitecture.FREEBIND, new TreeSet<>());
    }

    private static Map<String, Modality> omniBindRouters() {
        Map<String, Modality> routers = new LinkedHashMap<>();
        routers.put("A", Modality.AUDIO);
        routers.put("V", Modality.IMAGE);
        routers.put("P", Modality.POINT);
        routers.put("T", Modality.TEXT);
        return routers;
    }
}
