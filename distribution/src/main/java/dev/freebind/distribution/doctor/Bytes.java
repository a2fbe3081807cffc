package dev.freebind.distribution.doctor;

import java.util.Locale;

/** Amounts of memory as people read them. */
final class Bytes {

    private Bytes() {}

    /** {@code 512 MiB}, {@code 15.6 GiB}. */
    static String text(long bytes) {
        double mebibytes = bytes / (double) (1 << 20);
        return mebibytes < 1024
                ? String.format(Locale.ROOT, "%.0f MiB", mebibytes)
                : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
    }
}
