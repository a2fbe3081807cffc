package dev.freebind.bonds.product;

import dev.freebind.api.DataException;
import dev.freebind.bonds.projector.ProjectorFile;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.router.RouterFile;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.bonds.router.RouterWeights;
import java.nio.file.Path;

/** Where the trained networks of a bound space are read from: its folder, or, without routers, anything that has projectors. */
@FunctionalInterface
public interface WeightStore {

    /**
     * Reads one projector.
     *
     * @throws DataException if it is missing or damaged, naming the file
     */
    ProjectorWeights projector(ProjectorKey key);

    /**
     * Reads one router; a store that has projectors only has none.
     *
     * @throws DataException if it is missing or damaged, naming the file
     */
    default RouterWeights router(RouterKey key) {
        throw new DataException(key.file() + ": not found");
    }

    /** The networks in the folder of a bound space. */
    static WeightStore of(Path boundSpace) {
        return new WeightStore() {
            @Override
            public ProjectorWeights projector(ProjectorKey key) {
                return ProjectorFile.read(boundSpace.resolve(key.file()));
            }

            @Override
            public RouterWeights router(RouterKey key) {
                return RouterFile.read(boundSpace.resolve(key.file()));
            }
        };
    }
}
