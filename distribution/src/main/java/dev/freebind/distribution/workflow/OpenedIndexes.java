package dev.freebind.distribution.workflow;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.Exclusion;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import dev.freebind.search.Gallery;
import dev.freebind.search.index.IndexFolder;
import dev.freebind.search.index.IndexManifest;
import dev.freebind.training.BoundSpace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Indexes of one space under the same choices, and that space for queries.
 *
 * @param space queries are embedded as the indexes were
 * @param indexes at least one
 */
public record OpenedIndexes(SearchedBoundSpace space, List<IndexFolder> indexes) implements AutoCloseable {

    /** Copies. */
    public OpenedIndexes {
        indexes = List.copyOf(indexes);
    }

    /**
     * Opens indexes.
     *
     * @param bound what they were made with; the caller's to close after this
     * @param folders at least one
     * @return to be closed by the caller
     * @throws InvalidRequestException if a folder is no index, was made with something else, or two do not agree
     * @throws dev.freebind.api.DataException if one is damaged
     */
    public static OpenedIndexes open(BoundSpace bound, List<Path> folders) {
        List<IndexFolder> opened = new ArrayList<>();
        boolean good = false;
        try {
            for (Path folder : folders) {
                opened.add(IndexFolder.open(folder));
            }
            IndexManifest first = opened.get(0).manifest();
            for (IndexFolder other : opened) {
                checkAgree(opened.get(0), other);
            }
            SearchedBoundSpace space =
                    new SearchedBoundSpace(bound, first.space(), customisation(bound.graph(), first));
            opened.forEach(index -> index.check(space));
            good = true;
            return new OpenedIndexes(space, opened);
        } finally {
            if (!good) {
                opened.forEach(IndexFolder::close);
            }
        }
    }

    private static void checkAgree(IndexFolder one, IndexFolder other) {
        if (!one.manifest().space().equals(other.manifest().space())
                || !one.manifest().fingerprint().equals(other.manifest().fingerprint())) {
            throw new InvalidRequestException(
                    "indexes " + one.folder() + " ('" + one.manifest().space() + "') and "
                            + other.folder() + " ('" + other.manifest().space()
                            + "') were made in different spaces or with different factors; one query cannot search both");
        }
    }

    private static Customisation customisation(BondGraph graph, IndexManifest manifest) {
        Set<Exclusion> without = new LinkedHashSet<>();
        manifest.without().forEach(expert -> without.add(Exclusion.parse(graph, expert)));
        return new Customisation(
                manifest.factors().isEmpty()
                        ? FactorSettings.CONFIGURED
                        : FactorSettings.parse(graph, manifest.factors()),
                without,
                ProjectorSelection.parse(manifest.projectors()),
                Map.of());
    }

    /** The items of all. */
    public List<Gallery> galleries() {
        return indexes.stream().map(IndexFolder::gallery).toList();
    }

    @Override
    public void close() {
        indexes.forEach(IndexFolder::close);
    }
}
