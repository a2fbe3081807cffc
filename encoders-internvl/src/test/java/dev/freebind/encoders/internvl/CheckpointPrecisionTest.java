package dev.freebind.encoders.internvl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights in half precision are widened exactly, whatever their strides and wherever they lie in their storage. */
class CheckpointPrecisionTest {

    @ParameterizedTest
    @CsvSource({"bf16_sample.bin, bf16_expected, 12", "fp16_sample.bin, fp16_expected, 9"})
    void everyTensorHasTheOfficialValuesBitByBit(String file, String folder, int count) throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(Goldens.path("tiny/" + file));
                Stream<Path> files = Files.list(Goldens.path("tiny/" + folder))) {
            List<Path> expected = files.sorted().toList();
            assertThat(expected).hasSize(count);
            for (Path golden : expected) {
                String name = golden.getFileName().toString().replaceFirst("\\.npy$", "");
                assertThat(bits(checkpoint.floats(name)))
                        .as(name)
                        .isEqualTo(bits(NpyArray.read(golden).floats()));
            }
        }
    }

    /** Zeros keep their sign; NaN is NaN whatever its payload. */
    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToIntBits(values[i]);
        }
        return bits;
    }
}
