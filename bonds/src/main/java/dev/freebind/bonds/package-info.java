/**
 * What to compute, never how: a room for each stage of the way from a configuration file to a bound space.
 *
 * <ul>
 *   <li>{@code configuration}: the YAML file as a value, all its problems at once
 *   <li>{@code graph}: spaces and bonds, validated and printable
 *   <li>{@code collection}: which pseudo pairs to collect, in which steps
 *   <li>{@code projector}: the tensors of a trained projector and their file
 *   <li>{@code product}: how a bound space's embedding is composed of leaves, projectors and factors
 *   <li>{@code execution}: what this module needs done by a numerical engine, as interfaces
 * </ul>
 *
 * <p>No TensorFlow lives here.
 */
@NullMarked
package dev.freebind.bonds;

import org.jspecify.annotations.NullMarked;
