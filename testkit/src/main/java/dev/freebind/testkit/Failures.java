package dev.freebind.testkit;

import org.jspecify.annotations.Nullable;

/** How a test says what is wrong and how to mend it. */
final class Failures {

    private Failures() {}

    static AssertionError failure(String what, String fix) {
        return failure(what, fix, null);
    }

    static AssertionError failure(String what, String fix, @Nullable Throwable cause) {
        return new AssertionError(what + "\nTo mend it: " + fix + ".", cause);
    }
}
