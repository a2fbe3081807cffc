/** The configuration file and the bound space's {@code space.yaml} as immutable values, and the reader that reports all problems of a file at once. Says what the user wrote; whether the pieces fit together is the graph's affair. */
@NullMarked
package dev.freebind.bonds.configuration;

import org.jspecify.annotations.NullMarked;
