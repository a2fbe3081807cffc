package dev.freebind.evaluation.leak;

import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.RawItems;

/** What raw items contain, as hashes. */
@FunctionalInterface
public interface ContentHashes {

    /**
     * Hands over the SHA-256 of every item in order: of a text without spaces around it, or of a file's bytes.
     *
     * @param items as the configuration names them
     * @throws dev.freebind.api.DataException if an item cannot be read
     */
    void read(RawItems items, Modality modality, Consumer consumer);

    /** Receives hashes. */
    @FunctionalInterface
    interface Consumer {
        /** Takes one item's hash; items count from 0. */
        void accept(long item, String sha256);
    }
}
