package dev.freebind.bonds.execution;

/** Which gallery rows are right for which query. */
public interface Relevance {

    /** Number of queries. */
    int queries();

    /** Number of gallery rows. */
    int gallery();

    /** The relevant gallery rows of a query in ascending order, none twice; empty if it has none. Not to be changed. */
    int[] relevant(int query);

    /** Row i is right for query i, and nothing else is. */
    static Relevance rowAligned(int rows) {
        return new Relevance() {
            @Override
            public int queries() {
                return rows;
            }

            @Override
            public int gallery() {
                return rows;
            }

            @Override
            public int[] relevant(int query) {
                return new int[] {query};
            }
        };
    }

    /** The given rows for each query; {@code relevant[q]} ascending, within {@code [0, gallery)}. */
    static Relevance of(int[][] relevant, int gallery) {
        return new Relevance() {
            @Override
            public int queries() {
                return relevant.length;
            }

            @Override
            public int gallery() {
                return gallery;
            }

            @Override
            public int[] relevant(int query) {
                return relevant[query];
            }
        };
    }
}
