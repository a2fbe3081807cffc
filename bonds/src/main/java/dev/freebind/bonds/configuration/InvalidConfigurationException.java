package dev.freebind.bonds.configuration;

import dev.freebind.api.InvalidRequestException;
import java.util.List;
import java.util.stream.Collectors;

/** A configuration is wrong; carries all of its problems. */
public final class InvalidConfigurationException extends InvalidRequestException {

    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /** Collects the problems, at least one, in line order. */
    public InvalidConfigurationException(List<Problem> problems) {
        super(problems.size() + (problems.size() == 1 ? " problem" : " problems") + " in the configuration:\n"
                + problems.stream().map(problem -> "  " + problem).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** All problems, in line order. */
    public List<Problem> problems() {
        return problems;
    }
}
