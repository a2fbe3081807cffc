package dev.freebind.distribution.doctor;

import java.util.List;

/** Looks at one part of the installation. */
@FunctionalInterface
interface Check {

    /** What there is to say, in reading order; never throws. */
    List<Finding> run();
}
