/** The terminal that a command talks to: where results and messages go, and how progress is shown on it. */
@NullMarked
package dev.freebind.distribution.console;

import org.jspecify.annotations.NullMarked;
