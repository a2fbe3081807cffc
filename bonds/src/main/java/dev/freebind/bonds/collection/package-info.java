/** Which pseudo pairs a bond is trained on: the one rule that yields the paper's two tables, explicit plans, and the steps as data. Executing a step is the training module's work. */
@NullMarked
package dev.freebind.bonds.collection;

import org.jspecify.annotations.NullMarked;
