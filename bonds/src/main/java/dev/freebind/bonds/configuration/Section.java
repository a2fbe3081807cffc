package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import dev.freebind.bonds.configuration.YamlValue.Mapping;
import dev.freebind.bonds.configuration.YamlValue.Scalar;
import dev.freebind.bonds.configuration.YamlValue.Sequence;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mapping of the file being read, asked for typed values. What does not fit is added to the problems and given back as
 * absent, so that reading goes on and finds the rest.
 */
final class Section {

    private final Mapping mapping;
    private final ProblemList problems;

    private Section(Mapping mapping, ProblemList problems) {
        this.mapping = mapping;
        this.problems = problems;
    }

    /** The value as a section with these keys and no others; empty if it is no mapping. */
    static Optional<Section> of(YamlValue value, ProblemList problems, List<String> allowed) {
        return entries(value, problems).map(mapping -> {
            for (Map.Entry<String, YamlValue> entry : mapping.values().entrySet()) {
                if (!allowed.contains(entry.getKey())) {
                    problems.add(
                            problems.line(entry.getValue().key()),
                            entry.getValue().key(),
                            "unknown key '" + entry.getKey() + "'" + NearestName.hint(entry.getKey(), allowed));
                }
            }
            return new Section(mapping, problems);
        });
    }

    /** The value as a mapping whose keys are names chosen by the user; empty if it is none. */
    static Optional<Mapping> entries(YamlValue value, ProblemList problems) {
        if (value instanceof Mapping mapping) {
            return Optional.of(mapping);
        }
        expected(value, "a mapping (key: value)", problems);
        return Optional.empty();
    }

    /** Adds the problem that something else was expected, unless the value is known to be broken already. */
    static void expected(YamlValue value, String what, ProblemList problems) {
        if (!(value instanceof Scalar scalar && scalar.broken())) {
            problems.add(value.line(), value.key(), "is " + value.description() + ", but must be " + what);
        }
    }

    /** Where this section stands. */
    String key() {
        return mapping.key();
    }

    /** The path of one of its keys. */
    String key(String name) {
        return mapping.key().isEmpty() ? name : mapping.key() + "." + name;
    }

    boolean has(String name) {
        return mapping.values().containsKey(name);
    }

    @Nullable
    YamlValue value(String name) {
        return mapping.values().get(name);
    }

    void problem(String name, String message) {
        YamlValue value = mapping.values().get(name);
        problems.add(
                value == null ? problems.line(mapping.key()) : value.line(),
                value == null ? mapping.key() : value.key(),
                message);
    }

    /** Reports that a key is missing. */
    void missing(String name, String what) {
        problem("", "'" + name + "' is missing: " + what);
    }

    /** A text; numbers count as texts. */
    Optional<String> text(String name, String what) {
        return scalar(name, what).map(Scalar::text);
    }

    Optional<Scalar> scalar(String name, String what) {
        YamlValue value = value(name);
        return value == null ? Optional.empty() : scalar(value, what, problems);
    }

    static Optional<Scalar> scalar(YamlValue value, String what, ProblemList problems) {
        if (value instanceof Scalar scalar && !scalar.isNull()) {
            return scalar.broken() ? Optional.empty() : Optional.of(scalar);
        }
        expected(value, what, problems);
        return Optional.empty();
    }

    /** A whole number in a range, both ends included. */
    Optional<Long> whole(String name, long least, long most) {
        YamlValue value = value(name);
        return value == null ? Optional.empty() : whole(value, least, most, problems);
    }

    private static Optional<Long> whole(YamlValue value, long least, long most, ProblemList problems) {
        String what = "a whole number" + (least == Long.MIN_VALUE ? "" : " between " + least + " and " + most);
        return decimal(value, what, problems).flatMap(number -> {
            try {
                long whole = number.longValueExact();
                if (whole >= least && whole <= most) {
                    return Optional.of(whole);
                }
            } catch (ArithmeticException e) {
                // has a fraction or is too large: reported below like any other number out of range
            }
            expected(value, what, problems);
            return Optional.empty();
        });
    }

    Optional<Integer> integer(String name, int least, int most) {
        return whole(name, least, most).map(Math::toIntExact);
    }

    static Optional<Integer> integer(YamlValue value, int least, int most, ProblemList problems) {
        return whole(value, least, most, problems).map(Math::toIntExact);
    }

    /** A number in a range, both ends included. */
    Optional<Double> number(String name, double least, double most) {
        return number(name, "a number between " + trim(least) + " and " + trim(most), n -> n >= least && n <= most);
    }

    /** A finite number above zero. */
    Optional<Double> positive(String name) {
        return number(name, "a number above 0", n -> n > 0 && Double.isFinite(n));
    }

