package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.EmbeddingsSink;
import dev.freebind.api.Encoder;
import dev.freebind.api.Item;
import dev.freebind.api.Progress;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.bonds.product.WeightStore;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.fingerprint.Fingerprint;
import dev.freebind.formats.npy.NpyFile;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.training.LeafEncoders;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The corpora in every space a bond uses: leaf spaces from the user's files, inner bonds' spaces computed on demand. */
final class CorpusRows implements AutoCloseable {

    private static final int COPY_ROWS = 1_024;

    private final Path output;
    private final BondGraph graph;
    private final CorpusEmbeddings corpora;
    private final StepFingerprints fingerprints;
    private final Inference.Factory inference;
    private final ItemAccess items;
    private final LeafEncoders encoders;
    private final Progress progress;
    private final Map<Path, NpyFile> opened = new HashMap<>();

    /** Keeps what it computes below {@code output/work/embeddings}. */
    CorpusRows(
            Path output,
            BondGraph graph,
            CorpusEmbeddings corpora,
            StepFingerprints fingerprints,
            Inference.Factory inference,
            ItemAccess items,
            Progress progress) {
        this.output = output;
        this.graph = graph;
        this.corpora = corpora;
        this.fingerprints = fingerprints;
        this.inference = inference;
        this.items = items;
        this.encoders = new LeafEncoders(graph, output, items.registry(), Map.of());
        this.progress = progress;
    }

    /**
     * Unit rows of a corpus in a leaf space or an inner bond's space, or under {@code bond/source} a source's means of
     * projections, which are not normalised.
     *
     * @return valid until this is closed
     */
    Embeddings rows(String space, String corpus) throws IOException {
        return graph.isLeaf(space) ? corpora.rows(space, corpus) : embed(fingerprints.embedStep(space, corpus));
    }

    /** A corpus in an inner bond's space, computed once and kept in a file, because soft retrieval reads it many times. */
    private Embeddings embed(BindStep.Embed step) throws IOException {
        Path file = file(step);
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            Map<String, Embeddings> leaves = new HashMap<>();
            for (EmbeddingExpression.Leaf leaf : step.expression().leaves()) {
                leaves.put(
                        leaf.space(),
                        graph.hasTunedEncoder(leaf.space(), leaf.modality())
                                ? encoders.encode(leaf.space(), leaf.modality(), items(step.corpus()))
                                : corpora.rows(leaf.space(), step.corpus()));
            }
            try (Inference engine = inference.open(WeightStore.of(output));
                    NpyWriter writer = NpyWriter.create(file, step.dimension(), ElementType.F32);
                    Progress.Task bar = progress.start(step.description(), step.rows(), "rows")) {
                copy(engine.evaluate(step.expression(), leaves), writer, bar);
                writer.commit();
            }
        }
        return open(file);
    }

    /** The items of a corpus or of one side of pairs. */
    List<? extends Item> items(String corpus) {
        List<? extends Item> all = items.items().apply(corpora.corpus(corpus));
        return all.subList(0, (int) Math.min(corpora.limit(), all.size()));
    }

    /** The encoder of a leaf; open until the run ends. */
    Encoder encoder(String leaf) {
        return encoders.encoder(leaf);
    }

    /** Opens a result of this run once; it stays open until the run ends. */
    NpyFile open(Path file) {
        return opened.computeIfAbsent(file, NpyFile::open);
    }

    /** Where an embedded corpus is kept. */
    Path file(BindStep.Embed step) {
        return output.resolve("work/embeddings")
                .resolve(step.space())
                .resolve(step.corpus() + "-" + Fingerprint.abbreviate(fingerprints.ofRows(step.space(), step.corpus()))
                        + ".npy");
    }

    private static void copy(Embeddings rows, EmbeddingsSink sink, Progress.Task bar) {
        FloatBuffer block = FloatBuffer.allocate(COPY_ROWS * rows.dimension());
        for (long row = 0; row < rows.rows(); row += COPY_ROWS) {
            int count = (int) Math.min(COPY_ROWS, rows.rows() - row);
            rows.read(row, count, block.clear());
            sink.append(block.flip());
            bar.advance(count);
        }
    }

    @Override
    public void close() {
        opened.values().forEach(NpyFile::close);
        encoders.close();
    }
}
