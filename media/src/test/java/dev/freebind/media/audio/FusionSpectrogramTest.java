package dev.freebind.media.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.freebind.api.Item;
import dev.freebind.media.Goldens;
import dev.freebind.media.audio.FusionSpectrogram.StartRange;
import dev.freebind.media.audio.FusionSpectrogram.Views;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CLAP's pipeline: waveform, both mel spectrograms, fusion. */
class FusionSpectrogramTest {

    private static final String INPUTS = "goldens/clap/inputs/";
    private static final String PREPROCESS = "goldens/clap/preprocess/";
    private static final String A = "a_10s_48k_mono.wav";
    private static final String B = "b_3s_44k1_stereo.wav";
    private static final String C = "c_14s_48k_mono.wav";

    private static final FixedLengthWaveform WAVEFORM =
            new FixedLengthWaveform(new SoundDecoder(), Resampler.kaiserSinc(48_000), 480_000);
    private static final LogMelSpectrogram SLANEY =
            new LogMelSpectrogram(1024, 480, MelFilterBank.slaney(64, 1024, 48_000, 50, 14_000));
    private static final LogMelSpectrogram HTK =
            new LogMelSpectrogram(1024, 480, MelFilterBank.htk(64, 1024, 48_000, 50, 14_000));

    private static float[] whole(String name) {
        return WAVEFORM.whole(Goldens.item(INPUTS + name));
    }

    private static short[] shorts(float[] waveform) {
        short[] result = new short[waveform.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (short) Math.round(waveform[i] * 32_767);
        }
        return result;
    }

