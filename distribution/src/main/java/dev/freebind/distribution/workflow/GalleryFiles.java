package dev.freebind.distribution.workflow;

import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.bonds.product.Composition;
import dev.freebind.formats.npy.EmbeddingFiles;
import dev.freebind.formats.npy.EmbeddingShards;
import dev.freebind.search.Gallery;
import dev.freebind.search.metadata.Metadata;
import dev.freebind.search.metadata.MetadataFiles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A gallery whose embeddings are computed, block by block, from files or raw items when they are read. */
public final class GalleryFiles implements AutoCloseable {

    private final Gallery gallery;
    private final @Nullable Path folder;
    private final List<EmbeddingShards> opened;

    private GalleryFiles(Gallery gallery, @Nullable Path folder, List<EmbeddingShards> opened) {
        this.gallery = gallery;
        this.folder = folder;
        this.opened = opened;
    }

    /**
     * Opens embeddings that exist.
     *
     * @param embeddings files by leaf space; or by the searched space itself, which are then taken as they are
     * @param metadata files or globs; none for no metadata
     * @return to be closed by the caller
     * @throws InvalidRequestException if leaves are missing or useless, or dimensions or rows do not fit
     * @throws dev.freebind.api.DataException if files are missing or damaged
     */
    public static GalleryFiles ofEmbeddings(
            SearchedBoundSpace space,
            String name,
            Modality modality,
            Map<String, String> embeddings,
            List<String> metadata) {
        Map<String, EmbeddingShards> opened = new LinkedHashMap<>();
        try {
            boolean composed = !embeddings.keySet().equals(Set.of(space.space().name()));
            if (composed) {
                EmbeddingOutput.of(space.bound(), space.space().name(), modality, space.customisation())
                        .checkLeaves(embeddings.keySet());
            }
            embeddings.forEach((leaf, files) -> opened.put(leaf, EmbeddingFiles.open(List.of(files))));
            Embeddings rows = composed
                    ? space.embed(modality, Map.copyOf(opened))
                    : ready(space, modality, opened.values().iterator().next());
            GalleryFiles files = open(name, modality, rows, metadata, List.copyOf(opened.values()));
            opened.clear();
            return files;
        } finally {
            opened.values().forEach(EmbeddingShards::close);
        }
    }

    private static Embeddings ready(SearchedBoundSpace space, Modality modality, EmbeddingShards file) {
        if (file.dimension() != space.space().dimension()) {
            String name = space.space().name();
            if (space.bound().graph().hasTunedEncoder(name, modality)) {
                return space.embed(
                        modality, Map.of(name, file)); // what the tuned encoder gave, which goes by this name
            }
            throw new InvalidRequestException(file.origin() + " has dimension " + file.dimension() + ", but '"
                    + space.space().name() + "' has " + space.space().dimension());
        }
        return file.normalised();
    }

    /**
     * Encodes raw items when they are read; they are their own metadata if there is no other.
     *
     * @param metadata files or globs; none for the items' texts or paths
     * @return to be closed by the caller
     * @throws InvalidRequestException if leaves have no encoder
     * @throws dev.freebind.api.DataException if files are missing or damaged
     */
    public static GalleryFiles ofItems(
            SearchedBoundSpace space, String name, Modality modality, List<Item> items, List<String> metadata) {
        Embeddings rows = space.embed(
                modality,
                space.bound()
                        .encode(
                                Composition.compose(
                                        space.bound().graph(), space.space().name(), modality, space.customisation()),
                                items));
        if (!metadata.isEmpty()) {
            return open(name, modality, rows, metadata, List.of());
        }
        return new GalleryFiles(new Gallery(name, modality, rows, new ItemMetadata(items)), null, List.of());
    }

    private static GalleryFiles open(
            String name, Modality modality, Embeddings rows, List<String> patterns, List<EmbeddingShards> opened) {
        if (patterns.isEmpty()) {
            return new GalleryFiles(new Gallery(name, modality, rows, null), null, opened);
        }
        List<Path> files = MetadataFiles.files(patterns);
        Metadata metadata = MetadataFiles.open(files);
        boolean good = false;
        try {
            GalleryFiles gallery = new GalleryFiles(
                    new Gallery(name, modality, rows, metadata),
                    files.get(0).toAbsolutePath().normalize().getParent(),
                    opened);
            good = true;
            return gallery;
        } finally {
            if (!good) {
                metadata.close();
            }
        }
    }

    /** The items; valid until this is closed. */
    public Gallery gallery() {
        return gallery;
    }

    /** The folder of the metadata, where relative paths in it start; null if there is none. */
    public @Nullable Path folder() {
        return folder;
    }

    @Override
    public void close() {
        opened.forEach(EmbeddingShards::close);
        Metadata metadata = gallery.metadata();
        if (metadata != null) {
            metadata.close();
        }
    }
}
