/**
 * How routers weigh the sources of a space: means, spreads and loads of weights, streamed. Pure computation;
 * {@link dev.freebind.evaluation.task.RouterMeasurement} asks for the weights of a task's items.
 */
@NullMarked
package dev.freebind.evaluation.routing;

import org.jspecify.annotations.NullMarked;
