package dev.freebind.evaluation.task;

/**
 * What every query of a pair got: the probability of a relevant item among the top k, 0 or 1 unless scores are tied. Queries
 * without a relevant item are not among them.
 *
 * @param there queries of the first modality
 * @param thereGroups for each of them the group of items it belongs to
 * @param back queries of the second modality
 * @param backGroups for each of them its group
 * @param aligned whether query i is the same item in both directions
 */
public record QueryHits(double[] there, int[] thereGroups, double[] back, int[] backGroups, boolean aligned) {}
