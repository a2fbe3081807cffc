package dev.freebind.bonds.configuration;

import java.util.List;
import java.util.Map;

/** A value of a YAML file that knows where it stands. */
sealed interface YamlValue {

    /** Line from 1. */
    int line();

    /** The path of keys that leads here. */
    String key();

    /** For messages: what this is. */
    String description();

    /**
     * A text, number, flag or nothing.
     *
     * @param line where it stands
     * @param key what leads here
     * @param written with variables unexpanded
     * @param text with variables expanded
     * @param plain whether it was written without quotes, so that it may be meant as a number or as nothing
     * @param broken whether a problem with it has been reported already
     */
    record Scalar(int line, String key, String written, String text, boolean plain, boolean broken)
            implements YamlValue {

        private static final int SHOWN = 60;

        /** Says whether nothing was given. */
        boolean isNull() {
            return plain && (written.isEmpty() || written.equals("~") || written.equalsIgnoreCase("null"));
        }

        @Override
        public String description() {
            return isNull() ? "nothing" : "'" + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…") + "'";
        }
    }

    /**
     * A list.
     *
     * @param line where it begins
     * @param key what leads here
     * @param values its elements
     */
    record Sequence(int line, String key, List<YamlValue> values) implements YamlValue {
        @Override
        public String description() {
            return "a list";
        }
    }

    /**
     * A mapping.
     *
     * @param line where it begins
     * @param key what leads here
     * @param values its values by key, in file order
     */
    record Mapping(int line, String key, Map<String, YamlValue> values) implements YamlValue {
        @Override
        public String description() {
            return "a mapping";
        }
    }
}
