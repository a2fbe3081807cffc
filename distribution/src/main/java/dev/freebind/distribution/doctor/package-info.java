/**
 * What {@code freebind doctor} looks at: each check says what it found and, if something is missing, how to fix it.
 *
 * <p>Checks never throw: what goes wrong is what they report.
 */
@NullMarked
package dev.freebind.distribution.doctor;

import org.jspecify.annotations.NullMarked;
