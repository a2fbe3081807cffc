package dev.freebind.distribution.workflow;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.training.run.BindOptions;
import dev.freebind.training.run.BindRun;
import java.nio.file.Path;
import java.time.Clock;

/** A run of {@link BindRun} on these engines. */
public final class Binding {

    private Binding() {}

    /**
     * Binds.
     *
     * @throws dev.freebind.api.FreeBindException as {@link BindRun#run}
     */
    public static BindRun.Outcome run(
            Configuration configuration, Path output, BindOptions options, Engines engines, Progress progress) {
        return new BindRun(
                        configuration,
                        output,
                        options,
                        new BindRun.Engines(
                                engines.retrieval(),
                                engines.nearest(),
                                engines.training(),
                                engines.tuning(),
                                engines.routers(),
                                engines.inference()),
                        new BindRun.Environment(Engines.versions(), engines.host(), Clock.systemUTC()),
                        progress)
                .run();
    }
}
