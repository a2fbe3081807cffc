package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bytes whatever happens on the way: repeated runs, and runs that are killed. */
class InterruptedBindIT {

    private static final int KILLS = 3;

    private final BoundWorld world = BoundWorld.get();

    private static String[] resume(Path output) {
        return new String[] {"bind", "my.yaml", "--output", output.toString(), "--resume", "--device", "cpu"};
    }

    @Test
    void twoRunsWithOneSeedGiveTheSameBytes() {
        Path again = world.folder().resolve("again");
        world.run("bind", "my.yaml", "--output", "again", "--device", "cpu").succeeded();

        assertThat(Tree.reproducible(again)).isEqualTo(Tree.reproducible(world.space()));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void killedAtRandomMomentsAndResumedTheBytesAreThoseOfAnUninterruptedRun(long seed) throws Exception {
        Random random = new Random(seed);
        Path output = world.folder().resolve("killed-" + seed);
        int killed = 0;
        int mostWhole = 0;
        for (int i = 0; i < KILLS; i++) {
            // Never so early that there is no process to speak of, often enough in the middle of the work.
            long moment = (long) (world.milliseconds() * (0.3 + 0.5 * random.nextDouble()));
            if (world.installation().killedAfter(moment, world.folder(), resume(output))) {
                killed++;
            }
            if (Files.exists(output)) {
                mostWhole = Math.max(mostWhole, Tree.assertNothingHalfWritten(output));
            }
        }
        assertThat(killed).as("runs that were killed before their end").isPositive();
        assertThat(mostWhole).as("files there when it was killed").isPositive();

        world.installation().run(world.folder(), resume(output)).succeeded();

        assertThat(Tree.reproducible(output)).isEqualTo(Tree.reproducible(world.space()));
        assertThat(Tree.files(output)).noneMatch(dev.freebind.formats.AtomicFile::isTemporary);
    }

    @Test
    void withoutResumeAFolderThatIsNotEmptyIsRefusedAndLeftAlone() {
        var before = Tree.reproducible(world.space());

        Installation.Run run =
                world.run("bind", "my.yaml", "--output", "my-space").failedWith(2);

        assertThat(run.err()).contains("my-space is not empty", "--resume");
        assertThat(Tree.reproducible(world.space())).isEqualTo(before);
    }
}
