package dev.freebind.distribution.doctor;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.tensorflow.ComputeDevice;
import dev.freebind.tensorflow.CudaLibraries;
import dev.freebind.tensorflow.CudaLibraries.Library;
import dev.freebind.tensorflow.Device;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.TensorFlow;

/** Loads TensorFlow as training would, and names the device it computes on and the CUDA libraries it lacks. */
final class TensorFlowCheck implements Check {

    @Override
    public List<Finding> run() {
        List<Finding> findings = new ArrayList<>();
        try {
            ComputeDevice device = TensorFlowRuntime.start(Device.AUTO, 0).device();
            findings.add(Finding.ok("TensorFlow", TensorFlow.version() + ", native library loads"));
            findings.add(device(device));
        } catch (InvalidRequestException | LinkageError e) {
            findings.add(
                    Finding.problem(
                            "TensorFlow",
                            String.valueOf(e.getMessage()),
                            "build FreeBind on this machine with ./mvnw package, so that the native library of this system is taken"));
        }
        for (Library library : CudaLibraries.prepare().libraries()) {
            String found = library.file() + ": " + library.detail();
            findings.add(
                    switch (library.state()) {
                        case BUNDLED, INSTALLED -> Finding.ok("CUDA", found);
                        case MISSING, FAILED ->
                            Finding.note(
                                    "CUDA", found, "install CUDA 12 with cuDNN 9, or build with ./mvnw -Pgpu package");
                    });
        }
        return findings;
    }

    private static Finding device(ComputeDevice device) {
        String found = device.name() + " (" + device.type() + ")";
        if (device.isGpu()) {
            return Finding.ok("Device", found + ", " + Bytes.text(device.memoryBytes()));
        }
        CudaLibraries.Preparation cuda = CudaLibraries.prepare();
        return Finding.note(
                "Device",
                found + ": "
                        + (cuda.gpuBuild() ? "no GPU was found" : "a GPU would not be used")
                        + ", everything is computed on the CPU",
                cuda.explanation());
    }
}
