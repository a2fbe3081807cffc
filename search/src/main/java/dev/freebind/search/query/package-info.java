/**
 * What people ask: {@link dev.freebind.search.query.QueryParser} turns {@code image:a.jpg - text:"cat"} into a {@link
 * dev.freebind.search.query.Query} of signed terms. Nothing here reads a file or embeds anything.
 */
@NullMarked
package dev.freebind.search.query;

import org.jspecify.annotations.NullMarked;
