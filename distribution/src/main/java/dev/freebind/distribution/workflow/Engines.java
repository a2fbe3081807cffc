package dev.freebind.distribution.workflow;

import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.execution.ModalityTuning;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.ProjectorTraining;
import dev.freebind.bonds.execution.RouterTraining;
import dev.freebind.bonds.execution.SoftRetrieval;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.training.projector.TensorFlowInference;
import dev.freebind.training.projector.TensorFlowModalityTuning;
import dev.freebind.training.projector.TensorFlowProjectorTraining;
import dev.freebind.training.projector.TensorFlowRouterTraining;
import dev.freebind.training.retrieval.TensorFlowNearestItems;
import dev.freebind.training.retrieval.TensorFlowSoftRetrieval;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.TensorFlow;

/**
 * The numerical engines on one device. TensorFlow is loaded when the first one is needed, so that a wrong request is refused
 * before that.
 */
public final class Engines {

    private final Device device;
    private final int threads;
    private @Nullable TensorFlowRuntime runtime;

    /**
     * Engines of a device; nothing is loaded yet.
     *
     * @param threads CPU threads; 0 for one per core
     */
    public Engines(Device device, int threads) {
        this.device = device;
        this.threads = threads;
    }

    /**
     * TensorFlow, loaded.
     *
     * @throws dev.freebind.api.InvalidRequestException if the device is not there, or TensorFlow does not load
     */
    private synchronized TensorFlowRuntime runtime() {
        TensorFlowRuntime started = runtime;
        if (started == null) {
            started = TensorFlowRuntime.start(device, threads);
            runtime = started;
        }
        return started;
    }

    /** Soft retrieval, for collection. */
    public SoftRetrieval retrieval() {
        return new TensorFlowSoftRetrieval(runtime());
    }

    /** Projector training. */
    public ProjectorTraining training() {
        return new TensorFlowProjectorTraining(runtime());
    }

    /** Tuning of a modality on paired data. */
    public ModalityTuning tuning() {
        return new TensorFlowModalityTuning(runtime());
    }

    /** Router training. */
    public RouterTraining routers() {
        return new TensorFlowRouterTraining(runtime());
    }

    /** Exact search, for item tuples and evaluation. */
    public NearestItems nearest() {
        return new TensorFlowNearestItems(runtime());
    }

    /** Makes inferences over projectors; making one loads TensorFlow. */
    public Inference.Factory inference() {
        return weights -> new TensorFlowInference(runtime(), weights);
    }

    /** What provenance says about the machine: device, threads, operating system, processors. */
    public Map<String, String> host() {
        Map<String, String> host = new LinkedHashMap<>();
        host.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        host.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        host.put("device", runtime().device().name());
        host.put("threads", Integer.toString(runtime().threads()));
        return host;
    }

    /** The versions of what computes. */
    public static Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("freebind", InstalledVersion.number());
        versions.put("java", System.getProperty("java.version"));
        versions.put("tensorflow", TensorFlow.version());
        return versions;
    }
}
