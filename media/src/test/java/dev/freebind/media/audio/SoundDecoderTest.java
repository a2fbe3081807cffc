package dev.freebind.media.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.Item;
import dev.freebind.media.Damage;
import dev.freebind.media.Goldens;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SoundDecoderTest {

    private static final int PCM = 1;
    private static final int FLOAT = 3;

    private final SoundDecoder decoder = new SoundDecoder();

    private static Item.Bytes item(byte[] content) {
        return new Item.Bytes("the item", content);
    }

    /** A WAV file with a chunk to skip, of odd length, before its data. */
    private static byte[] wav(int code, int channels, int rate, int bits, boolean extensible, byte[] data) {
        int formatBytes = extensible ? 40 : 16;
        ByteBuffer file = ByteBuffer.allocate(12 + 8 + formatBytes + 8 + 4 + 8 + data.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        file.put("RIFF".getBytes()).putInt(file.capacity() - 8).put("WAVE".getBytes());
        file.put("fmt ".getBytes()).putInt(formatBytes);
        file.putShort((short) (extensible ? 0xFFFE : code))
                .putShort((short) channels)
                .putInt(rate);
        file.putInt(rate * channels * bits / 8)
                .putShort((short) (channels * bits / 8))
                .putShort((short) bits);
        if (extensible) {
            file.putShort((short) 22)
                    .putShort((short) bits)
                    .putInt(0)
                    .putShort((short) code)
                    .put(new byte[14]);
        }
        file.put("LIST".getBytes()).putInt(3).put(new byte[4]);
        file.put("data".getBytes()).putInt(data.length).put(data);
        return file.array();
    }

    private static byte[] bytes(int... values) {
        byte[] result = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (byte) values[i];
        }
        return result;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyWidthOfWavSamplesBecomesAFractionOfFullScale(boolean extensible) {
        assertThat(first(wav(PCM, 1, 8000, 8, extensible, bytes(0, 128, 255, 192))))
                .containsExactly(-1f, 0f, 127 / 128f, 0.5f);
        assertThat(first(wav(PCM, 1, 8000, 16, extensible, bytes(0, 0x80, 0xFF, 0x7F, 1, 0))))
                .containsExactly(-1f, 32_767 / 32_768f, 1 / 32_768f);
        assertThat(first(wav(PCM, 1, 8000, 24, extensible, bytes(0, 0, 0x80, 0xFF, 0xFF, 0xFF, 1, 2, 3))))
                .containsExactly(-1f, -1 / 8_388_608f, 0x030201 / 8_388_608f);
        assertThat(first(wav(PCM, 1, 8000, 32, extensible, bytes(0, 0, 0, 0x80, 0, 0, 0, 0x40))))
                .containsExactly(-1f, 0.5f);
        ByteBuffer floats = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        floats.putFloat(0.25f).putFloat(-1.5f);
        assertThat(first(wav(FLOAT, 1, 8000, 32, extensible, floats.array()))).containsExactly(0.25f, -1.5f);
        ByteBuffer doubles =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.1);
        assertThat(first(wav(FLOAT, 1, 8000, 64, extensible, doubles.array()))).containsExactly(0.1f);
    }

    private float[] first(byte[] file) {
        return decoder.decode(item(file)).channels().get(0);
    }

    @Test
    void channelsAreSeparatedAndMixed() {
        Sound sound = decoder.decode(item(wav(PCM, 2, 44_100, 16, false, bytes(0, 0x40, 0, 0xC0, 0, 0x40, 0, 0))));
        assertThat(sound.sampleRate()).isEqualTo(44_100);
        assertThat(sound.channels().get(0)).containsExactly(0.5f, 0.5f);
        assertThat(sound.channels().get(1)).containsExactly(-0.5f, 0f);
        assertThat(sound.mono()).containsExactly(0f, 0.25f);
    }

    @ParameterizedTest
    @CsvSource({
        "mono-8, 1, 1",
        "mono-16, 1, 2",
        "stereo-16, 2, 2",
        "stereo-fixed-16, 2, 2",
        "stereo-24, 2, 3",
        "wasted-bits-16, 1, 2",
        "noise-16, 1, 2",
        "silence-16, 1, 2"
    })
    void flacSoundsHaveTheSamplesTheyWereMadeFrom(String name, int channels, int width) {
        Sound sound = decoder.decode(item(Goldens.resource(SoundDecoderTest.class, name + ".flac")));
        byte[] raw = Goldens.resource(SoundDecoderTest.class, name + ".pcm");
        assertThat(sound.sampleRate()).isEqualTo(22_050);
        assertThat(sound.channels()).hasSize(channels);
        assertThat(sound.length()).isEqualTo(raw.length / channels / width);
        for (int i = 0; i < sound.length() * channels; i++) {
            int value = 0;
            for (int k = 0; k < width; k++) {
                value |= (raw[i * width + k] & 0xFF) << (32 - 8 * width + 8 * k);
            }
            assertThat(sound.channels().get(i % channels)[i / channels]).isEqualTo(value / 0x1p31f);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "media/BBQ.wav",
                "media/toilet.wav",
                "media/train.wav",
                "speech/0_jackson_0.wav",
                "speech/9_jackson_0.wav"
            })
    void realRecordingsDecode(String name) {
        Sound sound = decoder.decode(Goldens.item("realdata/" + name));
        assertThat(sound.sampleRate()).isEqualTo(name.startsWith("media") ? 32_000 : 8_000);
        assertThat(sound.length()).isGreaterThan(2_000);
        float loudest = 0;
        for (float sample : sound.mono()) {
            loudest = Math.max(loudest, Math.abs(sample));
        }
        assertThat(loudest).isBetween(0.01f, 1f);
    }

    @Test
    void aTruncatedWavSaysHowManyBytesAreThere() {
        byte[] whole = wav(PCM, 1, 8000, 16, false, new byte[1000]);
        assertThatThrownBy(() -> decoder.decode(item(Arrays.copyOf(whole, whole.length - 600))))
                .isInstanceOf(DataException.class)
                .hasMessage("the item: the WAV sound is truncated: its data chunk claims 1000 bytes and 400 are there");
    }

    @Test
    void aTruncatedFlacSaysHowManySamplesAreThere() {
        byte[] whole = Goldens.resource(SoundDecoderTest.class, "stereo-16.flac");
        assertThatThrownBy(() -> decoder.decode(item(Arrays.copyOf(whole, whole.length - 100))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("truncated")
                .hasMessageContaining("576 of 700 samples");
    }

    @Test
    void whatCannotBeDecodedIsRefusedSayingWhatCan() {
        assertThatThrownBy(() -> decoder.decode(item(wav(2, 1, 8000, 16, false, new byte[10]))))
                .hasMessageContaining("format code 2 with 16 bits; PCM (1)");
        assertThatThrownBy(() -> decoder.decode(item("ID3 and so on".getBytes())))
                .hasMessageContaining("not a WAV or FLAC sound; it begins with the bytes 49 44 33");
        assertThatThrownBy(() -> decoder.decode(item(wav(PCM, 1, 8000, 16, false, new byte[0]))))
                .hasMessageContaining("has no samples");
        assertThatThrownBy(() -> decoder.decode(item(wav(PCM, 1, 0, 16, false, new byte[2]))))
                .hasMessageContaining("1 channels at 0 Hz");
        byte[] nan = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(Float.NaN)
                .array();
        assertThatThrownBy(() -> decoder.decode(item(wav(FLOAT, 1, 8000, 32, false, nan))))
                .hasMessageContaining("no finite number: sample 0");
        assertThatThrownBy(() -> new SoundDecoder(10).decode(item(wav(PCM, 2, 8000, 8, false, new byte[12]))))
                .hasMessageContaining("6 samples in each of 2 channels; at most 10");
    }

    @ParameterizedTest
    @CsvSource({"16, false, 1", "24, true, 2", "8, false, 3"})
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void aDamagedWavEndsInASoundOrInAnErrorThatNamesTheItem(int bits, boolean extensible, long seed) {
        byte[] file = wav(PCM, 2, 8000, bits, extensible, new byte[240]);
        int refused = Damage.tryCopies(file, 12_000, seed, content -> decoder.decode(item(content)));
        assertThat(refused).isBetween(1_000, 12_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stereo-16", "stereo-24", "mono-8"})
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void aDamagedFlacEndsInASoundOrInAnErrorThatNamesTheItem(String name) {
        byte[] file = Goldens.resource(SoundDecoderTest.class, name + ".flac");
        int refused = Damage.tryCopies(file, 12_000, 4, content -> decoder.decode(item(content)));
        assertThat(refused).isBetween(5_000, 12_000);
    }
}
