package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process loads before it works. */
class StartUpTest {

    @ParameterizedTest
    @ValueSource(strings = {"--help", "bind --help", "completion", "encoders", "--version"})
    void askingForHelpLoadsNoTensorFlow(String arguments) throws Exception {
        String loaded = run(arguments);

        assertThat(loaded).contains("dev.freebind.distribution.FreeBind ");
        assertThat(loaded.lines().filter(line -> line.contains("org.tensorflow.") || line.contains("org.bytedeco.")))
                .isEmpty();
    }

    @Test
    void theDoctorDoesLoadTensorFlowSoThatThisTestCanFail() throws Exception {
        assertThat(run("doctor")).contains("org.tensorflow.TensorFlow ");
    }

    private static String run(String arguments) throws Exception {
        java.util.List<String> command = new java.util.ArrayList<>(java.util.List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load=info",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.freebind.distribution.FreeBind"));
        command.addAll(java.util.List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
