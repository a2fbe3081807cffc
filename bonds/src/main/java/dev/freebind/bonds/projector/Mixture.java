package dev.freebind.bonds.projector;

import dev.freebind.api.Modality;
import java.util.Collection;
import java.util.List;

/** Which subsets of the start modalities get a projector of their own (FreeBind section 3.4). */
public sealed interface Mixture {

    /** Every non-empty subset: seven for three modalities. The paper's choice. */
    record All() implements Mixture {}

    /** One projector, trained on the union of all tuple sets. */
    record Joint() implements Mixture {}

    /**
     * One projector, trained on the tuples that begin with a modality that both sides know: C-MCR's only choice, as its data are
     * those of the overlapping modality.
     */
    record Shared() implements Mixture {}

    /**
     * Just these.
     *
     * @param subsets at least one, none twice
     */
    record Listed(List<Subset> subsets) implements Mixture {
        /** Copies. */
        public Listed {
            subsets = List.copyOf(subsets);
        }
    }

    /**
     * The subsets of the modalities from which tuples were collected, ordered by size, then by {@link Subset#code()}.
     *
     * @param starts the start modalities that have a corpus, at least one
     * @param shared the modalities that both sides of the bond know
     * @throws dev.freebind.api.InvalidRequestException if a listed subset names another modality, or none of the shared
     *     modalities is a start and just those are wanted
     */
    default List<Subset> subsets(List<Modality> starts, Collection<Modality> shared) {
        return Subset.of(this, starts, shared);
    }
}
