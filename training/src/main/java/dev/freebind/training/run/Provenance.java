package dev.freebind.training.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.freebind.api.DataException;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.execution.ProjectorTraining;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.fingerprint.Fingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a bound space comes from: {@code provenance.json}.
 *
 * @param schema 1
 * @param name the bound space
 * @param finished when, ISO 8601 in UTC
 * @param seconds how long the run took that finished it
 * @param seed the configuration's
 * @param configuration the configuration file's hash and text
 * @param inputs every embedding file that was read
 * @param versions of this software, Java, TensorFlow
 * @param host what it ran on: name, operating system, processors, device, threads
 * @param steps the trained projectors, with their loss curves
 * @param routers the trained routers, with theirs
 * @param warnings what the plan warned of
 * @param pairs the quality of the pseudo pairs
 */
public record Provenance(
        int schema,
        String name,
        String finished,
        double seconds,
        long seed,
        ConfigurationFile configuration,
        List<Input> inputs,
        Map<String, String> versions,
        Map<String, String> host,
        List<TrainedStep> steps,
        List<TrainedRouters> routers,
        List<String> warnings,
        List<PairQuality> pairs) {

    /** Copies; files written before there were routers, or before pairs were looked at, have none. */
    public Provenance {
        pairs = Objects.requireNonNullElse(pairs, List.of());
        routers = Objects.requireNonNullElse(routers, List.of());
    }

    /** The file's name in a bound space's folder. */
    public static final String FILE = "provenance.json";

    static final int SCHEMA = 1;
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

    /**
     * The configuration that was bound.
     *
     * @param file its path
     * @param sha256 of its bytes
     * @param text its content
     */
    public record ConfigurationFile(String file, String sha256, String text) {}

    /**
     * An input file.
     *
     * @param space the space of its embeddings; empty for a checkpoint
     * @param corpus the corpus; {@code checkpoint} for a file of published weights
     * @param file its path
     * @param bytes its size
     * @param sha256 of its bytes
     */
    public record Input(String space, String corpus, String file, long bytes, String sha256) {}

    /**
     * A trained projector.
     *
     * @param projector {@code bond/source/subset}
     * @param fingerprint of everything it was made from
     * @param rows tuples
     * @param seconds training time
     * @param keptEpoch number of the epoch whose weights were kept, from 1
     * @param epochs loss curve
     */
    public record TrainedStep(
            String projector, String fingerprint, long rows, double seconds, int keptEpoch, List<Epoch> epochs) {}

    /**
     * The trained routers of a combination.
     *
     * @param bond the combination
     * @param fingerprint of everything they were made from
     * @param rows item tuples
     * @param seconds training time
     * @param epochs loss curves
     */
    public record TrainedRouters(
            String bond, String fingerprint, long rows, double seconds, List<RouterEpoch> epochs) {}

    /**
     * One point of the routers' loss curves.
     *
     * @param alignment mean summed InfoNCE over the epoch's steps
     * @param decoupling mean binary cross-entropy of the text router's scores
     */
    public record RouterEpoch(double alignment, double decoupling) {}

    /**
     * One point of a loss curve.
     *
     * @param loss mean summed InfoNCE over the epoch's steps
     * @param heldOutRecall recall@1 on held-out tuples; absent if none were held out
     */
    public record Epoch(double loss, @Nullable Double heldOutRecall) {
        static Epoch of(ProjectorTraining.Epoch epoch) {
            return new Epoch(epoch.meanLoss(), Double.isNaN(epoch.heldOutRecall()) ? null : epoch.heldOutRecall());
        }
    }

    /**
     * Of a space that was made of published checkpoints: nothing was trained here.
     *
     * @param configuration the space
     * @param origin the published space or the configuration file it was imported as
     * @param text of its {@code space.yaml}
     * @param checkpoints the files that were read
     * @param version of this software
     * @throws DataException if a file cannot be read
     */
    public static Provenance imported(
            Configuration configuration,
            String origin,
            String text,
            List<Path> checkpoints,
            String version,
            Clock clock) {
        List<Input> inputs = new ArrayList<>();
        for (Path file : checkpoints) {
            try {
                inputs.add(new Input("", "checkpoint", file.toString(), Files.size(file), FileHashes.sha256(file)));
            } catch (IOException e) {
                throw FileErrors.cannotRead(file, e);
            }
        }
        return new Provenance(
                SCHEMA,
                configuration.name(),
                clock.instant().toString(),
                0,
                configuration.seed(),
                new ConfigurationFile(origin, new Fingerprint("space").add(text).hex(), text),
                inputs,
                Map.of("freebind", version),
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    /**
     * Reads a bound space's provenance.
     *
     * @param boundSpace the bound space's folder
     * @return empty if there is none
     * @throws DataException if it is there and damaged
     */
    public static Optional<Provenance> read(Path boundSpace) {
        Path file = boundSpace.resolve(FILE);
        return Files.exists(file) ? Optional.of(readJson(file, Provenance.class)) : Optional.empty();
    }

    /**
     * Writes the file into a bound space's folder.
     *
     * @throws DataException if it cannot be written
     */
    public void write(Path boundSpace) {
        writeJson(boundSpace.resolve(FILE), this);
    }

    static <T> T readJson(Path file, Class<T> type) {
        try {
            return JSON.readValue(file.toFile(), type);
        } catch (IOException e) {
            throw new DataException(file + ": damaged: " + e.getMessage(), e);
        }
    }

    static void writeJson(Path file, Object value) {
        try {
            AtomicFile.writeString(file, JSON.writeValueAsString(value) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
