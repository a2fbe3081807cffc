package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Item;
import dev.freebind.media.audio.KaldiFilterBank;
import dev.freebind.media.audio.LogMelSpectrogram;
import dev.freebind.media.audio.MelFilterBank;
import dev.freebind.media.audio.SoundDecoder;
import dev.freebind.media.image.CropMargin;
import dev.freebind.media.image.ImageDecoder;
import dev.freebind.media.image.ImagePipeline;
import dev.freebind.media.image.PixelScale;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
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
 * Preparing images and sounds on one thread; an invocation is one pass over the files of a folder.
 *
 * <p>{@code src/main/python/preparation_baseline.py} does the same with Pillow and torchaudio. Both print the median processor
 * time of an item, which other users of the machine disturb less than the time on the clock, and a number that shows that they
 * computed the same: a checksum of pixels, or the mean of features.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 60)
@Measurement(iterations = 30)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and runs the set-up before anything else.
public class PreparationBenchmark {

    private static final Logger LOG = LoggerFactory.getLogger(PreparationBenchmark.class);
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final ImageDecoder DECODER = new ImageDecoder();
    private static final ImagePipeline IMAGES = new ImagePipeline(
            DECODER,
            224,
            CropMargin.HALF_TO_EVEN,
            PixelScale.DIVIDED_BY_255,
            List.of(0.48145467f, 0.4578275f, 0.40821072f),
            List.of(0.26862955f, 0.2613026f, 0.2757771f));
    private static final KaldiFilterBank FILTER_BANK = new KaldiFilterBank(16_000, 400, 160, 128, 20, 8000);
    private static final LogMelSpectrogram MEL =
            new LogMelSpectrogram(1024, 480, MelFilterBank.htk(64, 1024, 48_000, 50, 14_000));

    /** What is prepared. */
    public enum Kind {
        /** Decode, resize, crop and normalise, as ImageBind. */
        IMAGE,
        /** Kaldi features of the first two seconds, as ImageBind. */
        FILTER_BANK,
        /** A mel spectrogram in decibels of the first ten seconds, as CLAP. */
        MEL
    }

    /** What is prepared. */
    @Param
    public Kind kind;

    /** Where the files are: jpg, jpeg and png, or wav. */
    @Param("../shared/realdata/media")
    public String folder;

    private final List<Item> images = new ArrayList<>();
    private final List<float[]> sounds = new ArrayList<>();
    private final List<Double> times = new ArrayList<>();
    private boolean measured;

    /** Reads the files. */
    @Setup(Level.Trial)
    public void read() throws IOException {
        List<String> endings = kind == Kind.IMAGE ? List.of(".jpg", ".jpeg", ".png") : List.of(".wav");
        List<Path> files;
        try (Stream<Path> found = Files.list(Path.of(folder))) {
            files = found.filter(
                            file -> endings.stream().anyMatch(file.toString().toLowerCase(Locale.ROOT)::endsWith))
                    .sorted()
                    .toList();
        }
        if (files.isEmpty()) {
            throw new IllegalStateException(folder + " has no file that ends in " + endings + "; give -p folder=…");
        }
        for (Path file : files) {
            if (kind == Kind.IMAGE) {
                images.add(new Item.Bytes(file.toString(), Files.readAllBytes(file)));
            } else {
                int length = kind == Kind.MEL ? 480_000 : 32_000;
                sounds.add(Arrays.copyOf(
                        new SoundDecoder()
                                .decode(new Item.File(file))
                                .channels()
                                .get(0),
                        length));
            }
        }
    }

    /** Learns whether this is a warm-up. */
    @Setup(Level.Iteration)
    public void iteration(IterationParams iteration) {
        measured = iteration.getType() == IterationType.MEASUREMENT;
    }

    /** The measured work. */
    @Benchmark
    public List<float[]> prepare() {
        List<float[]> prepared = new ArrayList<>();
        long start = THREADS.getCurrentThreadCpuTime();
        images.forEach(image -> prepared.add(IMAGES.apply(image)));
        sounds.forEach(sound -> prepared.add(features(sound)));
        if (measured) {
            times.add((THREADS.getCurrentThreadCpuTime() - start) / 1e6 / prepared.size());
        }
        return prepared;
    }

    private float[] features(float[] samples) {
        return kind == Kind.MEL ? MEL.apply(samples) : FILTER_BANK.apply(samples, 0, samples.length, Integer.MAX_VALUE);
    }

    /** Reports the median and what shows that the right thing was computed. */
    @TearDown(Level.Trial)
    public void report() {
        LOG.info(String.format(
                Locale.ROOT,
                "%s: median %.2f ms of processor time an item over %d items, %s",
                kind,
                SgemmYardstick.median(times),
                images.size() + sounds.size(),
                kind == Kind.IMAGE ? checksum() : mean()));
    }

    private String checksum() {
        CRC32 crc = new CRC32();
        images.forEach(
                image -> crc.update(IMAGES.squareOf(DECODER.decode(image)).pixels()));
        return String.format(Locale.ROOT, "checksum %08x", crc.getValue());
    }

    private String mean() {
        double mean = 0;
        for (float[] sound : sounds) {
            float[] features = features(sound);
            double sum = 0;
            for (float feature : features) {
                sum += feature;
            }
            mean += sum / features.length / sounds.size();
        }
        return String.format(Locale.ROOT, "mean %.3f", mean);
    }
}
