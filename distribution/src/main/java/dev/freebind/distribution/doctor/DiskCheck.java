package dev.freebind.distribution.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Room where results and unpacked native libraries go. */
record DiskCheck(Surroundings surroundings) implements Check {

    private static final long ENOUGH = 2L << 30;

    @Override
    public List<Finding> run() {
        return List.of(
                room("Disk", surroundings.workingFolder().toAbsolutePath()),
                room("Temporary", Path.of(surroundings.property("java.io.tmpdir"))));
    }

    private static Finding room(String subject, Path folder) {
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            String found = Bytes.text(free) + " free at " + folder;
            if (!Files.isWritable(folder)) {
                return Finding.note(subject, found + ", not writable", "write results to another folder with --output");
            }
            return free >= ENOUGH
                    ? Finding.ok(subject, found)
                    : Finding.note(
                            subject,
                            found,
                            "pseudo pairs take rows × dimension × 4 bytes for each modality and space; free some room, or"
                                    + " store them as float16 (train: {storage: float16})");
        } catch (IOException e) {
            return Finding.problem(subject, folder + " cannot be examined", "check that the folder exists");
        }
    }
}
