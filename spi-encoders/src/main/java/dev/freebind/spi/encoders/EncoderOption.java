package dev.freebind.spi.encoders;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An option of an encoder provider.
 *
 * @param name as written in the configuration: lower-case words of letters and digits joined by dashes
 * @param type what kind of value it takes
 * @param required whether it must be given; it then has no default
 * @param defaultValue the value if not given, in the form a user would write; null for none
 * @param help one sentence
 * @param choices the values there are, for {@link Type#CHOICE}; empty for any other type
 * @param least the smallest value, for {@link Type#INTEGER}
 * @param most the largest value, for {@link Type#INTEGER}
 */
public record EncoderOption(
        String name,
        Type type,
        boolean required,
        @Nullable String defaultValue,
        String help,
        List<String> choices,
        long least,
        long most) {

    /**
     * The option by which an encoder that can compute in several places lets users choose: a {@link Type#CHOICE} of {@code auto},
     * {@code cpu} and {@code gpu}. Where it is not configured, a command's {@code --device} decides.
     */
    public static final String DEVICE = "device";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

    /** What values an option takes. */
    public enum Type {
        /** Any text. */
        TEXT("a text"),
        /** A whole number. */
        INTEGER("a whole number"),
        /** A finite number. */
        NUMBER("a number"),
        /** True or false. */
        FLAG("true or false"),
        /** A file or folder; relative paths start at the configuration's folder. */
        PATH("a path"),
        /** One of a few words. */
        CHOICE("one of a few words");

        private final String description;

        Type(String description) {
            this.description = description;
        }

        /** For messages: "a whole number". */
        public String description() {
            return description;
        }
    }

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if a part is not as described, which is a mistake of the provider
     */
    public EncoderOption {
        choices = List.copyOf(choices);
        require(NAME.matcher(name).matches(), name, "the name is not lower-case words joined by dashes");
        require(!help.isBlank(), name, "the help is missing");
        require(
                (type == Type.CHOICE) != choices.isEmpty() && new HashSet<>(choices).size() == choices.size(),
                name,
                "choices " + choices + " do not fit the type " + type);
        require(
                least <= most && (type == Type.INTEGER || (least == Long.MIN_VALUE && most == Long.MAX_VALUE)),
                name,
                "the range " + least + " to " + most + " does not fit the type " + type);
        require(defaultValue == null || !required, name, "a required option has no default");
        require(
                defaultValue == null || takes(type, choices, least, most, defaultValue),
                name,
                "the default '" + defaultValue + "' is not among the values it takes");
    }

    private static void require(boolean holds, String name, String problem) {
        if (!holds) {
            throw new IllegalArgumentException("option '" + name + "': " + problem);
        }
    }

    /** An option that must be given. */
    public static EncoderOption required(String name, Type type, String help) {
        return new EncoderOption(name, type, true, null, help, List.of(), Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** An option that may be left out. */
    public static EncoderOption optional(String name, Type type, @Nullable String defaultValue, String help) {
        return new EncoderOption(name, type, false, defaultValue, help, List.of(), Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** A choice among words that may be left out. */
    public static EncoderOption choice(String name, List<String> choices, String defaultValue, String help) {
        return new EncoderOption(name, Type.CHOICE, false, defaultValue, help, choices, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /**
     * A choice among the constants of an enum that may be left out; users write them in lower case, with dashes for
     * underscores.
     */
    public static <E extends Enum<E>> EncoderOption choice(String name, E defaultValue, String help) {
        return choice(
                name,
                Arrays.stream(defaultValue.getDeclaringClass().getEnumConstants())
                        .map(EncoderOption::word)
                        .toList(),
                word(defaultValue),
                help);
    }

    /** How users write an enum's constant. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The same option, of {@link Type#INTEGER}, with a smallest and a largest value. */
    public EncoderOption within(long smallest, long largest) {
        return new EncoderOption(name, type, required, defaultValue, help, choices, smallest, largest);
    }

    /** For messages and help: "a whole number from 1 to 4096", "one of auto, cpu, gpu". */
    public String values() {
        if (type == Type.CHOICE) {
            return "one of " + String.join(", ", choices);
        }
        boolean below = least != Long.MIN_VALUE;
        boolean above = most != Long.MAX_VALUE;
        return type.description()
                + (below && above ? " from " + least + " to " + most : "")
                + (below && !above ? " of at least " + least : "")
                + (above && !below ? " of at most " + most : "");
    }

    /** Says whether a value, as a user writes it, is one that this option takes. */
    public boolean takes(String value) {
        return takes(type, choices, least, most, value);
    }

    private static boolean takes(Type type, List<String> choices, long least, long most, String value) {
        try {
            return switch (type) {
                case TEXT -> true;
                case INTEGER -> {
                    long number = Long.parseLong(value);
                    yield number >= least && number <= most;
                }
                case NUMBER -> Double.isFinite(Double.parseDouble(value));
                case FLAG -> value.equals("true") || value.equals("false");
                case PATH -> !Path.of(value).toString().isBlank();
                case CHOICE -> choices.contains(value);
            };
        } catch (NumberFormatException | InvalidPathException e) {
            return false;
        }
    }
}
