package dev.freebind.benchmarks.jmh;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Embeddings;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.formats.ElementType;
import dev.freebind.search.Gallery;
import dev.freebind.search.Hit;
import dev.freebind.search.SearchedSpace;
import dev.freebind.search.SpaceSearch;
import dev.freebind.search.index.IndexFolder;
import dev.freebind.search.index.IndexManifest;
import dev.freebind.search.index.IndexWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One query over an index of 240,600 rows of dimension 512, the ten best. Its yardstick is not sgemm: a single query reads every
 * value for one multiplication, so the fraction is that of the rate at which all cores read memory. Target: 0.5 for float32.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 20)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class SearchBenchmark {

    private static final Logger LOG = LoggerFactory.getLogger(SearchBenchmark.class);

    private static final int DIMENSION = 512;
    private static final int K = 10;

    /** Rows of the index. */
    @Param("240600")
    public int rows;

    /** How the index stores its numbers. */
    @Param({"F32", "F16"})
    public ElementType storage;

    private final List<Double> fractions = new ArrayList<>();
    private final float[] direction = new float[DIMENSION];
    private Path folder;
    private IndexFolder index;
    private SpaceSearch search;
    private ReadingRate reading;
    private List<Hit> hits = List.of();
    private boolean measured;

    /** Writes the index. */
    @Setup(Level.Trial)
    public void writeIndex() throws IOException {
        folder = Files.createTempDirectory("freebind-benchmark");
        Embeddings items = new RandomRows(5, rows, DIMENSION);
        IndexManifest manifest = new IndexManifest(
                "items", Modality.IMAGE, "space", DIMENSION, rows, "", List.of(), "all", "", null, null, "benchmark");
        IndexWriter.write(
                new Gallery("items", Modality.IMAGE, items, null), manifest, folder, storage, Progress.SILENT);
        index = IndexFolder.open(folder);
        search = new SpaceSearch(new FixedSpace(), List.of(index.gallery()), 0);
        new RandomRows(6, 1, DIMENSION).read(0, 1, FloatBuffer.wrap(direction));
        reading = new ReadingRate();
    }

    /** Learns whether this is a warm-up. */
    @Setup(Level.Iteration)
    public void iteration(IterationParams iteration) {
        measured = iteration.getType() == IterationType.MEASUREMENT;
    }

    /** The measured work. */
    @Benchmark
    public List<Hit> find() {
        double before = reading.measure();
        long start = System.nanoTime();
        hits = search.find(direction, index.gallery(), K, Progress.SILENT);
        double seconds = (System.nanoTime() - start) / 1e9;
        double memory = (before + reading.measure()) / 2;
        double rate = (double) rows * DIMENSION * storage.bytes() / seconds;
        LOG.info(String.format(
                Locale.ROOT,
                "%s: %.1f ms, %.1f GB/s of the index; memory %.1f GB/s; fraction %.2f",
                measured ? "measured" : "warm-up",
                seconds * 1e3,
                rate / 1e9,
                memory / 1e9,
                rate / memory));
        if (measured) {
            fractions.add(rate / memory);
        }
        return hits;
    }

    /** Reports the median; compares the hits with products in double precision. */
    @TearDown(Level.Trial)
    public void verifyAndDelete() throws IOException {
        LOG.info(String.format(
                Locale.ROOT,
                "median fraction of the reading rate %.2f over %d queries",
                SgemmYardstick.median(fractions),
                fractions.size()));
        try {
            verify();
        } finally {
            reading.close();
            index.close();
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private void verify() {
        FloatBuffer row = FloatBuffer.allocate(DIMENSION);
        float lowest = hits.get(K - 1).score();
        int better = 0;
        for (int i = 0; i < rows; i++) {
            index.gallery().embeddings().read(i, 1, row.clear());
            double score = 0;
            for (int j = 0; j < DIMENSION; j++) {
                score += (double) row.get(j) * direction[j];
            }
            better += score > lowest + 1e-6 ? 1 : 0;
            for (Hit hit : hits) {
                if (hit.row() == i && !(Math.abs(hit.score() - score) <= 1e-6)) {
                    throw new IllegalStateException(
                            "row " + i + " has score " + score + ", but " + hit.score() + " was found");
                }
            }
        }
        if (hits.size() != K || better > K - 1) {
            throw new IllegalStateException(better + " rows are better than the last of " + hits.size() + " hits");
        }
    }

    /** A space that is asked for its dimension only. */
    private static final class FixedSpace implements SearchedSpace {
        @Override
        public EmbeddingSpace space() {
            return new EmbeddingSpace("space", DIMENSION, List.of(Modality.IMAGE));
        }

        @Override
        public List<Modality> encodable() {
            return List.of();
        }

        @Override
        public String fingerprint() {
            return "";
        }

        @Override
        public float[] embed(Modality modality, Item item) {
            throw new UnsupportedOperationException("nothing is encoded here");
        }

        @Override
        public Embeddings embed(Modality modality, Map<String, Embeddings> leaves) {
            throw new UnsupportedOperationException("nothing is embedded here");
        }
    }
}
