package dev.freebind.text.internal.sentencepiece;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.freebind.api.DataException;
import dev.freebind.text.Goldens;
import dev.freebind.text.LlamaTokenizer;
import dev.freebind.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SentencePieceFuzzTest {

    private static final int MUTATIONS = 12_000;

    @TempDir
    private Path folder;

    @Test
    void twelveThousandDamagedModelsAreReadOrRefusedButNeverCrash() throws IOException {
        byte[] whole = Goldens.bytes("internvl-tiny/tokenizer.model");
        Path file = folder.resolve("tokenizer.model");
        Random random = new Random(20_240_505);
        int[] outcomes = new int[2];
        assertTimeout(Duration.ofMinutes(3), () -> {
            for (int i = 0; i < MUTATIONS; i++) {
                Files.write(file, mutated(whole, random));
                outcomes[readsAndEncodes(file) ? 1 : 0]++;
            }
        });
        assertThat(outcomes[0]).as("refused").isGreaterThan(MUTATIONS / 10);
        assertThat(outcomes[1]).as("read").isGreaterThan(MUTATIONS / 10);
    }

    private static boolean readsAndEncodes(Path file) {
        LlamaTokenizer tokenizer;
        try {
            tokenizer = LlamaTokenizer.forInternVlC(file, LlamaTokenizer.Padding.ZERO);
        } catch (DataException e) {
            assertThat(e).hasMessageContaining(file.toString());
            return false;
        }
        Tokens tokens = tokenizer.encode("a photo of a caf\u00E9, \u4E2D\u6587 \uD83D\uDC26 </s> end");
        assertThat(tokens.ids()).hasSize(80);
        assertThat(Arrays.stream(tokens.ids())).allMatch(id -> id >= 0 && id < tokenizer.vocabularySize());
        return true;
    }

    private static byte[] mutated(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && bytes.length > 1; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = (byte) 0xFF;
                case 3 -> bytes = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, at) : bytes;
                case 4 -> {
                    int to = random.nextInt(bytes.length);
                    System.arraycopy(
                            bytes.clone(),
                            at,
                            bytes,
                            to,
                            Math.min(random.nextInt(40), bytes.length - Math.max(at, to)));
                }
                default -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
                    System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
                    bytes = longer;
                }
            }
        }
        return bytes;
    }
}
