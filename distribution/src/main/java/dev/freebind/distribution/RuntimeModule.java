package dev.freebind.distribution;

import dagger.Module;
import dagger.Provides;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.distribution.command.FreeBindCommand;
import dev.freebind.distribution.console.Console;
import dev.freebind.distribution.console.ConsoleProgress;
import dev.freebind.distribution.doctor.Surroundings;
import dev.freebind.spi.encoders.EncoderRegistry;
import jakarta.inject.Singleton;

/** What commands use: encoders, progress, the machine. */
@Module
final class RuntimeModule {

    private RuntimeModule() {}

    @Provides
    @Singleton
    static EncoderRegistry encoders(Surroundings surroundings, CommandResources resources) {
        EncoderRegistry registry =
                EncoderRegistry.discover(RuntimeModule.class.getClassLoader(), surroundings.pluginFolders());
        resources.closeAtTheEnd(registry::close);
        return registry;
    }

    /** Asked for while a command runs, when the options are known. */
    @Provides
    static Progress progress(FreeBindCommand options, Console console) {
        return options.isQuiet() ? Progress.SILENT : new ConsoleProgress(console, System::nanoTime);
    }

    @Provides
    static ConfigurationReader configurationReader() {
        return new ConfigurationReader();
    }

    @Provides
    static Surroundings surroundings() {
        return Surroundings.current();
    }
}
