package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.distribution.workflow.Engines;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.tensorflow.Device;
import jakarta.inject.Provider;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where to compute. */
final class DeviceOptions {

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "auto",
            converter = DeviceConverter.class,
            description = "auto, cpu or gpu; auto takes the first GPU that works (default: auto).")
    private Device device = Device.AUTO;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "CPU threads; 0 for one per core (default: 0).")
    private int threads;

    /** The engines there, not started. */
    Engines engines() {
        return new Engines(device, threads);
    }

    /** CPU threads; 0 for one per core. */
    int threads() {
        return threads;
    }

    /** Installed encoders, which compute where the command does unless they are told otherwise. */
    Supplier<EncoderRegistry> encoders(Provider<EncoderRegistry> installed) {
        return () -> device == Device.AUTO
                ? installed.get()
                : installed.get().withDefaults(Map.of(EncoderOption.DEVICE, device.toString()));
    }

    /** How many cores a CPU computes with. */
    int cores() {
        return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    }

    /** Reads the names that the documentation gives. */
    static final class DeviceConverter implements ITypeConverter<Device> {
        @Override
        public Device convert(String value) {
            try {
                return Device.parse(value);
            } catch (InvalidRequestException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
