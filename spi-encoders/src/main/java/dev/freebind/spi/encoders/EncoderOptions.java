package dev.freebind.spi.encoders;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.NearestName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The checked values of a provider's options.
 *
 * <p>Asking for an option the provider did not declare, or as another type than declared, is a mistake of the provider and
 * throws {@link IllegalArgumentException}.
 */
public final class EncoderOptions {

    private final Map<String, EncoderOption> declared = new TreeMap<>();
    private final Map<String, String> values = new TreeMap<>();
    private final Path folder;

    private EncoderOptions(List<EncoderOption> options, Map<String, String> given, Path folder) {
        this.folder = folder;
        for (EncoderOption option : options) {
            declared.put(option.name(), option);
            String value = given.getOrDefault(option.name(), option.defaultValue());
            if (value != null) {
                values.put(option.name(), value);
            }
        }
    }

    /**
     * Checks what the user gave against what a provider declares.
     *
     * @param provider whose options
     * @param given values by option name, as written by the user
     * @param folder where relative paths start
     * @throws InvalidRequestException naming every unknown, missing or ill-typed option and what is allowed
     */
    public static EncoderOptions check(EncoderProvider provider, Map<String, String> given, Path folder) {
        List<EncoderOption> options = provider.options();
        EncoderOptions checked = new EncoderOptions(options, given, folder);
        List<String> problems = new ArrayList<>();
        for (String name : given.keySet()) {
            if (!checked.declared.containsKey(name)) {
                problems.add("unknown option '" + name + "'" + NearestName.hint(name, checked.declared.keySet()));
            }
        }
        for (EncoderOption option : options) {
            String value = checked.values.get(option.name());
            if (value == null) {
                if (option.required()) {
                    problems.add("option '" + option.name() + "' is missing: " + option.help());
                }
            } else if (!option.takes(value)) {
                problems.add("option '" + option.name() + "' is '" + value + "', but it takes " + option.values());
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidRequestException("encoder '" + provider.name() + "': " + String.join("; ", problems));
        }
        return checked;
    }

    /** A text option's value. */
    public Optional<String> text(String name) {
        return value(name, EncoderOption.Type.TEXT);
    }

    /** A whole-number option's value, within its range. */
    public Optional<Long> integer(String name) {
        return value(name, EncoderOption.Type.INTEGER).map(Long::valueOf);
    }

    /** A number option's value, finite. */
    public Optional<Double> number(String name) {
        return value(name, EncoderOption.Type.NUMBER).map(Double::valueOf);
    }

    /** A flag's value; false if it has neither value nor default. */
    public boolean flag(String name) {
        return value(name, EncoderOption.Type.FLAG).map(Boolean::valueOf).orElse(false);
    }

    /** A path option's value, resolved against the configuration's folder. */
    public Optional<Path> path(String name) {
        return value(name, EncoderOption.Type.PATH).map(folder::resolve);
    }

    /** A choice's value. */
    public Optional<String> choice(String name) {
        return value(name, EncoderOption.Type.CHOICE);
    }

    /**
     * A choice's value as a constant of the enum that the option was declared with.
     *
     * @throws IllegalArgumentException if the enum has no constant for that value, which is a mistake of the provider
     */
    public <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
        return choice(name)
                .map(word -> Arrays.stream(type.getEnumConstants())
                        .filter(constant -> EncoderOption.word(constant).equals(word))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(type.getSimpleName() + " has no constant for '"
                                + word + "' of option '" + name + "'")));
    }

    private Optional<String> value(String name, EncoderOption.Type type) {
        EncoderOption option = declared.get(name);
        if (option == null || option.type() != type) {
            throw new IllegalArgumentException(
                    "the provider declares no option '" + name + "' of type " + type + ", only " + declared.values());
        }
        return Optional.ofNullable(values.get(name));
    }
}
