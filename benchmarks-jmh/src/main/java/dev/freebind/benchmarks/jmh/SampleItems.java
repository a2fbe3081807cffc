package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Item;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** Inputs for encoders, made from seeds. */
final class SampleItems {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 480;

    private SampleItems() {}

    /** JPEG images of 640 × 480 pixels, as detailed as photographs: about 90 kB each. */
    static List<Item> photos(int count) {
        return items(count, SampleItems::photo);
    }

    /** WAV sounds, 16-bit, mono. */
    static List<Item> sounds(int count, int rate, double seconds) {
        return items(count, seed -> sound(seed, rate, seconds));
    }

    /** Captions of so many letters, which vocabularies without merges turn into as many ids. */
    static List<Item> captions(int count, int letters) {
        return items(count, seed -> {
            StringBuilder text = new StringBuilder();
            new Random(seed).ints(letters, 'a', 'z' + 1).forEach(letter -> text.append((char) letter));
            return new Item.Text(text.toString());
        });
    }

    private static List<Item> items(int count, IntFunction<Item> one) {
        return IntStream.range(0, count).mapToObj(one).toList();
    }

    private static Item photo(int seed) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        double[] waves = random.doubles(9, 0.005, 0.08).toArray();
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                int pixel = 0;
                for (int channel = 0; channel < 3; channel++) {
                    double level = 128
                            + 60 * Math.sin(waves[channel] * x + waves[3 + channel] * y)
                            + 40 * Math.cos(waves[6 + channel] * (x + y))
                            + 8 * random.nextGaussian();
                    pixel = pixel << 8 | (int) Math.min(Math.max(level, 0), 255);
                }
                image.setRGB(x, y, pixel);
            }
        }
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
            ImageIO.write(image, "jpeg", bytes);
            return new Item.Bytes("photo " + seed, bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Item sound(int seed, int rate, double seconds) {
        Random random = new Random(seed);
        int samples = (int) (rate * seconds);
        ByteBuffer wav = ByteBuffer.allocate(44 + 2 * samples).order(ByteOrder.LITTLE_ENDIAN);
        wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + 2 * samples);
        wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
        wav.putShort((short) 1).putShort((short) 1).putInt(rate).putInt(2 * rate);
        wav.putShort((short) 2).putShort((short) 16);
        wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(2 * samples);
        double pitch = 200 + 100 * seed % 3000;
        for (int i = 0; i < samples; i++) {
            double level = 8000 * Math.sin(2 * Math.PI * pitch * i / rate) + 1500 * random.nextGaussian();
            wav.putShort((short) level);
        }
        return new Item.Bytes("sound " + seed, wav.array());
    }
}
