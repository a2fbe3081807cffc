package dev.freebind.distribution.doctor;

import dev.freebind.spi.encoders.EncoderRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.util.List;

/** Examines the installation. */
public final class Doctor {

    private final List<Check> checks;

    /** Looks at the given surroundings; the registry is only asked for when the examination gets there. */
    @Inject
    public Doctor(Surroundings surroundings, Provider<EncoderRegistry> registry) {
        checks = List.of(
                new JavaCheck(surroundings),
                new MemoryCheck(surroundings),
                new DiskCheck(surroundings),
                new TensorFlowCheck(),
                new PluginCheck(surroundings, registry));
    }

    /** All findings, in reading order. */
    public List<Finding> examine() {
        return checks.stream().flatMap(check -> check.run().stream()).toList();
    }
}
