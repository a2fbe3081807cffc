/**
 * The program {@code freebind}: its entry point, how its pieces are wired, and how errors become messages and exit codes.
 *
 * <ul>
 *   <li>{@code command}: one class for each command; it reads its options, calls one thing, prints its result
 *   <li>{@code console}: standard output and error, progress
 *   <li>{@code doctor}: what is installed, what is missing, how to fix it
 *   <li>{@code workflow}: what several commands do with the modules below
 *   <li>{@code sample}: the sample world of {@code freebind demo}
 * </ul>
 *
 * <p>No method of the project lives here: whoever wants to bind spaces from Java uses the modules below.
 */
@NullMarked
package dev.freebind.distribution;

import org.jspecify.annotations.NullMarked;
