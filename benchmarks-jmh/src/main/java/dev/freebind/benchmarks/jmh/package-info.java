/**
 * How fast the heavy work is: soft retrieval, ranks, nearest items, training steps, mixture inference, encoding, search.
 *
 * <p>Every figure but those of preparation is a fraction of the rate at which TensorFlow multiplies two matrices on the same
 * machine at the same time ({@link dev.freebind.benchmarks.jmh.SgemmYardstick}), or for a single query of the rate at which it
 * reads memory ({@link dev.freebind.benchmarks.jmh.ReadingRate}), since rates alone say more about the machine and its other users than
 * about this software. Every benchmark verifies its answers, fixes its seeds, and records the machine it ran on.
 */
@NullMarked
package dev.freebind.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
