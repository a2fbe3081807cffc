package dev.freebind.tensorflow;

/**
 * A device that TensorFlow found on this machine.
 *
 * @param name TensorFlow's name for it, for example {@code /device:GPU:0}
 * @param type {@code CPU} or {@code GPU}
 * @param memoryBytes what TensorFlow allows itself to use there, in bytes; for the CPU it says nothing about the machine
 */
public record ComputeDevice(String name, String type, long memoryBytes) {

    /** Whether this is a GPU. */
    public boolean isGpu() {
        return type.equals("GPU");
    }
}
