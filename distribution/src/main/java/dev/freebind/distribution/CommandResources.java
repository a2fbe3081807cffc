package dev.freebind.distribution;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayDeque;
import java.util.Deque;

/** What stays open until the command ends, closed in the opposite order of opening. */
@Singleton
final class CommandResources implements AutoCloseable {

    /** Closed without a checked exception. */
    interface Resource extends AutoCloseable {
        @Override
        void close();
    }

    private final Deque<Resource> opened = new ArrayDeque<>();

    @Inject
    CommandResources() {}

    /** Notes what is to be closed. */
    void closeAtTheEnd(Resource resource) {
        opened.push(resource);
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }
}
