package dev.freebind.bonds.projector;

/**
 * Names one projector of a bound space.
 *
 * @param bond the bond it belongs to
 * @param source the space it projects
 * @param subset the start modalities of the tuples it was trained on
 */
public record ProjectorKey(String bond, String source, Subset subset) {

    /** The file below the bound space's folder: {@code projectors/<bond>/<source>/<subset>.safetensors}. */
    public String file() {
        return "projectors/" + bond + "/" + source + "/" + subset.code() + ".safetensors";
    }

    @Override
    public String toString() {
        return bond + "/" + source + "/" + subset.code();
    }
}
