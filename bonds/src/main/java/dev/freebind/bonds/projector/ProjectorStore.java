package dev.freebind.bonds.projector;

/** Where the trained projectors of a bound space are read from. */
@FunctionalInterface
public interface ProjectorStore {

    /**
     * Reads one projector.
     *
     * @throws dev.freebind.api.DataException if it is missing or damaged, naming the file
     */
    ProjectorWeights read(ProjectorKey key);
}
