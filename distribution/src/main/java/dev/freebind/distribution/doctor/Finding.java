package dev.freebind.distribution.doctor;

/**
 * What a check found.
 *
 * @param level how bad it is
 * @param subject what was looked at, one or two words
 * @param found what is there
 * @param advice how to fix or improve it; empty if there is nothing to do
 */
public record Finding(Level level, String subject, String found, String advice) {

    /** How bad a finding is. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Works, but something is left unused or is scarce. */
        NOTE,
        /** Something that the program needs does not work. */
        PROBLEM
    }

    /** As it should be. */
    public static Finding ok(String subject, String found) {
        return new Finding(Level.OK, subject, found, "");
    }

    /** Works, but could be better. */
    public static Finding note(String subject, String found, String advice) {
        return new Finding(Level.NOTE, subject, found, advice);
    }

    /** Does not work. */
    public static Finding problem(String subject, String found, String advice) {
        return new Finding(Level.PROBLEM, subject, found, advice);
    }
}
