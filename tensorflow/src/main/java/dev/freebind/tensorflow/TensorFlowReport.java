package dev.freebind.tensorflow;

import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.tensorflow.TensorFlow;

/**
 * What there is of TensorFlow on this machine, for {@code freebind doctor}.
 *
 * @param version TensorFlow's version, for example {@code 2.18.0}; empty if it does not load
 * @param platform the native platform, for example {@code linux-x86_64}
 * @param devices what it can compute on; empty if it does not load
 * @param threads CPU threads that it would use
 * @param cuda TensorFlow's build and the CUDA libraries it needs, one by one
 * @param problem why it does not load; empty if it does
 */
public record TensorFlowReport(
        Optional<String> version,
        String platform,
        List<ComputeDevice> devices,
        int threads,
        CudaLibraries.Preparation cuda,
        Optional<String> problem) {

    /** Copies. */
    public TensorFlowReport {
        devices = List.copyOf(devices);
    }

    /** Loads TensorFlow and looks; what fails is in the report. */
    public static TensorFlowReport gather() {
        int threads = Runtime.getRuntime().availableProcessors();
        String platform = Loader.Detector.getPlatform();
        CudaLibraries.Preparation cuda = CudaLibraries.prepare();
        try {
            List<ComputeDevice> devices = Devices.list(TensorFlowRuntime.configuration(Device.AUTO, threads));
            return new TensorFlowReport(
                    Optional.of(TensorFlow.version()), platform, devices, threads, cuda, Optional.empty());
        } catch (LinkageError | IllegalStateException failure) {
            return failed(failure, platform, threads, cuda);
        }
    }

    private static TensorFlowReport failed(
            Throwable failure, String platform, int threads, CudaLibraries.Preparation cuda) {
        return new TensorFlowReport(
                Optional.empty(), platform, List.of(), threads, cuda, Optional.of(TensorFlowRuntime.reason(failure)));
    }

    /** Whether there is a GPU that TensorFlow can use. */
    public boolean hasGpu() {
        return devices.stream().anyMatch(ComputeDevice::isGpu);
    }
}
