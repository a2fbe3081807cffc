package dev.freebind.distribution.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {

    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong clock = new AtomicLong();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private Progress progress(int columns) {
        return new ConsoleProgress(
                new Console(new PrintWriter(out, true), new PrintWriter(err, true), columns), clock::get);
    }

    @Test
    void aTerminalGetsABarThatIsDrawnAgainInPlace() {
        try (Progress.Task task = progress(100).start("vt-u: pairs from text", 1000, "rows")) {
            clock.addAndGet(SECOND);
            task.advance(250);
            clock.addAndGet(SECOND);
            task.advance(250);
        }

        assertThat(err.toString())
                .contains("\rvt-u: pairs from text ▕█████               ▏  25 %  250/1,000 rows, 250/s, 3.0 s left")
                .contains("\rvt-u: pairs from text ▕██████████          ▏  50 %  500/1,000 rows, 250/s, 2.0 s left");
    }

    @Test
    void theBarIsNotDrawnMoreThanTenTimesASecond() {
        try (Progress.Task task = progress(100).start("a", 1000, "rows")) {
            for (int i = 0; i < 1000; i++) {
                clock.addAndGet(SECOND / 1000);
                task.advance(1);
            }
        }

        assertThat(err.toString().chars().filter(c -> c == '\r').count()).isEqualTo(11);
    }

    @Test
    void aNarrowTerminalCutsTheLine() {
        try (Progress.Task task = progress(30).start("vt-u-plusplus: pairs from text", 1000, "rows")) {
            clock.addAndGet(SECOND);
            task.advance(250);
        }

        String bar = err.toString().split("\r", -1)[1].replace("\u001b[K", "");
        assertThat(bar).hasSizeLessThan(30).endsWith("…");
    }

    @Test
    void aFileGetsALineEveryFiveSecondsAndASummary() {
        try (Progress.Task task = progress(0).start("train", 20, "steps")) {
            for (int i = 0; i < 12; i++) {
                clock.addAndGet(SECOND);
                task.remark("loss " + i);
                task.advance(1);
            }
        }

        assertThat(err.toString().lines())
                .containsExactly(
                        "train: 20 %, 4/20 steps, 0.8/s, 20 s left (loss 4)",
                        "train: 45 %, 9/20 steps, 0.9/s, 12 s left (loss 9)",
                        "train: 12 of 20 steps in 12 s (loss 11)");
        assertThat(err.toString()).doesNotContain("\r", "\u001b");
    }

    @Test
    void workOfUnknownLengthShowsWhatIsDone() {
        try (Progress.Task task = progress(0).start("embed", -1, "items")) {
            clock.addAndGet(6 * SECOND);
            task.advance(3_000_000);
        }

        assertThat(err.toString().lines())
                .containsExactly("embed: 3.00M items, 500,000/s", "embed: 3.00M items in 6.0 s");
    }

    @Test
    void closingTwiceSaysItOnceAndNothingGoesToStandardOutput() {
        Progress.Task task = progress(0).start("train", 1, "steps");
        task.advance(1);
        task.close();
        task.close();

        assertThat(err.toString().lines()).containsExactly("train: 1 steps in 0.0 s");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void durationsReadLikeDurations() {
        assertThat(ProgressSnapshot.duration(3.24)).isEqualTo("3.2 s");
        assertThat(ProgressSnapshot.duration(59.4)).isEqualTo("59 s");
        assertThat(ProgressSnapshot.duration(250)).isEqualTo("4 min 10 s");
        assertThat(ProgressSnapshot.duration(7500)).isEqualTo("2 h 5 min");
    }
}
