/**
 * Search in a bound space: {@link dev.freebind.search.SpaceSearch} compares a {@link dev.freebind.search.query.Query} with a
 * {@link dev.freebind.search.Gallery}, exactly. How queries and galleries get into the space is the {@link
 * dev.freebind.search.SearchedSpace}'s affair, and comparing is {@link dev.freebind.bonds.execution.NearestItems}', so no
 * network and no TensorFlow is seen here.
 */
@NullMarked
package dev.freebind.search;

import org.jspecify.annotations.NullMarked;
