package dev.freebind.distribution.workflow;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.fingerprint.Fingerprint;
import dev.freebind.search.SearchedSpace;
import dev.freebind.training.BoundSpace;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A product or leaf space of a bound space, under chosen factors and experts, as one that is searched. */
public final class SearchedBoundSpace implements SearchedSpace {

    private final BoundSpace bound;
    private final EmbeddingSpace space;
    private final Customisation customisation;
    private @Nullable String fingerprint;

    /**
     * A space of a bound space.
     *
     * @param bound the caller's to close, after this is no longer used
     * @param name a product or leaf space
     * @throws InvalidRequestException if there is no such space, or a choice names something that does not exist
     */
    public SearchedBoundSpace(BoundSpace bound, String name, Customisation customisation) {
        this.bound = bound;
        this.space = bound.graph().space(name);
        this.customisation = customisation;
    }

    /** What it belongs to. */
    public BoundSpace bound() {
        return bound;
    }

    /** What was chosen. */
    public Customisation customisation() {
        return customisation;
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public List<Modality> encodable() {
        return space.modalities().stream().filter(this::isEncodable).toList();
    }

    private boolean isEncodable(Modality modality) {
        try {
            return bound.canEncode(Composition.compose(bound.graph(), space.name(), modality, customisation));
        } catch (InvalidRequestException e) {
            return false;
        }
    }

    @Override
    public float[] embed(Modality modality, Item item) {
        return bound.embed(space.name(), modality, List.of(item), customisation)[0];
    }

    @Override
    public Embeddings embed(Modality modality, Map<String, Embeddings> leaves) {
        EmbeddingOutput.of(bound, space.name(), modality, customisation).checkLeaves(leaves.keySet());
        return bound.embed(space.name(), modality, leaves, customisation);
    }

    /** Covers the expressions of all modalities, with factors and experts, and the bytes of the weights they are computed with. */
    @Override
    public synchronized String fingerprint() {
        String known = fingerprint;
        if (known == null) {
            known = computeFingerprint();
            fingerprint = known;
        }
        return known;
    }

    private String computeFingerprint() {
        Fingerprint made = new Fingerprint("searched space").add(space.name());
        SortedSet<String> weights = new TreeSet<>();
        for (Modality modality : new TreeSet<>(space.modalities())) {
            made.add(modality);
            try {
                EmbeddingExpression expression =
                        Composition.compose(bound.graph(), space.name(), modality, customisation);
                made.add(expression);
                expression.projectors().forEach(projector -> weights.add(projector.file()));
                expression.routers().forEach(router -> weights.add(router.file()));
                expression.leaves().forEach(leaf -> {
                    if (!bound.graph().isLeaf(leaf.space())
                            && bound.graph().bond(leaf.space()) instanceof TunedSpace tuned) {
                        weights.add(tuned.encoderFile());
                    }
                });
            } catch (InvalidRequestException e) {
                // with these experts left out there are no embeddings of this modality to compare
                made.add("none");
            }
        }
        weights.forEach(
                file -> made.add(file).add(FileHashes.sha256(bound.folder().resolve(file))));
        return made.hex();
    }
}
