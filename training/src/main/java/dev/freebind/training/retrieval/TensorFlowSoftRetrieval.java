package dev.freebind.training.retrieval;

import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.EmbeddingsSink;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.SoftRetrieval;
import dev.freebind.tensorflow.FloatTensor;
import dev.freebind.tensorflow.TensorFlowRuntime;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Soft retrieval (FreeBind eq. 4–6) by the online softmax on TensorFlow.
 *
 * <p>Keys and values stream past blocks of {@value #QUERY_ROWS} queries, {@value #KEY_ROWS} rows at a time, the next block being
 * read while the one before is worked on; so they are read once per {@value #QUERY_ROWS} queries, and values that equal the keys
 * or each other only once among them. Native memory does not depend on the number of rows: with n the sum of the different key
 * and value dimensions, {@code 48 KiB × n} for the blocks of keys, {@code 16 KiB × (d + Σ dᵢ)} for the queries and what they
 * gather, and 32 MiB for logits: 100 MiB for keys of dimension 768 that are also the values. On a GPU it is {@value
 * #GPU_QUERY_ROWS} queries, and queries, logits (512 MiB) and what is gathered are in its memory.
 *
 * <p>Same inputs, same thread count, CPU: same bits. Safe for use from several threads at once.
 */
public final class TensorFlowSoftRetrieval implements SoftRetrieval {

    static final int QUERY_ROWS = 4096;
    static final int KEY_ROWS = 4096;
    /** The same on a GPU: reading and sending a block of keys has to take less time than multiplying with it. */
    static final int GPU_QUERY_ROWS = 16384;

    /** Queries in one product: large enough for full speed, small enough for the logits to stay in the cache. */
    private static final int PRODUCT_ROWS = 1024;

    /** Below this, logits of unit vectors leave the range of float32 products. */
    private static final double LEAST_TEMPERATURE = 1e-30;

    private final TensorFlowRuntime runtime;
    private final int queryRows;
    private final int productRows;
    private final int keyRows;

    /** Computes on the runtime's device. */
    public TensorFlowSoftRetrieval(TensorFlowRuntime runtime) {
        // A GPU gets each block of keys once per product, so there the product takes all queries, and many of them.
        this(
                runtime,
                runtime.device().isGpu() ? GPU_QUERY_ROWS : QUERY_ROWS,
                runtime.device().isGpu() ? GPU_QUERY_ROWS : PRODUCT_ROWS,
                KEY_ROWS);
    }

    TensorFlowSoftRetrieval(TensorFlowRuntime runtime, int queryRows, int productRows, int keyRows) {
        this.runtime = runtime;
        this.queryRows = queryRows;
        this.productRows = productRows;
        this.keyRows = keyRows;
    }

    @Override
    public void retrieve(
            Embeddings queries,
            Embeddings keys,
            List<? extends Embeddings> values,
            double temperature,
            List<? extends EmbeddingsSink> results,
            Progress.Task progress) {
        check(queries, keys, values, temperature, results);
        List<Embeddings> sources = new ArrayList<>(List.of(keys));
        int[] valueSources = new int[values.size()];
        for (int i = 0; i < valueSources.length; i++) {
            if (!sources.contains(values.get(i))) {
                sources.add(values.get(i));
            }
            valueSources[i] = sources.indexOf(values.get(i));
        }
        int[] dimensions = sources.stream().mapToInt(Embeddings::dimension).toArray();
        try (SoftRetrievalGraph graph = new SoftRetrievalGraph(runtime, dimensions, valueSources);
                ReadAhead blocks = new ReadAhead(sources, keyRows, ReadAhead.LastBlock.SHORTER)) {
            for (long first = 0; first < queries.rows(); first += queryRows) {
                int rows = (int) Math.min(queryRows, queries.rows() - first);
                QueryBlock block = new QueryBlock(graph, queries, first, rows, temperature);
                block.gather(blocks, progress);
                block.append(results);
            }
        }
    }

    private static void check(
            Embeddings queries,
            Embeddings keys,
            List<? extends Embeddings> values,
            double temperature,
            List<? extends EmbeddingsSink> results) {
        if (!(temperature >= LEAST_TEMPERATURE) || Double.isInfinite(temperature)) {
            throw new InvalidRequestException(
                    "temperature " + temperature + " is not possible; it has to be finite and at least "
                            + LEAST_TEMPERATURE + " (FreeBind uses 0.01)");
        }
        if (queries.dimension() != keys.dimension()) {
            throw new InvalidRequestException("queries of dimension " + queries.dimension() + " (" + queries.origin()
                    + ") cannot be compared with keys of dimension " + keys.dimension() + " (" + keys.origin()
                    + "); both must come from the same space");
        }
        if (keys.rows() == 0) {
            throw new InvalidRequestException(keys.origin() + " has no rows; soft retrieval needs one key at least");
        }
        for (Embeddings value : values) {
            if (value.rows() != keys.rows()) {
                throw new InvalidRequestException(
                        "values with " + value.rows() + " rows (" + value.origin() + ") do not belong to keys with "
                                + keys.rows() + " rows (" + keys.origin() + "); row i of both must be the same item");
            }
        }
        if (values.isEmpty() || values.size() != results.size()) {
            throw new InvalidRequestException(
                    values.size() + " values cannot go to " + results.size() + " sinks; there must be one for each");
        }
    }

    /** Some queries, divided into the parts that enter one product. */
    private final class QueryBlock {

        private final Embeddings queries;
        private final long firstRow;
        private final List<SoftRetrievalGraph.Part> parts = new ArrayList<>();
        private final List<Integer> rowsOfParts = new ArrayList<>();

        QueryBlock(SoftRetrievalGraph graph, Embeddings queries, long firstRow, int rows, double temperature) {
            this.queries = queries;
            this.firstRow = firstRow;
            for (int start = 0; start < rows; start += productRows) {
                int partRows = Math.min(productRows, rows - start);
                SoftRetrievalGraph.Part part = graph.part(parts.size());
                try (FloatTensor scaled = FloatTensor.allocate(partRows, queries.dimension())) {
                    queries.read(firstRow + start, partRows, scaled.buffer());
                    scale(scaled.buffer(), queries.dimension(), (float) (1 / temperature));
                    part.begin(scaled);
                }
                parts.add(part);
                rowsOfParts.add(partRows);
            }
        }

        /** Dividing the queries by τ divides every logit, at no cost per logit. */
        private static void scale(FloatBuffer values, int dimension, float factor) {
            float[] row = new float[dimension];
            while (values.hasRemaining()) {
                int at = values.position();
                values.get(row);
                for (int j = 0; j < dimension; j++) {
                    row[j] *= factor;
                }
                values.put(at, row);
            }
        }

        void gather(ReadAhead blocks, Progress.Task progress) {
            for (int block = 0; block < blocks.blocks(); block++) {
                blocks.schedule(block);
            }
            for (int i = 0; i < blocks.blocks(); i++) {
                ReadAhead.Block block = blocks.next();
                for (int part = 0; part < parts.size(); part++) {
                    parts.get(part).merge(block.tensors());
                    progress.advance((long) rowsOfParts.get(part) * block.rows());
                }
            }
        }

        void append(List<? extends EmbeddingsSink> results) {
            for (int part = 0; part < parts.size(); part++) {
                try (SoftRetrievalGraph.Gathered gathered = parts.get(part).gathered()) {
                    FloatBuffer sums = gathered.sums();
                    for (int row = 0; row < sums.limit(); row++) {
                        if (!(sums.get(row) < Float.POSITIVE_INFINITY)) {
                            throw new DataException(
                                    queries.origin(firstRow + (long) part * productRows + row)
                                            + ": its products with the keys are not finite; queries and keys need finite values");
                        }
                    }
                    for (int value = 0; value < results.size(); value++) {
                        results.get(value).append(gathered.means(value));
                    }
                }
            }
        }
    }
}
