/**
 * Which pseudo pairs a bond is trained on: {@link dev.freebind.bonds.collection.CollectionRule}, the one rule that yields the
 * paper's two tables, explicit plans, the steps as data, and {@link dev.freebind.bonds.collection.CorpusSelection}, which says
 * which corpora a step can use. Executing a step is the training module's work.
 */
@NullMarked
package dev.freebind.bonds.collection;

import org.jspecify.annotations.NullMarked;
