package dev.freebind.bonds.projector;

import dev.freebind.api.DataException;

/**
 * The tensors of a PyTorch {@code Linear}; not copied and not to be changed.
 *
 * @param input length of the rows it takes
 * @param output length of the rows it gives
 * @param weight {@code [output, input]} row by row
 * @param bias {@code [output]}
 */
public record LinearWeights(int input, int output, float[] weight, float[] bias) {

    /**
     * Checks that the shapes fit together.
     *
     * @throws DataException if not
     */
    public LinearWeights {
        if (weight.length != (long) output * input || bias.length != output) {
            throw new DataException("a linear layer of " + input + " to " + output + " has " + weight.length
                    + " weights and " + bias.length + " biases, expected " + (long) output * input + " and " + output);
        }
    }
}
