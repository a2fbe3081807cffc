/**
 * The sample world of {@code freebind demo}: a simulated concept that several imperfect encoders look at, so that binding can
 * be shown and tested from end to end without data from outside.
 *
 * <p>{@link dev.freebind.distribution.sample.SampleWorld} writes the embedding files and the configuration that binds them.
 * Everything here is plain arithmetic on seeded numbers: the same seed gives the same bytes on every machine.
 */
@NullMarked
package dev.freebind.distribution.sample;

import org.jspecify.annotations.NullMarked;
