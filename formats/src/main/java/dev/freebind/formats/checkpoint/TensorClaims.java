package dev.freebind.formats.checkpoint;

import dev.freebind.api.DataException;
import dev.freebind.formats.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps account of which tensors of a source a model takes.
 *
 * <p>While it builds its network, a model claims each tensor with the shape it needs and declares those it knows but does not
 * use; {@link #check()} then reports everything at once: missing, misshapen and extra tensors, each by name. Nothing is read,
 * so a model can be checked against an inventory without its weights. For use by one thread.
 */
public final class TensorClaims {

    private static final int SHOWN = 20;

    private final TensorSource source;
    private final Set<String> claimed = new LinkedHashSet<>();
    private final List<String> problems = new ArrayList<>();
    private final List<Pattern> unused = new ArrayList<>();

    /** Nothing is claimed yet. */
    public TensorClaims(TensorSource source) {
        this.source = source;
    }

    /** Where the tensors are. */
    public TensorSource source() {
        return source;
    }

    /** Whether the source has a tensor; does not claim it. */
    public boolean has(String name) {
        return source.tensors().containsKey(name);
    }

    /**
     * A tensor's shape, from which a model takes its sizes; does not claim it.
     *
     * @throws DataException if there is no such tensor, or it does not have this number of dimensions
     */
    public Shape shape(String name, int dimensions) {
        Shape shape = source.tensor(name).shape();
        if (shape.dimensions() != dimensions) {
            throw new DataException(source.origin() + ": tensor '" + name + "' has shape " + shape + ", but needs "
                    + dimensions + " dimensions");
        }
        return shape;
    }

    /**
     * How many numbers 0, 1, 2, … in a row there are for which some tensor's name begins with prefix, number and a dot: the
     * number of layers, for prefix {@code "layers."}.
     */
    public int count(String prefix) {
        Set<String> numbers = source.tensors().keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .filter(rest -> rest.indexOf('.') > 0)
                .map(rest -> rest.substring(0, rest.indexOf('.')))
                .collect(Collectors.toSet());
        int count = 0;
        while (numbers.contains(Integer.toString(count))) {
            count++;
        }
        return count;
    }

    /**
     * Claims a tensor. That it is missing, misshapen or no floating-point tensor is reported by {@link #check()}.
     *
     * @param shape lengths of its dimensions; none for a single number
     * @return the name
     */
    public String claim(String name, long... shape) {
        claimed.add(name);
        TensorSummary found = source.tensors().get(name);
        Shape needed = Shape.of(shape);
        if (found == null) {
            problems.add("'" + name + "' of shape " + needed + " is missing");
        } else if (!found.shape().equals(needed)) {
            problems.add("'" + name + "' has shape " + found.shape() + " and needs " + needed);
        } else if (!found.type().isFloating()) {
            problems.add("'" + name + "' holds " + found.type() + ", not floating-point numbers");
        }
        return name;
    }

    /**
     * Declares tensors that may be there and are not used.
     *
     * @param patterns names in which {@code *} stands for anything, also nothing and dots
     */
    public void unused(String... patterns) {
        for (String pattern : patterns) {
            unused.add(Pattern.compile(
                    Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"))));
        }
    }

    /** The names claimed so far, in the order of the claims. */
    public Set<String> claimed() {
        return new LinkedHashSet<>(claimed);
    }

    /** The names in the source that were neither claimed nor declared unused. */
    public List<String> extra() {
        return source.tensors().keySet().stream()
                .filter(name -> !claimed.contains(name))
                .filter(name -> unused.stream()
                        .noneMatch(pattern -> pattern.matcher(name).matches()))
                .toList();
    }

    /**
     * Ends the account.
     *
     * @throws DataException if a claimed tensor is missing or not as claimed, or a tensor is neither claimed nor declared
     *     unused, naming each
     */
    public void check() {
        List<String> all = new ArrayList<>(problems);
        extra().forEach(name -> all.add(
                "'" + name + "' of shape " + source.tensor(name).shape() + " belongs to no known part of the model"));
        if (!all.isEmpty()) {
            throw new DataException(source.origin() + ": the tensors are not those of this model: "
                    + String.join("; ", all.subList(0, Math.min(SHOWN, all.size())))
                    + (all.size() > SHOWN ? "; and " + (all.size() - SHOWN) + " more" : ""));
        }
    }
}
