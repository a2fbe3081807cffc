/**
 * How sure a number is: seeded bootstrap over queries, and paired tests between two spaces on the same queries (Commons Math).
 */
@NullMarked
package dev.freebind.evaluation.interval;

import org.jspecify.annotations.NullMarked;