    private Optional<Double> number(String name, String what, java.util.function.DoublePredicate allowed) {
        return decimal(name, what).map(BigDecimal::doubleValue).filter(number -> {
            boolean fits = allowed.test(number);
            if (!fits) {
                expected(value(name, mapping), what, problems);
            }
            return fits;
        });
    }

    private static String trim(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    private static YamlValue value(String name, Mapping mapping) {
        YamlValue value = mapping.values().get(name);
        if (value == null) {
            throw new IllegalStateException(name + " was read before");
        }
        return value;
    }

    private Optional<BigDecimal> decimal(String name, String what) {
        YamlValue value = value(name);
        return value == null ? Optional.empty() : decimal(value, what, problems);
    }

    private static Optional<BigDecimal> decimal(YamlValue value, String what, ProblemList problems) {
        return scalar(value, what, problems).flatMap(scalar -> {
            try {
                BigDecimal number = new BigDecimal(scalar.text());
                // a huge exponent would cost memory when made a whole number
                if (scalar.plain() && Math.abs((long) number.precision() - number.scale()) < 400) {
                    return Optional.of(number);
                }
            } catch (NumberFormatException e) {
                // reported below
            }
            expected(scalar, what, problems);
            return Optional.empty();
        });
    }

    /** One of some words. */
    <T> Optional<T> choice(String name, Map<String, T> choices) {
        return scalar(name, "one of " + String.join(", ", choices.keySet())).flatMap(scalar -> {
            T choice = choices.get(scalar.text());
            if (choice == null) {
                problems.add(
                        scalar.line(),
                        scalar.key(),
                        "is " + scalar.description() + NearestName.hint(scalar.text(), choices.keySet()));
            }
            return Optional.ofNullable(choice);
        });
    }

    Optional<Modality> modality(String name) {
        return scalar(name, "a modality").flatMap(scalar -> modality(scalar, scalar.text(), problems));
    }

    /** A modality's name; reports what is none. */
    static Optional<Modality> modality(YamlValue at, String name, ProblemList problems) {
        if (Modality.isName(name)) {
            return Optional.of(new Modality(name));
        }
        problems.add(
                problems.line(at.key()),
                at.key(),
                "'" + name + "' is not a modality: use lower-case letters and digits, starting with a letter");
        return Optional.empty();
    }

    /** The elements of a list; empty if it is none. */
    Optional<List<YamlValue>> list(String name, String what) {
        YamlValue value = value(name);
        return value == null ? Optional.empty() : list(value, what, problems);
    }

    static Optional<List<YamlValue>> list(YamlValue value, String what, ProblemList problems) {
        if (value instanceof Sequence sequence) {
            return Optional.of(sequence.values());
        }
        expected(value, what, problems);
        return Optional.empty();
    }

    /** The elements of a list that could be read; empty if it is no list or an element could not be read. */
    <T> Optional<List<T>> list(String name, String what, Function<YamlValue, Optional<T>> element) {
        YamlValue value = value(name);
        return value == null ? Optional.empty() : list(value, what, problems, element);
    }

    private static <T> Optional<List<T>> list(
            YamlValue value, String what, ProblemList problems, Function<YamlValue, Optional<T>> element) {
        return list(value, what, problems).flatMap(values -> {
            List<T> read = new ArrayList<>();
            values.forEach(each -> element.apply(each).ifPresent(read::add));
            return read.size() == values.size() ? Optional.of(read) : Optional.empty();
        });
    }

    /** Texts of a list. */
    Optional<List<String>> texts(String name, String what) {
        YamlValue value = value(name);
        return value == null ? Optional.empty() : texts(value, what, problems);
    }

    static Optional<List<String>> texts(YamlValue value, String what, ProblemList problems) {
        return list(
                value,
                what,
                problems,
                element -> scalar(element, "a name", problems).map(Scalar::text));
    }

    /** Modalities of a list, at least one, none twice. */
    static Optional<List<Modality>> modalities(YamlValue value, ProblemList problems) {
        return list(value, "a list of modalities such as [image, text]", problems)
                .flatMap(values -> {
                    List<Modality> modalities = new ArrayList<>();
                    boolean whole = true;
                    for (YamlValue element : values) {
                        Optional<Modality> modality =
                                scalar(element, "a modality", problems).flatMap(s -> modality(s, s.text(), problems));
                        whole &= modality.isPresent();
                        if (modality.isPresent() && modalities.contains(modality.get())) {
                            problems.add(
                                    element.line(), element.key(), "modality '" + modality.get() + "' is listed twice");
                        } else {
                            modality.ifPresent(modalities::add);
                        }
                    }
                    if (values.isEmpty()) {
                        problems.add(value.line(), value.key(), "is an empty list; name at least one modality");
                    }
                    return whole && !modalities.isEmpty() ? Optional.of(modalities) : Optional.empty();
                });
    }

    Optional<List<Modality>> modalities(String name) {
        YamlValue value = value(name);
        return value == null ? Optional.empty() : modalities(value, problems);
    }
}
