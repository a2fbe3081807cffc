package dev.freebind.benchmarks.jmh;

import dev.freebind.tensorflow.TensorFlowRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.TensorFlow;

/** What a benchmark ran on. */
final class Machine {

    private Machine() {}

    /** Processor, cores, operating system, JDK, TensorFlow and its device, on one line. */
    static String description(TensorFlowRuntime runtime) {
        return processor() + ", " + Runtime.getRuntime().availableProcessors() + " cores; "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch") + "; "
                + System.getProperty("java.vm.name") + " " + Runtime.version() + "; TensorFlow " + TensorFlow.version()
                + " on " + runtime.device().name() + " with " + runtime.threads() + " threads";
    }

    private static String processor() {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
            return lines.stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown processor");
        } catch (IOException elsewhere) {
            return "unknown processor";
        }
    }
}
