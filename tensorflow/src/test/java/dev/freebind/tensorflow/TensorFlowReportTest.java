package dev.freebind.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.tensorflow.CudaLibraries.Library;
import dev.freebind.tensorflow.CudaLibraries.Preparation;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class TensorFlowReportTest {

    @Test
    void namesVersionPlatformDevicesAndThreads() {
        TensorFlowReport report = TensorFlowReport.gather();
        assertThat(report.problem()).isEmpty();
        assertThat(report.version())
                .hasValueSatisfying(version -> assertThat(version).startsWith("2."));
        assertThat(report.platform()).matches("[a-z]+-[a-z0-9_]+");
        assertThat(report.devices())
                .anySatisfy(device -> assertThat(device.type()).isEqualTo("CPU"));
        assertThat(report.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void theCpuBuildLooksForNoCudaLibraryAndSaysHowToGetTheGpuBuild() {
        Preparation cuda = CudaLibraries.prepare();
        Assumptions.assumeFalse(cuda.gpuBuild(), "this is the GPU build");
        assertThat(cuda.libraries()).isEmpty();
        assertThat(cuda.explanation()).contains("./mvnw -Pgpu").contains("--device cpu");
        assertThat(TensorFlowReport.gather().hasGpu()).isFalse();
    }

    @Test
    void aGpuBuildNamesTheLibrariesThatAreNotThere() {
        Preparation cuda = new Preparation(
                true,
                List.of(
                        new Library("libcudart.so.12", Library.State.BUNDLED, "cache"),
                        new Library("libcudnn.so.9", Library.State.MISSING, "nowhere"),
                        new Library("libnccl.so.2", Library.State.FAILED, "wrong machine")));
        assertThat(cuda.explanation())
                .contains("libcudnn.so.9 (nowhere)")
                .contains("libnccl.so.2 (wrong machine)")
                .contains("LD_LIBRARY_PATH")
                .doesNotContain("libcudart");
    }

    @Test
    void aGpuBuildWithAllLibrariesPointsToTheDriver() {
        Preparation cuda =
                new Preparation(true, List.of(new Library("libcudart.so.12", Library.State.INSTALLED, "cuda/lib64")));
        assertThat(cuda.explanation()).contains("nvidia-smi");
    }

    @Test
    void theReasonOfAFailureIsItsInnermostMessage() {
        Error failure = new NoClassDefFoundError("Could not initialize class X");
        failure.initCause(new ExceptionInInitializerError(new UnsatisfiedLinkError("libm.so.6: version not found")));
        assertThat(TensorFlowRuntime.reason(failure)).isEqualTo("libm.so.6: version not found");
        assertThat(TensorFlowRuntime.reason(new NoClassDefFoundError())).isEqualTo("NoClassDefFoundError");
    }
}
