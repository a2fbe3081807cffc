package dev.freebind.tensorflow;

import dev.freebind.api.InvalidRequestException;
import java.util.Locale;

/** Where to compute: the value of {@code --device}. */
public enum Device {
    /** The first GPU that TensorFlow can use, else the CPU. */
    AUTO,
    /** The CPU, even where there is a GPU. Only here do the same seed and thread count give the same bytes. */
    CPU,
    /** The first GPU; starting the runtime fails where there is none. */
    GPU;

    /**
     * Reads {@code auto}, {@code cpu} or {@code gpu}.
     *
     * @throws InvalidRequestException for anything else
     */
    public static Device parse(String name) {
        for (Device device : values()) {
            if (device.toString().equals(name)) {
                return device;
            }
        }
        throw new InvalidRequestException("--device " + name + " is not known; allowed are auto, cpu and gpu");
    }

    /** As written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
