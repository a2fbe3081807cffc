package dev.freebind.search.server;

import java.time.Duration;

/** Counts the requests that are being answered, so that a server can stop between them. Safe for use from several threads. */
final class RequestsUnderWay {

    private int count;
    private boolean stopping;

    /**
     * Announces a request; {@link #end} must follow.
     *
     * @return false if the server is stopping, so that the request is to be refused
     */
    synchronized boolean begin() {
        count++;
        return !stopping;
    }

    /** Ends a request that began. */
    synchronized void end() {
        count--;
        notifyAll();
    }

    /** From now on no request is to be answered. */
    synchronized void stop() {
        stopping = true;
    }

    /** Waits until none is under way, but no longer than that. */
    synchronized void awaitNone(Duration longest) throws InterruptedException {
        long deadline = System.nanoTime() + longest.toNanos();
        for (long left = longest.toMillis(); count > 0 && left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }
}
