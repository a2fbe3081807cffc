/**
 * Search in a bound space: {@link dev.freebind.search.SpaceSearch} compares a {@link dev.freebind.search.query.Query} with a
 * {@link dev.freebind.search.Gallery}, exactly. How queries and galleries get into the space is the {@link
 * dev.freebind.search.SearchedSpace}'s affair, so no network and no TensorFlow is seen here; comparing one query with every row is a single
 * pass through memory.
 */
@NullMarked
package dev.freebind.search;

import org.jspecify.annotations.NullMarked;
