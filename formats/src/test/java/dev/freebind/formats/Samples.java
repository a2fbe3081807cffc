package dev.freebind.formats;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;

/**
 * Files that other programs wrote (see {@code src/test/make_samples.py}; {@code pytorch/} was written by PyTorch 1.13 and is
 * part of the goldens of ImageBind's reader, with no weights of any model in it), and the shared goldens.
 */
public final class Samples {

    /** Values of the matrix {@code [3, 4]} in {@code numpy/f4.npy} and its siblings. */
    public static final float[] ROWS = {
        -0.5f, -0.375f, -0.25f, -0.125f, 0, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f
    };

    private Samples() {}

    /** A file among the test resources. */
    public static Path file(String name) {
        try {
            return Path.of(Objects.requireNonNull(Samples.class.getResource("/" + name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The folder of the goldens; skips the test visibly where there is none. */
    public static Path goldens() {
        Path goldens = Path.of(System.getProperty("freebind.root", ".."), "..", "shared", "goldens", "freebind");
        Assumptions.assumeTrue(Files.isDirectory(goldens), "no goldens at " + goldens);
        return goldens;
    }
}
