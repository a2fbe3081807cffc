package dev.freebind.distribution;

/** How the process ends. */
public final class ExitCode {

    /** Done. */
    public static final int DONE = 0;

    /** Failed while running: a damaged or missing data file, a full disk. */
    public static final int FAILED = 1;

    /** The request or the configuration is wrong; nothing was done. */
    public static final int WRONG_REQUEST = 2;

    private ExitCode() {}
}
