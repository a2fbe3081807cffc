package dev.freebind.bonds.configuration;

import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Expands {@code ${VAR}} and {@code ${VAR:-default}}; a default counts where the variable is unset or empty. */
final class Variables {

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?}");

    private final Function<String, @Nullable String> environment;
    private final boolean keepUnset;

    Variables(Function<String, @Nullable String> environment) {
        this(environment, false);
    }

    private Variables(Function<String, @Nullable String> environment, boolean keepUnset) {
        this.environment = environment;
        this.keepUnset = keepUnset;
    }

    /** The same variables, but one that is unset stays as written: a path may never be used. */
    Variables keepingUnset() {
        return new Variables(environment, true);
    }

    /** The first variable in a text that {@link #keepingUnset()} left as written; null if there is none. */
    static @Nullable String unset(String expanded) {
        Matcher matcher = VARIABLE.matcher(expanded);
        return matcher.find() ? matcher.group(1) : null;
    }

    /** The text with its variables expanded, or why that is not possible. */
    Expansion expand(String written) {
        Matcher matcher = VARIABLE.matcher(written);
        StringBuilder expanded = new StringBuilder();
        int rest = 0;
        while (matcher.find()) {
            expanded.append(written, rest, matcher.start());
            String name = matcher.group(1);
            String value = environment.apply(name);
            if (value == null || value.isEmpty()) {
                value = matcher.group(2);
            }
            if (value == null && keepUnset) {
                value = matcher.group();
            }
            if (value == null) {
                return new Expansion(
                        "",
                        "variable " + name + " is not set in the environment; set it, or write ${" + name
                                + ":-default}");
            }
            expanded.append(value);
            rest = matcher.end();
        }
        String tail = written.substring(rest);
        if (tail.contains("${")) {
            return new Expansion(
                    "", "'" + written + "' has a '${' that does not begin a variable: write ${VAR} or ${VAR:-default}");
        }
        return new Expansion(expanded.append(tail).toString(), null);
    }

    /**
     * What became of a text.
     *
     * @param text the expanded text; empty if there is a problem
     * @param problem why the text cannot be expanded; null if it can
     */
    record Expansion(String text, @Nullable String problem) {}
}
