package dev.freebind.distribution.command;

import dev.freebind.api.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads {@code --option SPACE.KEY=VALUE}. */
final class EncoderOptionValues {

    private EncoderOptionValues() {}

    /**
     * Values by space and key. A space's name may hold dots, a key's may not.
     *
     * @param options values by {@code SPACE.KEY}
     * @throws InvalidRequestException if space or key is missing, naming the option
     */
    static Map<String, Map<String, String>> bySpace(Map<String, String> options) {
        Map<String, Map<String, String>> bySpace = new LinkedHashMap<>();
        options.forEach((name, value) -> {
            int dot = name.lastIndexOf('.');
            if (dot < 1 || dot == name.length() - 1) {
                throw new InvalidRequestException(
                        "--option " + name + "=" + value + " is not SPACE.KEY=VALUE, for example clap.checkpoint=a.pt");
            }
            bySpace.computeIfAbsent(name.substring(0, dot), space -> new LinkedHashMap<>())
                    .put(name.substring(dot + 1), value);
        });
        return bySpace;
    }
}
