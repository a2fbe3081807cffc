/**
 * Metadata in Parquet files, found by {@code search} as a service. Read by Apache's Parquet library on parquet-floor, which stands
 * in for the few classes of Hadoop that the library wants, so that Hadoop itself is not needed.
 */
@NullMarked
package dev.freebind.parquet;

import org.jspecify.annotations.NullMarked;
