package dev.freebind.bonds.product;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.projector.Subset;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which projectors of every source take part in a mixture (paper table 8 measures single ones).
 *
 * @param subsets the start modalities of those that do, none twice, sorted; empty for all that were trained
 */
public record ProjectorSelection(List<Subset> subsets) {

    /** All that were trained. */
    public static final ProjectorSelection ALL = new ProjectorSelection(List.of());

    /** Sorts and copies. */
    public ProjectorSelection {
        subsets = List.copyOf(new TreeSet<>(subsets));
    }

    /**
     * Reads {@code all}, or codes such as {@code VAT} or {@code A,T}.
     *
     * @throws InvalidRequestException if a code is not one
     */
    public static ProjectorSelection parse(String text) {
        return text.strip().equals("all")
                ? ALL
                : new ProjectorSelection(List.of(text.split(",", -1)).stream()
                        .map(code -> Subset.parse(code.strip()))
                        .toList());
    }

    /**
     * Those of the trained ones that are selected.
     *
     * @param owner whose projectors, for the message
     * @param trained what there is
     * @throws InvalidRequestException if a selected one was not trained, listing those that were
     */
    List<Subset> among(String owner, List<Subset> trained) {
        if (subsets.isEmpty()) {
            return trained;
        }
        for (Subset subset : subsets) {
            if (!trained.contains(subset)) {
                throw new InvalidRequestException("there is no projector " + subset + " of " + owner + "; there are: "
                        + trained.stream().map(Subset::code).collect(Collectors.joining(", ")));
            }
        }
        return subsets;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return subsets.isEmpty() ? "all" : subsets.stream().map(Subset::code).collect(Collectors.joining(","));
    }
}
