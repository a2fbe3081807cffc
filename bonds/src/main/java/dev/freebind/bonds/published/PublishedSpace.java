package dev.freebind.bonds.published;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.NearestName;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A space that was published: its graph, and where its networks lie. */
public enum PublishedSpace {
    /** ImageBind with two CLAPs (FreeBind). */
    IMAGEBIND_PP("imagebind++"),
    /** ImageBind displaced into InternVL-C (FreeBind). */
    INTERNVL_IB("internvl-ib"),
    /** The displaced space with two CLAPs (FreeBind). */
    INTERNVL_IB_PP("internvl-ib++"),
    /** The displaced space, its audio side tuned, with two CLAPs (FreeBind's †). */
    INTERNVL_IB_TUNED_PP("internvl-ib-tuned++"),
    /** CLAP and CLIP in a new space (C-MCR). */
    C_MCR_CLAP_CLIP("c-mcr-clap-clip"),
    /** ULIP and CLIP in a new space (C-MCR). */
    C_MCR_ULIP_CLIP("c-mcr-ulip-clip"),
    /** CLAP and ULIP joined to CLIP (Ex-MCR). */
    EX_MCR("ex-mcr"),
    /** CLAP joined to CLIP (Ex-MCR). */
    EX_MCR_CLAP("ex-mcr-clap"),
    /** ULIP joined to CLIP (Ex-MCR). */
    EX_MCR_ULIP("ex-mcr-ulip"),
    /** The smallest OmniBind, 6 spaces. */
    OMNIBIND_BASE("omnibind-base"),
    /** OmniBind of 13 spaces. */
    OMNIBIND_LARGE("omnibind-large"),
    /** OmniBind of 14 spaces, with EVA-CLIP-18B itself. */
    OMNIBIND_FULL("omnibind-full");

    private static final String OMNIBIND = "omnibind-";

    /** The encoders of FreeBind's spaces; the options are for whoever embeds items to give. */
    private static final Map<String, String> ENCODERS =
            Map.of("imagebind", "imagebind", "internvl", "internvl", "clap-g", "clap", "clap-m", "clap");

    private final String label;

    PublishedSpace(String label) {
        this.label = label;
    }

    /** What {@code --as} calls it. */
    public String label() {
        return label;
    }

    /** What {@code --as} can name. */
    public static List<String> labels() {
        return Arrays.stream(values()).map(PublishedSpace::label).toList();
    }

    /**
     * The published space of a label.
     *
     * @throws InvalidRequestException if there is none, listing those there are
     */
    public static PublishedSpace parse(String label) {
        for (PublishedSpace space : values()) {
            if (space.label.equals(label)) {
                return space;
            }
        }
        throw new InvalidRequestException("'" + label + "' is no published space" + NearestName.hint(label, labels()));
    }

    /**
     * The graph: spaces with their dimensions, bonds with their factors, presets. FreeBind's are those of {@code
     * examples/published}, without what they would be trained on.
     */
    public BondGraph graph() {
        Configuration read = read();
        Map<String, SpaceDeclaration> spaces = new LinkedHashMap<>(read.spaces());
        spaces.replaceAll((name, space) -> space.encoder() == null ? space.withEncoder(ENCODERS.get(name)) : space);
        Map<String, Bond> bonds = new LinkedHashMap<>(read.bonds());
        bonds.replaceAll((name, bond) -> bond instanceof TunedSpace tuned ? tuned.tunedElsewhere() : bond);
        return BondGraph.of(new Configuration(
                read.file(), read.name(), read.seed(), spaces, Map.of(), bonds, read.presets(), List.of()));
    }

    private Configuration read() {
        String resource = label.replace("++", "-plusplus") + ".yaml";
        try (InputStream yaml = PublishedSpace.class.getResourceAsStream(resource)) {
            if (yaml == null) {
                throw new IllegalStateException(resource + " is missing from the program");
            }
            Path file = Files.createTempFile("freebind-published", ".yaml");
            try {
                Files.write(file, yaml.readAllBytes());
                return new ConfigurationReader(variable -> null).read(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw FileErrors.cannotRead(Path.of(resource), e);
        }
    }

    /**
     * Where the networks lie.
     *
     * @param graph this space's, or one with bonds and spaces of the same names
     */
    public PublishedLayout layout(BondGraph graph) {
        return switch (this) {
            case IMAGEBIND_PP ->
                PublishedLayout.of(
                        graph,
                        Map.of(
                                "imagebind-plusplus/clap-g", "IB_PP_G_Proj",
                                "imagebind-plusplus/clap-m", "IB_PP_M_Proj"));
            case INTERNVL_IB -> PublishedLayout.of(graph, Map.of("internvl-ib/imagebind", "InternVL_IB_Proj"));
            case INTERNVL_IB_PP ->
                PublishedLayout.of(
                        graph,
                        Map.of(
                                "internvl-ib/imagebind", "InternVL_IB_Proj",
                                "internvl-ib-plusplus/clap-g", "InternVL_IB_PP_G_Proj",
                                "internvl-ib-plusplus/clap-m", "InternVL_IB_PP_M_Proj"));
            case INTERNVL_IB_TUNED_PP ->
                PublishedLayout.of(
                        graph,
                        Map.of(
                                "internvl-ib/imagebind", "InternVL_IB_Proj",
                                "internvl-ib-tuned", CheckpointFiles.TUNED_AUDIO,
                                "internvl-ib-tuned-plusplus/clap-g", "InternVL_IB_FTPP_G_Proj",
                                "internvl-ib-tuned-plusplus/clap-m", "InternVL_IB_FTPP_M_Proj"));
            case C_MCR_CLAP_CLIP -> PublishedLayout.of(graph, Map.of("clap-clip", "clap_clip"));
            case C_MCR_ULIP_CLIP -> PublishedLayout.of(graph, Map.of("ulip-clip", "ulip_clip"));
            case EX_MCR -> PublishedLayout.of(graph, Map.of("ex-mcr/clap", "ex_clap", "ex-mcr/ulip", "ex_ulip"));
            case EX_MCR_CLAP -> PublishedLayout.of(graph, Map.of("ex-mcr-clap/clap", "ex_clap"));
            case EX_MCR_ULIP -> PublishedLayout.of(graph, Map.of("ex-mcr-ulip/ulip", "ex_ulip"));
            case OMNIBIND_BASE, OMNIBIND_LARGE, OMNIBIND_FULL ->
                PublishedLayout.omniBind(graph, label.substring(OMNIBIND.length()), (Combination) graph.bond(label));
        };
    }
}
