package dev.freebind.evaluation.task;

import dev.freebind.api.DataException;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with data files, so that all of it can be reported at once. */
final class Problems {

    private static final int SHOWN = 20;

    private final List<String> messages = new ArrayList<>();
    private int count;

    /** Notes a problem; beyond the first twenty only their number is kept. */
    void add(String message) {
        count++;
        if (messages.size() < SHOWN) {
            messages.add(message);
        }
    }

    /** Throws all problems as one {@link DataException}, if there are any. */
    void throwIfAny() {
        if (count == 1) {
            throw new DataException(messages.get(0));
        }
        if (count > 1) {
            throw new DataException(count + " problems in the evaluation's data:\n  " + String.join("\n  ", messages)
                    + (count > SHOWN ? "\n  … and " + (count - SHOWN) + " more" : ""));
        }
    }
}
