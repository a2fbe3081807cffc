package dev.freebind.training.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of trained steps, by fingerprint: in a file each while the space is not complete, and in its provenance, which
 * stays when {@code work/} is deleted.
 */
final class StepRecords {

    private final Path work;
    private final Map<String, Provenance.TrainedStep> known = new HashMap<>();

    /** Reads the provenance that an earlier run left in the folder, if there is one. */
    StepRecords(OutputFolder folder) {
        this.work = folder.work();
        Provenance.read(folder.path())
                .ifPresent(earlier -> earlier.steps().forEach(step -> known.put(step.fingerprint(), step)));
    }

    /** Keeps a record, also for later runs. */
    void add(Provenance.TrainedStep record) throws IOException {
        Provenance.writeJson(file(record.fingerprint()), record);
        known.put(record.fingerprint(), record);
    }

    Optional<Provenance.TrainedStep> find(String fingerprint) throws IOException {
        Provenance.TrainedStep record = known.get(fingerprint);
        if (record == null && Files.exists(file(fingerprint))) {
            record = Provenance.readJson(file(fingerprint), Provenance.TrainedStep.class);
        }
        return Optional.ofNullable(record);
    }

    private Path file(String fingerprint) throws IOException {
        return Files.createDirectories(work.resolve("records")).resolve(fingerprint + ".json");
    }
}
