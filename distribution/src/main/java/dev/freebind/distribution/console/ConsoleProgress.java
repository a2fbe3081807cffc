package dev.freebind.distribution.console;

import dev.freebind.api.Progress;
import java.util.function.LongSupplier;

/**
 * Shows progress on a console: a bar that is drawn again in place on a terminal, a line every few seconds elsewhere, and in
 * both a last line when the work ends.
 *
 * <p>Draws only when work advances, so that it needs no thread of its own.
 */
public final class ConsoleProgress implements Progress {

    /** Time between drawings of the bar, in nanoseconds. */
    private static final long REDRAW = 100_000_000L;

    /** Time between lines where there is no terminal, in nanoseconds. */
    private static final long LINE = 5_000_000_000L;

    private final Console console;
    private final LongSupplier nanoTime;
    /** Guards the console: tasks may run at the same time. */
    private final Object screen = new Object();

    /**
     * Shows progress on {@code console.err()}.
     *
     * @param nanoTime a clock that never goes back, in nanoseconds, such as {@link System#nanoTime()}
     */
    public ConsoleProgress(Console console, LongSupplier nanoTime) {
        this.console = console;
        this.nanoTime = nanoTime;
    }

    @Override
    public Task start(String label, long total, String unit) {
        return new ShownTask(label, total, unit);
    }

    private final class ShownTask implements Task {

        private final String label;
        private final long total;
        private final String unit;
        private final long begin = nanoTime.getAsLong();
        private long shown = begin;
        private long done;
        private String remark = "";
        private boolean open = true;

        ShownTask(String label, long total, String unit) {
            this.label = label;
            this.total = total;
            this.unit = unit;
        }

        @Override
        public void advance(long units) {
            synchronized (screen) {
                done += units;
                showIfDue();
            }
        }

        @Override
        public void remark(String newRemark) {
            synchronized (screen) {
                remark = newRemark;
                showIfDue();
            }
        }

        private void showIfDue() {
            long now = nanoTime.getAsLong();
            if (!open || now - shown < (console.isTerminal() ? REDRAW : LINE)) {
                return;
            }
            shown = now;
            if (console.isTerminal()) {
                overwrite(snapshot().bar(console.columns()));
            } else {
                console.err().println(snapshot().line());
            }
            console.err().flush();
        }

        @Override
        public void close() {
            synchronized (screen) {
                if (!open) {
                    return;
                }
                open = false;
                if (console.isTerminal()) {
                    overwrite(snapshot().summary());
                    console.err().println();
                } else {
                    console.err().println(snapshot().summary());
                }
                console.err().flush();
            }
        }

        /** Back to the line's beginning, the text, and what was longer before erased. */
        private void overwrite(String text) {
            console.err().print("\r" + text + "\u001b[K");
        }

        private ProgressSnapshot snapshot() {
            return new ProgressSnapshot(label, unit, done, total, (nanoTime.getAsLong() - begin) / 1e9, remark);
        }
    }
}
