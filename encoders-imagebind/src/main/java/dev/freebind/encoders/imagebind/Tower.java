package dev.freebind.encoders.imagebind;

import dev.freebind.formats.checkpoint.TensorClaims;

/** The parts of the model that are used, by the names of their tensors. */
enum Tower {
    /** Images. */
    VISION("vision"),
    /** Clips of sounds. */
    AUDIO("audio"),
    /** Captions. */
    TEXT("text");

    private final String key;

    Tower(String key) {
        this.key = key;
    }

    /** As in the names of tensors and of the configuration's keys. */
    String key() {
        return key;
    }

    /** What comes before the transformer. */
    String preprocessor() {
        return "modality_preprocessors." + key;
    }

    /** The transformer. */
    String trunk() {
        return "modality_trunks." + key;
    }

    /** What makes an embedding of a token. */
    String head() {
        return "modality_heads." + key;
    }

    /** The logit scale, if there is one. */
    String postprocessor() {
        return "modality_postprocessors." + key;
    }

    /** Width of the transformer. */
    long width(TensorClaims claims) {
        return claims.shape(trunk() + ".blocks.0.norm_1.weight", 1).length(0);
    }

    /** Number of blocks of the transformer. */
    int blocks(TensorClaims claims) {
        return claims.count(trunk() + ".blocks.");
    }

    @Override
    public String toString() {
        return key;
    }
}
