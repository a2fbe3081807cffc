package dev.freebind.bonds.router;

import dev.freebind.api.Modality;

/**
 * Names one router of a bound space.
 *
 * @param bond the routed combination
 * @param modality whose inputs it weighs the sources for
 */
public record RouterKey(String bond, Modality modality) {

    /** The file below the bound space's folder: {@code routers/<bond>/<modality>.safetensors}. */
    public String file() {
        return "routers/" + bond + "/" + modality + ".safetensors";
    }

    @Override
    public String toString() {
        return bond + "/" + modality;
    }
}
