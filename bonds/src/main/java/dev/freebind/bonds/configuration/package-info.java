/**
 * The configuration file and the bound space's {@code space.yaml} as immutable values: {@link
 * dev.freebind.bonds.configuration.ConfigurationReader} reads them and reports all problems of a file at once, {@link
 * dev.freebind.bonds.configuration.SpaceFile} writes them, {@link dev.freebind.bonds.configuration.DataCheck} compares them with
 * the embedding files they name.
 *
 * <p>Says what the user wrote. Whether spaces and bonds fit together is the graph's affair; the reader asks it, so that people
 * get those problems in the same list.
 */
@NullMarked
package dev.freebind.bonds.configuration;

import org.jspecify.annotations.NullMarked;
