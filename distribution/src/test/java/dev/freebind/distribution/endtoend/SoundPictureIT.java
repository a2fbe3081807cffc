package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/sound-picture} of the distribution on real embeddings. */
class SoundPictureIT {

    @TempDir
    private Path folder;

    @Test
    void soundsFindPicturesThatNobodyTrainedThemWith() throws Exception {
        Path data = Path.of(System.getProperty("freebind.root"), "..", "shared", "realdata")
                .toAbsolutePath()
                .normalize();
        Assumptions.assumeTrue(Files.isDirectory(data.resolve("sound-picture")), "real embeddings are not in " + data);
        Installation installation = Installation.built().with("FREEBIND_REALDATA", data.toString());
        Path example = installation.home().resolve("examples/sound-picture/freebind.yaml");

        installation
                .run(folder, "bind", example.toString(), "--output", "sound-picture", "--device", "cpu")
                .succeeded();
        Installation.Run run = installation
                .run(folder, "evaluate", "sound-picture", "--json", "results.json", "--device", "cpu")
                .succeeded();

        assertThat(run.out()).contains("audio-image");
        assertThat(medianRank(new ObjectMapper()
                        .readTree(folder.resolve("results.json").toFile())))
                .as("median rank of the right picture among 1203; 600 by chance")
                .isBetween(15.0, 60.0);
    }

    private static double medianRank(JsonNode results) {
        for (JsonNode row : results.get("rows")) {
            if (row.get("metric").asText().equals("median-rank")
                    && row.get("direction").asText().equals("audio->image")
                    && row.get("space").asText().equals("sound-picture")) {
                return row.get("value").asDouble();
            }
        }
        throw new AssertionError("no median rank of audio->image in " + results);
    }
}
