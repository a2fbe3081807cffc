package dev.freebind.tensorflow;

import dev.freebind.api.InvalidRequestException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;

/**
 * TensorFlow, loaded and set up: which device computes, with how many threads. Makes sessions that all share this set-up.
 *
 * <p>The first runtime of a process decides the number of threads: TensorFlow keeps one pool for all sessions of a process.
 * With the same number of threads, sessions on the CPU give the same bits in every run.
 */
public final class TensorFlowRuntime {

    private static final Logger LOG = LoggerFactory.getLogger(TensorFlowRuntime.class);

    private final ConfigProto configuration;
    private final ComputeDevice device;
    private final int threads;

    private TensorFlowRuntime(ConfigProto configuration, ComputeDevice device, int threads) {
        this.configuration = configuration;
        this.device = device;
        this.threads = threads;
    }

    /**
     * Loads TensorFlow and chooses the device.
     *
     * @param wanted where to compute
     * @param threads how many CPU threads compute; 0 for one per core
     * @throws InvalidRequestException if TensorFlow cannot be loaded here, if a GPU is wanted and there is none, or if
     *     {@code threads} is negative
     */
    public static TensorFlowRuntime start(Device wanted, int threads) {
        if (threads < 0) {
            throw new InvalidRequestException(
                    "--threads " + threads + " is not possible; use 1 or more, or 0 for one per core");
        }
        int effective = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        if (wanted != Device.CPU) {
            CudaLibraries.prepare();
        }
        ConfigProto configuration = configuration(wanted, effective);
        List<ComputeDevice> devices;
        try {
            devices = Devices.list(configuration);
        } catch (LinkageError failure) {
            throw new InvalidRequestException(
                    "TensorFlow's native library does not load on this machine (" + System.getProperty("os.name") + ", "
                            + System.getProperty("os.arch") + "): " + reason(failure)
                            + "; run `freebind doctor` to see what is missing",
                    failure);
        }
        ComputeDevice chosen = devices.stream()
                .filter(ComputeDevice::isGpu)
                .findFirst()
                .orElseGet(() -> devices.stream()
                        .filter(device -> device.type().equals("CPU"))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("TensorFlow lists no CPU among " + devices)));
        if (wanted == Device.GPU && !chosen.isGpu()) {
            throw new InvalidRequestException("--device gpu: TensorFlow found no GPU. "
                    + CudaLibraries.prepare().explanation());
        }
        LOG.debug("TensorFlow computes on {} with {} threads", chosen.name(), effective);
        return new TensorFlowRuntime(configuration, chosen, effective);
    }

    /** A new, empty graph with its session on this runtime's device; the caller closes it. */
    public GraphSession session() {
        return new GraphSession(configuration);
    }

    /** The device that computes. */
    public ComputeDevice device() {
        return device;
    }

    /** How many CPU threads compute. */
    public int threads() {
        return threads;
    }

    /** The innermost message, which names the library that is missing; the outer ones only say what was being initialised. */
    static String reason(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String message = innermost.getMessage();
        return message == null ? innermost.getClass().getSimpleName() : message;
    }

    static ConfigProto configuration(Device wanted, int threads) {
        ConfigProto.Builder configuration = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(threads)
                .setAllowSoftPlacement(true)
                // Takes GPU memory as it is needed instead of all of it at the start, which would shut out everybody
                // else.
                .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true));
        if (wanted == Device.CPU) {
            configuration.putDeviceCount("GPU", 0);
        }
        return configuration.build();
    }
}
