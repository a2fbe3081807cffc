package dev.freebind.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.tensorflow.CudaLibraries.Library;
import dev.freebind.tensorflow.CudaLibraries.Preparation;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CudaLibrariesTest {

    @Test
    void theCpuBuildLooksForNoCudaLibraryAndSaysHowToGetTheGpuBuild() {
        Preparation cuda = CudaLibraries.prepare();
        Assumptions.assumeFalse(cuda.gpuBuild(), "this is the GPU build");
        assertThat(cuda.libraries()).isEmpty();
        assertThat(cuda.explanation()).contains("./mvnw -Pgpu").contains("--device cpu");
        assertThat(TensorFlowRuntime.start(Device.AUTO, 0).device().isGpu()).isFalse();
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
}
