package dev.freebind.api;

import java.util.regex.Pattern;

/**
 * A kind of input, such as text or audio: an open set, because plugins bring their own.
 *
 * <p>The order of modalities is the alphabetical order of their names.
 *
 * @param name lower-case letters and digits, starting with a letter
 */
public record Modality(String name) implements Comparable<Modality> {

    /** Stands before the constants, whose constructors use it. */
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*");

    /** Sounds. */
    public static final Modality AUDIO = new Modality("audio");

    /** Still pictures. */
    public static final Modality IMAGE = new Modality("image");

    /** Point clouds; the artifact {@code freebind-media} has a reader for encoder plugins, {@code PointCloudDecoder}. */
    public static final Modality POINT = new Modality("point");

    /** Written language. */
    public static final Modality TEXT = new Modality("text");

    /**
     * Checks the name.
     *
     * @throws InvalidRequestException if the name is not {@code [a-z][a-z0-9]*}
     */
    public Modality {
        if (!isName(name)) {
            throw new InvalidRequestException("'" + name
                    + "' is not a modality name: use lower-case letters and digits, starting with a letter, for example"
                    + " 'audio', 'image' or 'text'");
        }
    }

    /** Says whether a modality can have this name. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    @Override
    public int compareTo(Modality other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
