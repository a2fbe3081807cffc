package dev.freebind.search;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Embeddings;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import java.util.List;
import java.util.Map;

/** The space that is searched: a space of a bound space under chosen factors. Safe for use from several threads. */
public interface SearchedSpace {

    /** Name, dimension and modalities. */
    EmbeddingSpace space();

    /** The modalities whose raw items can be embedded: every leaf space that they need has an encoder. */
    List<Modality> encodable();

    /**
     * Changes whenever the same input would get another embedding: what an index and its queries must agree in.
     */
    String fingerprint();

    /**
     * Embeds a raw item through the encoders of the leaf spaces.
     *
     * @return {@code [dimension] float32} of unit length
     * @throws dev.freebind.api.InvalidRequestException if the space does not know the modality, or a leaf has no encoder
     * @throws dev.freebind.api.DataException if the item cannot be read
     */
    float[] embed(Modality modality, Item item);

    /**
     * Embeds items that the leaf spaces have embedded already.
     *
     * @param leaves embeddings of the same items by leaf space
     * @return unit rows, computed when read, valid as long as the leaves
     * @throws dev.freebind.api.InvalidRequestException if a leaf that is needed is missing, or rows or dimensions do not fit
     */
    Embeddings embed(Modality modality, Map<String, Embeddings> leaves);
}
