/**
 * The sample worlds of {@code freebind demo} and {@code freebind method-checks}: a simulated concept that several imperfect
 * encoders look at, so that binding can be shown and tested from end to end without data from outside.
 *
 * <p>{@link dev.freebind.distribution.sample.SampleWorld} and {@link dev.freebind.distribution.sample.CaptionWorld} write the
 * embedding files and the configuration that binds them. Everything here is plain arithmetic on seeded numbers: the same seed
 * gives the same bytes on every machine.
 */
@NullMarked
package dev.freebind.distribution.sample;

import org.jspecify.annotations.NullMarked;
