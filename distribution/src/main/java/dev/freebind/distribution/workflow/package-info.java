/**
 * What several commands do: start the numerical engines when they are needed, encode, bind, evaluate a bound space, sweep its factors,
 * embed items into it, gather its report, and the demo that does all of it.
 *
 * <p>The methods themselves live in the modules below; here they are put together for the command line. Opening and using a
 * bound space is {@link dev.freebind.training.BoundSpace}'s affair.
 */
@NullMarked
package dev.freebind.distribution.workflow;

import org.jspecify.annotations.NullMarked;
