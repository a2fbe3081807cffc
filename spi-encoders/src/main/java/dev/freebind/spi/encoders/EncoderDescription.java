package dev.freebind.spi.encoders;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Modality;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a provider says of itself, read once and checked.
 *
 * @param name a space name, see {@link EmbeddingSpace#isName}
 * @param version not blank
 * @param modalities at least one, none twice
 * @param dimension positive; empty if only the opened checkpoint tells
 * @param options no two of one name
 * @param licenceNote empty if there is nothing to say
 */
public record EncoderDescription(
        String name,
        String version,
        List<Modality> modalities,
        OptionalInt dimension,
        List<EncoderOption> options,
        String licenceNote) {

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException saying which method of the provider gives what, and what it should give
     */
    public EncoderDescription {
        if (!isGiven(name) || !EmbeddingSpace.isName(name)) {
            throw new IllegalArgumentException("name() gives " + quoted(name)
                    + "; use lower-case letters, digits, '.', '_' and '-', starting with a letter or digit");
        }
        if (!isGiven(version) || version.isBlank()) {
            throw new IllegalArgumentException("version() gives " + quoted(version) + "; give a text");
        }
        if (!isGiven(modalities) || modalities.isEmpty() || !areDistinct(modalities)) {
            throw new IllegalArgumentException(
                    "modalities() gives " + modalities + "; give one or more, none of them null, none twice");
        }
        if (!isGiven(dimension) || dimension.orElse(1) < 1) {
            throw new IllegalArgumentException("dimension() gives " + dimension
                    + "; give a positive number, or OptionalInt.empty() if only the checkpoint tells");
        }
        if (!isGiven(options)
                || !options.stream().allMatch(EncoderDescription::isGiven)
                || !areDistinct(options.stream().map(EncoderOption::name).toList())) {
            throw new IllegalArgumentException(
                    "options() gives " + options + "; give a list without null, no two options of one name");
        }
        if (!isGiven(licenceNote)) {
            throw new IllegalArgumentException("licenceNote() gives null; give \"\" if there is nothing to say");
        }
        modalities = List.copyOf(modalities);
        options = List.copyOf(options);
    }

    /**
     * Asks a provider for everything but {@link EncoderProvider#open}.
     *
     * @throws IllegalArgumentException if it was written against another API version, or if something it says is not as
     *     described
     */
    public static EncoderDescription of(EncoderProvider provider) {
        // First, as a provider of another version may understand the other questions differently.
        if (provider.apiVersion() != EncoderProvider.API_VERSION) {
            throw new IllegalArgumentException(
                    "written against API version " + provider.apiVersion() + ", but this is version "
                            + EncoderProvider.API_VERSION + "; get a build of the plugin for this version");
        }
        return new EncoderDescription(
                provider.name(),
                provider.version(),
                provider.modalities(),
                provider.dimension(),
                provider.options(),
                provider.licenceNote());
    }

    /** Plugins are compiled elsewhere, where nothing stops them from giving null. */
    private static boolean isGiven(@Nullable Object value) {
        return value != null;
    }

    private static boolean areDistinct(Collection<?> values) {
        Set<@Nullable Object> seen = new HashSet<>();
        return values.stream().allMatch(value -> isGiven(value) && seen.add(value));
    }

    private static String quoted(@Nullable String value) {
        return value == null ? "null" : "'" + value + "'";
    }
}
