package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class ErrorReportTest {

    private static String printed(Throwable error, boolean verbose) {
        StringWriter err = new StringWriter();
        new ErrorReport(error).print(new PrintWriter(err, true), verbose);
        return err.toString();
    }

    @Test
    void aWrongRequestIsExitTwoAndOnlyItsMessage() {
        InvalidRequestException error = new InvalidRequestException("no such space 'x'");

        assertThat(new ErrorReport(error).exitCode()).isEqualTo(2);
        assertThat(printed(error, false).lines()).containsExactly("freebind: no such space 'x'");
    }

    @Test
    void damagedDataIsExitOneAndOnlyItsMessage() {
        DataException error = new DataException("a.npy, row 3: not finite");

        assertThat(new ErrorReport(error).exitCode()).isEqualTo(1);
        assertThat(printed(error, false).lines()).containsExactly("freebind: a.npy, row 3: not finite");
    }

    @Test
    void anUnforeseenErrorShowsNeitherClassNorStackUnlessAskedFor() {
        IllegalStateException error = new IllegalStateException("odd");

        assertThat(printed(error, false))
                .startsWith("freebind: odd")
                .contains("--verbose")
                .doesNotContain("Exception");
        assertThat(printed(error, true)).contains("IllegalStateException", "ErrorReportTest");
        assertThat(printed(new NullPointerException(), false))
                .contains("something unexpected")
                .doesNotContain("null");
    }

    @Test
    void aWrappedErrorCountsAsWhatItWraps() {
        assertThat(new ErrorReport(new CompletionException(new InvalidRequestException("bad"))).exitCode())
                .isEqualTo(2);
        assertThat(printed(new UncheckedIOException(new NoSuchFileException("/a/b.npy")), false))
                .startsWith("freebind: /a/b.npy: no such file or folder")
                .doesNotContain("NoSuchFile");
    }

    @Test
    void aFullHeapSaysHowToGiveMore() {
        assertThat(printed(new OutOfMemoryError("Java heap space"), false)).contains("FREEBIND_OPTS=-Xmx");
    }
}
