package dev.freebind.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.DataException;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;

/** Damages files at random, but the same way every time, and checks that readers answer with nothing but the documented error. */
public final class Damage {

    private Damage() {}

    /** Lets a reader try so many damaged copies of a file; returns how many it refused. */
    public static int tryCopies(byte[] file, int copies, long seed, Consumer<byte[]> reader) {
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < copies; i++) {
            byte[] copy = mutate(file, random);
            try {
                reader.accept(copy);
            } catch (DataException e) {
                assertThat(e.getMessage()).contains("the item");
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("copy " + i + " of seed " + seed + " ended in " + e, e);
            }
        }
        return refused;
    }

    private static byte[] mutate(byte[] file, Random random) {
        byte[] copy = file.clone();
        switch (random.nextInt(5)) {
            case 0 -> copy = Arrays.copyOf(copy, random.nextInt(copy.length + 1));
            case 1 -> {
                int from = random.nextInt(copy.length);
                int length = Math.min(copy.length - from, 1 + random.nextInt(16));
                System.arraycopy(copy, random.nextInt(copy.length - length + 1), copy, from, length);
            }
            default -> {
                int edits = 1 + random.nextInt(8);
                // Headers decide most, so they are hit most.
                int reach = random.nextBoolean() ? Math.min(64, copy.length) : copy.length;
                for (int i = 0; i < edits; i++) {
                    int at = random.nextInt(reach);
                    copy[at] = random.nextInt(4) == 0 ? (byte) 0xFF : (byte) random.nextInt(256);
                }
            }
        }
        return copy;
    }
}
