package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.formats.npy.NpyArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a user is told when something is wrong, and what is left on the disk. */
class FaultsIT {

    private static final String TRAINING_TEXTS = "vt: world/train/vt/text.npy";

    private final BoundWorld world = BoundWorld.get();

    /** The world's configuration with something else in one place, beside it. */
    private Path changed(String name, String what, String by) throws IOException {
        String text = Files.readString(world.folder().resolve("my.yaml"));
        assertThat(text).contains(what);
        int at = text.indexOf(what);
        return Files.writeString(
                world.folder().resolve(name), text.substring(0, at) + by + text.substring(at + what.length()));
    }

    private static int lineOf(Path file, String what) throws IOException {
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(what)) {
                return i + 1;
            }
        }
        throw new AssertionError(what + " is not in " + file);
    }

    private Installation.Run bind(Path configuration, String output) {
        return world.run(
                "bind", configuration.getFileName().toString(), "--output", output, "--device", "cpu", "--quiet");
    }

    @Test
    void aMissingFileIsExitOneAndNamed() throws Exception {
        Path configuration = changed("missing.yaml", TRAINING_TEXTS, "vt: world/train/vt/texts.npy");

        Installation.Run run = bind(configuration, "missing").failedWith(1);

        assertThat(run.err()).contains("world/train/vt/texts.npy");
        assertThat(world.folder().resolve("missing")).doesNotExist();
    }

    @Test
    void anotherDimensionThanDeclaredIsExitTwoWithTheLine() throws Exception {
        Path configuration = changed("dimension.yaml", TRAINING_TEXTS, "vt: world/train/at1/text.npy");

        Installation.Run run = bind(configuration, "dimension").failedWith(2);

        assertThat(run.err())
                .contains("dimension.yaml:" + lineOf(configuration, "texts:"), "world/train/at1/text.npy", "64", "96");
        assertThat(world.folder().resolve("dimension")).doesNotExist();
    }

    @Test
    void rowCountsThatDifferWithinACorpusAreExitTwoWithTheLine() throws Exception {
        Path configuration = changed("rows.yaml", TRAINING_TEXTS, "vt: world/test/vt/text.npy");

        assertThat(bind(configuration, "rows").failedWith(2).err())
                .contains("rows.yaml:" + lineOf(configuration, "texts:"), "400", "120");
    }

    @Test
    void anUnknownKeyIsExitTwoAndTheNearestIsNamed() throws Exception {
        Path configuration = changed("key.yaml", "displace: unified", "displase: unified");

        assertThat(bind(configuration, "key").failedWith(2).err())
                .contains("key.yaml:" + lineOf(configuration, "displase"), "'displase'", "did you mean 'displace'");
    }

    @Test
    void anOutputFolderBelowAFileIsExitOneAndNamed() throws Exception {
        Files.writeString(world.folder().resolve("a-file"), "not a folder");

        assertThat(bind(Path.of("my.yaml"), "a-file/space").failedWith(1).err())
                .contains("a-file/space", "a part of its path is a file, not a folder");
    }

    @Test
    void aRowThatIsNotFiniteIsExitOneNamingFileAndRow() throws Exception {
        Path original = world.folder().resolve("world/train/vt/text.npy");
        NpyArray texts = NpyArray.read(original);
        float[] values = texts.floats().clone();
        values[321 * 96 + 5] = Float.NaN;
        NpyArray.of(values, 400, 96).write(world.folder().resolve("world/train/vt/damaged.npy"));
        Path configuration = changed("damaged.yaml", TRAINING_TEXTS, "vt: world/train/vt/damaged.npy");

        Installation.Run run = bind(configuration, "damaged").failedWith(1);

        assertThat(run.err()).contains("damaged.npy", "row 321");
        Path output = world.folder().resolve("damaged");
        Tree.assertNothingHalfWritten(output);
        assertThat(output.resolve("space.yaml")).doesNotExist();
    }

    @Test
    void aFolderThatIsNoBoundSpaceIsExitTwo() {
        assertThat(world.run("evaluate", "world").failedWith(2).err()).contains("world", "space.yaml");
    }

    /** A disk of 1 MiB in a mount namespace that ends with the process, so that nothing of it stays. */
    @Test
    @DisabledOnOs(
            value = {OS.WINDOWS, OS.MAC},
            disabledReason = "makes a small disk in a Linux mount namespace")
    void aFullDiskIsExitOneLeavesNothingHalfWrittenAndResumeContinues() throws Exception {
        Path disk = Files.createDirectories(world.folder().resolve("disk"));
        List<String> namespace = mountNamespace(disk);
        Assumptions.assumeTrue(!namespace.isEmpty(), "this user may not mount a small disk");
        Path kept = world.folder().resolve("kept");
        List<String> command = new java.util.ArrayList<>(namespace);
        command.add(
                "mount -t tmpfs -o size=1m tmpfs disk || exit 99; \""
                        + world.installation().launcher()
                        + "\" bind my.yaml --output disk/space --device cpu --quiet; code=$?; cp -a disk/space kept; exit $code");

        Installation.Run run =
                world.installation().runProgram(world.folder(), command).failedWith(1);

        assertThat(run.err()).contains("disk/space", "the disk is full; free some space and run again");
        assertThat(Tree.assertNothingHalfWritten(kept)).isPositive();
        assertThat(Tree.files(kept)).noneMatch(dev.freebind.formats.AtomicFile::isTemporary);
        assertThat(kept.resolve("space.yaml")).doesNotExist();

        world.run("bind", "my.yaml", "--output", "kept", "--resume", "--device", "cpu")
                .succeeded();
        assertThat(Tree.reproducible(kept)).isEqualTo(Tree.reproducible(world.space()));
    }

    /** The beginning of a command that runs a script with mounts of its own; empty if this user may not. */
    private static List<String> mountNamespace(Path disk) throws Exception {
        for (List<String> start : List.of(
                List.of("unshare", "--mount", "sh", "-c"),
                List.of("unshare", "--map-root-user", "--mount", "sh", "-c"))) {
            List<String> trial = new java.util.ArrayList<>(start);
            trial.add("mount -t tmpfs -o size=1m tmpfs '" + disk + "'");
            try {
                Process process =
                        new ProcessBuilder(trial).redirectErrorStream(true).start();
                process.getInputStream().readAllBytes();
                if (process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0) {
                    return start;
                }
            } catch (IOException e) {
                return List.of(); // no unshare here
            }
        }
        return List.of();
    }

    /** A limit on file sizes makes a write fail as a full disk does, and needs no rights. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "ulimit is a command of POSIX shells")
    void aWriteThatFailsIsExitOneAndResumeContinues() {
        Path output = world.folder().resolve("limited");
        Installation.Run run = world.installation()
                .with("FREEBIND_OPTS", "-Xmx1g -XX:-UsePerfData")
                .runProgram(
                        world.folder(),
                        List.of(
                                "sh",
                                "-c",
                                "ulimit -f 100; exec \"" + world.installation().launcher()
                                        + "\" bind my.yaml --output limited --device cpu --quiet"))
                .failedWith(1);

        assertThat(run.err()).contains("cannot write", "limited");
        Tree.assertNothingHalfWritten(output);
        assertThat(Tree.files(output)).noneMatch(dev.freebind.formats.AtomicFile::isTemporary);

        world.run("bind", "my.yaml", "--output", "limited", "--resume", "--device", "cpu")
                .succeeded();
        assertThat(Tree.reproducible(output)).isEqualTo(Tree.reproducible(world.space()));
    }
}
