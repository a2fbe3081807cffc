package dev.freebind.media.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import dev.freebind.api.DataException;
import dev.freebind.media.Goldens;
import dev.freebind.media.audio.ClipSampler.Clip;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterBankClipsTest {

    private static final ClipSampler SAMPLER = new ClipSampler(3, 2, 16_000);
    private static final KaldiFilterBank FILTER_BANK = new KaldiFilterBank(16_000, 400, 160, 128, 20, 8_000);
    private static final FilterBankClips IMAGEBIND = new FilterBankClips(
            new SoundDecoder(), Resampler.hannSinc(16_000), SAMPLER, FILTER_BANK, 204, -4.268f, 9.138f);

    @ParameterizedTest
    @CsvSource({
        "0, audio_1_16k_mono_5s.wav",
        "1, audio_2_44k1_stereo_3s.wav",
        "2, audio_3_16k_mono_1s.wav",
        "3, audio_4_16k_mono_odd.wav"
    })
    void theOfficialImageBindTransformIsReproduced(int index, String name) {
        float[] all = Goldens.floats("goldens/imagebind/preprocess/audio.npy");
        float[] expected = Arrays.copyOfRange(all, index * IMAGEBIND.length(), (index + 1) * IMAGEBIND.length());
        Goldens.assertClose(IMAGEBIND.apply(Goldens.item("goldens/imagebind/inputs/" + name)), expected, 2e-3, 1e-5);
    }

    @Test
    void theResampledReferenceSoundIsReproducedAtBothEnds() {
        Sound sound = new SoundDecoder().decode(Goldens.item("goldens/imagebind/inputs/audio_2_44k1_stereo_3s.wav"));
        float[] head = Goldens.floats("goldens/imagebind/preprocess/audio_2_resampled_head.npy");
        float[] tail = Goldens.floats("goldens/imagebind/preprocess/audio_2_resampled_tail.npy");
        for (int channel = 0; channel < 2; channel++) {
            float[] resampled =
                    Resampler.hannSinc(16_000).resample(sound.channels().get(channel), 44_100);
            assertThat(resampled).hasSize(48_000);
            Goldens.assertClose(
                    Arrays.copyOf(resampled, 4000),
                    Arrays.copyOfRange(head, 4000 * channel, 4000 * (channel + 1)),
                    2e-5,
                    2e-6);
            Goldens.assertClose(
                    Arrays.copyOfRange(resampled, 44_000, 48_000),
                    Arrays.copyOfRange(tail, 4000 * channel, 4000 * (channel + 1)),
                    2e-5,
                    2e-6);
        }
    }

    @Test
    void theMelTrianglesAreThoseOfTheReferenceTheEmptyOneIncluded() {
        float[] expected = Goldens.member("goldens/imagebind/preprocess/audio_mel_filterbank.npz", "mel")
                .floats();
        MelFilterBank bank = FILTER_BANK.bank();
        float[] actual = new float[128 * 257];
        for (int i = 0; i < actual.length; i++) {
            actual[i] = (float) bank.weight(i / 257, i % 257);
        }
        Goldens.assertClose(actual, expected, 5e-5, 1e-6);
        for (int bin = 0; bin < bank.bins(); bin++) {
            assertThat(bank.weight(3, bin)).isZero();
        }
    }

    @Test
    void clipsAreCutExactlyWhereTheReferenceCutsThem() {
        assertThat(SAMPLER.clips(40_032))
                .containsExactly(new Clip(0, 32_000), new Clip(4_015, 36_015), new Clip(8_031, 40_031));
        assertThat(SAMPLER.clips(80_000))
                .containsExactly(new Clip(0, 32_000), new Clip(24_000, 56_000), new Clip(48_000, 80_000));
        assertThat(SAMPLER.clips(16_000)).containsOnly(new Clip(0, 16_000)).hasSize(3);
    }

    @Test
    void silenceAndPaddingHaveTheirKnownValues() {
        float[] values = IMAGEBIND.apply("silence", new Sound(16_000, List.of(new float[16_000])));
        assertThat(values[0]).isCloseTo(-1.2775646f, offset(1e-6f));
        assertThat(values[203]).isCloseTo(0.46706063f, offset(1e-6f));
        assertThat(values[97]).isEqualTo(values[0]);
        assertThat(values[98]).isEqualTo(values[203]);
    }

    @Test
    void theSoundGivenIsNotChanged() {
        float[] samples = new float[40_000];
        Arrays.fill(samples, 0.5f);
        IMAGEBIND.apply("steady", new Sound(16_000, List.of(samples)));
        assertThat(samples).containsOnly(0.5f);
    }

    @Test
    void aSoundShorterThanAFrameIsRefusedByName() {
        assertThatThrownBy(() -> IMAGEBIND.apply("click.wav", new Sound(16_000, List.of(new float[399]))))
                .isInstanceOf(DataException.class)
                .hasMessage("click.wav is too short: it has 399 samples at 16000 Hz, and one frame takes 400");
    }

    @Test
    void theFastTransformEqualsTheDefinition() {
        for (int size : new int[] {4, 8, 16, 64, 512, 1024}) {
            Random random = new Random(size);
            double[] signal = random.doubles(size, -1, 1).toArray();
            RealFft fft = new RealFft(size);
            double[] power = new double[fft.bins()];
            fft.power(signal, power, fft.scratch());
            for (int k = 0; k <= size / 2; k++) {
                double real = 0;
                double imaginary = 0;
                for (int i = 0; i < size; i++) {
                    double angle = 2 * Math.PI * ((long) i * k % size) / size;
                    real += signal[i] * Math.cos(angle);
                    imaginary -= signal[i] * Math.sin(angle);
                }
                assertThat(power[k]).isCloseTo(real * real + imaginary * imaginary, offset(1e-10 * size));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"44100, 16000", "22050, 48000", "8000, 16000", "16000, 16000", "44099, 48000"})
    void aStretchIsResampledAsInTheWhole(int from, int to) {
        float[] samples = new float[5_000];
        Random random = new Random(21);
        for (int i = 0; i < samples.length; i++) {
            samples[i] = random.nextFloat() - 0.5f;
        }
        for (Resampler resampler : List.of(Resampler.hannSinc(to), Resampler.kaiserSinc(to))) {
            float[] whole = resampler.resample(samples, from);
            assertThat(whole).hasSize(resampler.length(samples.length, from));
            for (int i = 0; i < 20; i++) {
                int first = random.nextInt(whole.length);
                int count = random.nextInt(whole.length - first + 1);
                assertThat(resampler.resample(samples, from, first, count))
                        .isEqualTo(Arrays.copyOfRange(whole, first, first + count));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"8000, 16000", "32000, 16000", "22050, 48000", "11025, 16000", "47999, 16000"})
    void aToneKeepsItsPitchAndLevelThroughBothResamplers(int from, int to) {
        float[] tone = new float[from / 2];
        for (int i = 0; i < tone.length; i++) {
            tone[i] = (float) (0.5 * Math.sin(2 * Math.PI * 440 * i / from));
        }
        for (Resampler resampler : List.of(Resampler.hannSinc(to), Resampler.kaiserSinc(to))) {
            float[] resampled = resampler.resample(tone, from);
            assertThat(resampled).hasSize((int) ((tone.length * (long) to + from - 1) / from));
            for (int i = resampled.length / 4; i < resampled.length * 3 / 4; i++) {
                double expected = 0.5 * Math.sin(2 * Math.PI * 440 * i / to);
                assertThat((double) resampled[i]).isCloseTo(expected, offset(2e-3));
            }
        }
    }
}
