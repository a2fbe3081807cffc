/**
 * The commands, one class each. A command reads its options, calls one thing and prints its result; how errors become messages
 * and exit codes is the surrounding program's affair.
 */
@NullMarked
package dev.freebind.distribution.command;

import org.jspecify.annotations.NullMarked;
