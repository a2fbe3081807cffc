package dev.freebind.spi.encoders;

import org.jspecify.annotations.Nullable;

/**
 * An option of an encoder provider.
 *
 * @param name as written in the configuration: lower-case words joined by dashes
 * @param type what values it takes
 * @param required whether it must be given
 * @param defaultValue the value if not given, in the form a user would write; null for none
 * @param help one sentence
 */
public record EncoderOption(
        String name, Type type, boolean required, @Nullable String defaultValue, String help) {

    /** What values an option takes. */
    public enum Type {
        /** Any text. */
        TEXT("a text"),
        /** A whole number. */
        INTEGER("a whole number"),
        /** A number. */
        NUMBER("a number"),
        /** True or false. */
        FLAG("true or false"),
        /** A file or folder; relative paths start at the configuration's folder. */
        PATH("a path");

        private final String description;

        Type(String description) {
            this.description = description;
        }

        /** For messages: "a whole number". */
        public String description() {
            return description;
        }
    }

    /** An option that must be given. */
    public static EncoderOption required(String name, Type type, String help) {
        return new EncoderOption(name, type, true, null, help);
    }

    /** An option that may be left out. */
    public static EncoderOption optional(String name, Type type, @Nullable String defaultValue, String help) {
        return new EncoderOption(name, type, false, defaultValue, help);
    }
}
