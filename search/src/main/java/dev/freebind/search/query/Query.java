package dev.freebind.search.query;

import dev.freebind.api.InvalidRequestException;
import java.util.List;

/**
 * A signed combination of operands, each a direction of the searched space.
 *
 * @param terms at least one, in the order they were written
 */
public record Query(List<Term> terms) {

    /** Below this length the parts have cancelled out: what is left is rounding. */
    private static final double SHORTEST = 1e-5;

    /** Copies. */
    public Query {
        terms = List.copyOf(terms);
        if (terms.isEmpty()) {
            throw new InvalidRequestException("the query is empty; write for example text:\"a dog barks\"");
        }
    }

    /**
     * Reads a query; see {@link QueryParser}.
     *
     * @throws InvalidRequestException if the text is not a query, showing where
     */
    public static Query parse(String text) {
        return new QueryParser(text).parse();
    }

    /**
     * One part.
     *
     * @param weight how much it counts, negative after a minus, never 0
     * @param operand what counts
     */
    public record Term(double weight, Operand operand) {
        /** Checks the weight. */
        public Term {
            if (weight == 0 || !Double.isFinite(weight)) {
                throw new InvalidRequestException(
                        "weight " + weight + " of " + operand + " must be a number other than 0");
            }
        }
    }

    /**
     * The query's direction: the sum of the weighted unit vectors, scaled to unit length (our reading of OmniBind's embedding
     * arithmetic, which does not say how its parts are normalised).
     *
     * @param dimension of the searched space
     * @param embedding gives the unit vector of an operand
     * @return {@code [dimension] float32} of unit length
     * @throws InvalidRequestException if the parts cancel each other out
     */
    public float[] direction(int dimension, OperandEmbedding embedding) {
        double[] sum = new double[dimension];
        for (Term term : terms) {
            float[] vector = embedding.embed(term.operand());
            for (int i = 0; i < dimension; i++) {
                sum[i] += term.weight() * vector[i];
            }
        }
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        double norm = Math.sqrt(squares);
        if (norm < SHORTEST) {
            throw new InvalidRequestException("the parts of the query cancel each other out, so it points nowhere");
        }
        float[] direction = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            direction[i] = (float) (sum[i] / norm);
        }
        return direction;
    }

    /** Embeds operands. */
    @FunctionalInterface
    public interface OperandEmbedding {
        /** {@code [dimension] float32} of unit length. */
        float[] embed(Operand operand);
    }

    /** As {@link QueryParser} reads it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Term term : terms) {
            double size = Math.abs(term.weight());
            text.append(text.isEmpty() ? (term.weight() < 0 ? "-" : "") : term.weight() < 0 ? " - " : " + ");
            text.append(size == 1 ? "" : size + "*").append(term.operand());
        }
        return text.toString();
    }
}
