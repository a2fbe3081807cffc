package dev.freebind.distribution;

import dagger.BindsInstance;
import dagger.Component;
import dev.freebind.distribution.console.Console;
import jakarta.inject.Singleton;

/** All pieces of the program, made when they are first needed: asking for help loads no TensorFlow. */
@Singleton
@Component(modules = {CommandModule.class, RuntimeModule.class})
public interface Wiring {

    /** The command line. */
    FreeBindCommandLine commandLine();

    /** Makes the wiring. */
    static Factory factory() {
        return DaggerWiring.factory();
    }

    /** Takes what comes from outside. */
    @Component.Factory
    interface Factory {
        /** Wires the program to a console. */
        Wiring create(@BindsInstance Console console);
    }
}
