package dev.freebind.distribution;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes Ctrl-C and SIGTERM the ordinary end of a command that runs until it is stopped: it closes what it has opened, and the
 * exit code is 0, where Java's own would look like a failure to whoever supervises the process.
 */
public final class StopSignal implements AutoCloseable {

    /** Longer than a server may take to stop; after that the process ends anyway. */
    private static final int LONGEST_SECONDS = 15;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    private StopSignal() {}

    /** Listens until it is closed. */
    public static StopSignal listen() {
        StopSignal signal = new StopSignal();
        Runtime.getRuntime().addShutdownHook(new Thread(signal::stop, "stop"));
        return signal;
    }

    @SuppressForbidden(reason = "an exit code of its own is only possible here, when the process ends already")
    private void stop() {
        if (closed.getCount() == 0) {
            return; // the command has ended by itself, and with its own exit code
        }
        asked.countDown();
        try {
            closed.await(LONGEST_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(ExitCode.DONE);
    }

    /**
     * Waits until the process is asked to end.
     *
     * @throws InterruptedException if the thread is interrupted before that
     */
    public void await() throws InterruptedException {
        asked.await();
    }

    /** The command has closed everything. */
    @Override
    public void close() {
        closed.countDown();
    }
}