    private static String sha256(short[] samples) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(samples);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    }

    /** The reference's own 16-bit samples of b, which another resampler than its own cannot give exactly. */
    private static float[] referenceB() {
        int[] samples = Goldens.ints(PREPROCESS + "b_resampled_48k_int16.npy");
        float[] result = new float[samples.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = samples[i] / 32_767f;
        }
        return result;
    }

    private static float[] everyNth(float[] frames, int bands, int step) {
        int count = (frames.length / bands + step - 1) / step;
        float[] result = new float[count * bands];
        for (int t = 0; t < count; t++) {
            System.arraycopy(frames, t * step * bands, result, t * bands, bands);
        }
        return result;
    }

    private static ChunkStart fixed(Integer... starts) {
        Iterator<Integer> next = Arrays.asList(starts).iterator();
        return (first, last) -> {
            int start = next.next();
            assertThat(start).isBetween(first, last);
            return start;
        };
    }

    @ParameterizedTest
    @CsvSource({
        A + ", 21cc1b146273afde92cf4935b859facec59361ea46e8f8fb80f2845ac871b9a0",
        C + ", b2d266feb23713da05e60f9e038b543ac9dc8231eef422ed1c9ebcf98d7314cd"
    })
    void theSixteenBitRoundTripIsExact(String name, String checksum) throws Exception {
        assertThat(sha256(shorts(whole(name)))).isEqualTo(checksum);
    }

    @Test
    void quantisingCutsTowardsZeroAndClips() {
        float[] quantised = FixedLengthWaveform.quantised(new float[] {1 / 32_768f, -1 / 32_768f, 2f, -2f, 0.5f});
        assertThat(quantised).containsExactly(0f, 0f, 1f, -1f, 16_383 / 32_767f);
    }

    @Test
    void aCropAndARepetitionAreExact() throws Exception {
        assertThat(sha256(shorts(WAVEFORM.fit(whole(C), fixed(53_796)))))
                .isEqualTo("97fa230b87b681b756a0de7d59e21426de8d247ee82bd1bb14914a30d07ce5fc");
        assertThat(sha256(shorts(WAVEFORM.fit(whole(C), fixed(40_281)))))
                .isEqualTo("7e0da6be2760d7df2af21e058a681446721a36455c0269eab62fcdffb9654229");
        assertThat(sha256(shorts(WAVEFORM.fit(referenceB(), ChunkStart.MIDDLE))))
                .isEqualTo("e6f758ac8802de11a4f9b9e6550a76012aa778caf36d2b13acb872064f842097");
    }

    @Test
    void ourResamplerStaysWithinTheToleranceForForeignOnes() {
        float[] ours = whole(B);
        float[] reference = referenceB();
        assertThat(ours).hasSameSizeAs(reference);
        Goldens.assertClose(
                SLANEY.apply(WAVEFORM.fit(ours, ChunkStart.MIDDLE)),
                SLANEY.apply(WAVEFORM.fit(reference, ChunkStart.MIDDLE)),
                Double.MAX_VALUE,
                0.02);
    }

    @Test
    void theSpectrogramInsideTheModelIsReproduced() {
        String file = PREPROCESS + "logmel_slaney_nonfusion.npz";
        Goldens.assertClose(
                SLANEY.apply(whole(A)), Goldens.member(file, "a_full").floats(), 5e-3, 1e-4);
        float[] b = SLANEY.apply(WAVEFORM.fit(referenceB(), ChunkStart.MIDDLE));
        Goldens.assertClose(everyNth(b, 64, 4), Goldens.member(file, "b_every4").floats(), 5e-3, 1e-4);
        assertThat(b[b.length - 1]).isEqualTo(-100f);
        float[] c = SLANEY.apply(WAVEFORM.fit(whole(C), fixed(53_796)));
        Goldens.assertClose(
                everyNth(c, 64, 4), Goldens.member(file, "c_crop_every4").floats(), 5e-3, 1e-4);
    }

    @Test
    void theFusedViewsAreReproduced() {
        String file = PREPROCESS + "mel_htk_fusion.npz";
        float[] c = whole(C);
        Goldens.assertClose(HTK.apply(c), Goldens.member(file, "c_whole_1401").floats(), 5e-3, 1e-4);
        Views views = new FusionSpectrogram(WAVEFORM, HTK, fixed(36, 189, 330)).apply(c);
        assertThat(views.longer()).isTrue();
        int view = 1001 * 64;
        Goldens.assertClose(
                Arrays.copyOf(views.values(), view),
                Goldens.member(file, "c_shrink_full").floats(),
                5e-3,
                1e-4);
        float[] all = HTK.apply(c);
        int[] starts = {36, 189, 330};
        for (int i = 0; i < 3; i++) {
            assertThat(Arrays.copyOfRange(views.values(), (i + 1) * view, (i + 2) * view))
                    .isEqualTo(Arrays.copyOfRange(all, starts[i] * 64, (starts[i] + 1001) * 64));
        }
        Views a = new FusionSpectrogram(WAVEFORM, HTK, ChunkStart.MIDDLE).apply(whole(A));
        assertThat(a.longer()).isFalse();
        Goldens.assertClose(
                everyNth(Arrays.copyOfRange(a.values(), 3 * view, 4 * view), 64, 4),
                Goldens.member(file, "a_every4").floats(),
                5e-3,
                1e-4);
        Views b = new FusionSpectrogram(WAVEFORM, HTK, ChunkStart.MIDDLE).apply(referenceB());
        assertThat(b.longer()).isFalse();
        Goldens.assertClose(
                everyNth(Arrays.copyOf(b.values(), view), 64, 4),
                Goldens.member(file, "b_every4").floats(),
                5e-3,
                1e-4);
    }

    @Test
    void bothFilterBanksAreTheReferences() {
        assertBank(MelFilterBank.slaney(64, 1024, 48_000, 50, 14_000), "slaney_64x513", 1e-7);
        assertBank(MelFilterBank.htk(64, 1024, 48_000, 50, 14_000), "htk_64x513", 1e-5);
    }

    private static void assertBank(MelFilterBank bank, String member, double tolerance) {
        float[] expected =
                Goldens.member(PREPROCESS + "mel_filterbanks.npz", member).floats();
        float[] actual = new float[64 * 513];
        for (int i = 0; i < actual.length; i++) {
            actual[i] = (float) bank.weight(i / 513, i % 513);
        }
        Goldens.assertClose(actual, expected, tolerance, tolerance);
    }

    @ParameterizedTest
    @CsvSource({
        "1002, 0, 0, 1, 1, 0, 0",
        "1003, 0, 0, 1, 1, 2, 2",
        "1004, 0, 1, 2, 2, 3, 3",
        "1021, 0, 6, 7, 13, 14, 20",
        "1042, 0, 13, 14, 27, 28, 41",
        "1401, 0, 133, 134, 267, 268, 400",
        "3001, 0, 666, 667, 1333, 1334, 2000"
    })
    void chunksMayBeginWhereTheReferenceLetsThem(
            int total, int front, int frontEnd, int middle, int middleEnd, int back, int backEnd) {
        assertThat(new FusionSpectrogram(WAVEFORM, HTK, ChunkStart.MIDDLE).startRanges(total))
                .containsExactly(
                        new StartRange(front, frontEnd),
                        new StartRange(middle, middleEnd),
                        new StartRange(back, backEnd));
    }

    @ParameterizedTest
    @CsvSource({"479999, false", "480000, false", "480001, false", "480479, false", "480480, true"})
    void aSoundIsLongerOnceItHasAFrameMore(int samples, boolean longer) {
        Views views = new FusionSpectrogram(WAVEFORM, HTK, ChunkStart.MIDDLE).apply(new float[samples]);
        assertThat(views.longer()).isEqualTo(longer);
        assertThat(views.values()).hasSize(4 * 1001 * 64);
    }

    @Test
    void theDefaultStartIsTheMiddleAndARandomOneRepeatsWithItsSeed() {
        assertThat(ChunkStart.MIDDLE.choose(134, 267)).isEqualTo(200);
        ChunkStart one = ChunkStart.random(new Random(3));
        ChunkStart other = ChunkStart.random(new Random(3));
        for (int i = 0; i < 100; i++) {
            assertThat(one.choose(5, 9)).isBetween(5, 9).isEqualTo(other.choose(5, 9));
        }
    }

    @Test
    void theTimeAxisInterpolatesWithTheReferencesTaps() {
        double[] taps = Goldens.member(PREPROCESS + "bicubic_1001_to_1024.npz", "taps_f64")
                .doubles();
        int[] first = Goldens.member(PREPROCESS + "bicubic_1001_to_1024.npz", "first_index_i0")
                .ints();
        CubicInterpolation interpolation = new CubicInterpolation(1001, 1024);
        for (int o = 0; o < 1024; o++) {
            assertThat(interpolation.index(o)).isEqualTo(first[o]);
            assertThat(interpolation.taps(o))
                    .containsExactly(Arrays.copyOfRange(taps, 4 * o, 4 * o + 4), offset(1e-12));
        }
        float[] matrix = interpolation.matrix();
        for (int o = 0; o < 1024; o++) {
            double sum = 0;
            for (int i = 0; i < 1001; i++) {
                sum += matrix[o * 1001 + i];
            }
            assertThat(sum).isCloseTo(1, offset(1e-6));
        }
    }

    @Test
    void aRealRecordingGoesThroughTheWholePipeline() {
        for (String name : List.of("media/BBQ.wav", "speech/3_jackson_0.wav")) {
            Item item = Goldens.item("realdata/" + name);
            float[] mel = SLANEY.apply(WAVEFORM.fit(WAVEFORM.whole(item), ChunkStart.MIDDLE));
            assertThat(mel).hasSize(1001 * 64);
            for (float value : mel) {
                assertThat(value).isBetween(-100f, 60f);
            }
        }
    }
}
