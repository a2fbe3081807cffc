package dev.freebind.formats.fingerprint;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of a list of values: equal lists have equal fingerprints, and no others do. */
public final class Fingerprint {

    private static final int SHORT = 16;

    private final MessageDigest digest = sha256();

    /** Starts a fingerprint with what is fingerprinted, so that different kinds never collide. */
    public Fingerprint(String kind) {
        add(kind);
    }

    /** Adds a value by its string form. */
    public Fingerprint add(Object value) {
        byte[] bytes = value.toString().getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
        return this;
    }

    /** The 64 hexadecimal digits. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The first digits, enough to name a folder. */
    public static String abbreviate(String hex) {
        return hex.substring(0, SHORT);
    }

    /** A digest of nothing yet. */
    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
