package dev.freebind.distribution.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.distribution.sample.SampleSize;
import dev.freebind.distribution.workflow.MethodChecks.Comparison;
import dev.freebind.distribution.workflow.MethodChecks.Row;
import dev.freebind.distribution.workflow.MethodChecks.Variant;
import dev.freebind.distribution.workflow.MethodChecks.World;
import dev.freebind.tensorflow.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What OmniBind's routers are for holds on a small world of captions, by the default settings of routing. */
class MethodChecksTest {

    @TempDir
    private Path folder;

    private static Variant variant(String label, String route) {
        return new Variant(
                label,
                "routed",
                "  checked: {combine: [at1, at2, vt1, vt2], into: unified, train: {epochs: 6},"
                        + " collect: {tuples: items}, route: {" + route + "}}\n");
    }

    @Test
    void routersBeatMeanWeightsAndDecouplingHelpsBothPairsWithText() throws IOException {
        Comparison comparison = new Comparison(
                "routers",
                "Routers",
                "Do they help?",
                World.CAPTIONS,
                List.of(
                        variant("mean weights", "weights: mean"),
                        variant("no decoupling", "decoupling: 0"),
                        variant("routers", "weights: learned")));
        MethodChecks checks = new MethodChecks(
                folder, 7, SampleSize.SMALL, new ConfigurationReader(), new Engines(Device.CPU, 0), Progress.SILENT);

        List<Row> rows = checks.measure(comparison);

        assertThat(rows).extracting(Row::label).containsExactly("mean weights", "no decoupling", "routers");
        Row routers = rows.get(2);
        assertThat(routers.recall()).hasSize(6);
        assertThat(routers.mean()).as("mean").isGreaterThan(rows.get(0).mean() + 0.005);
        for (String direction : List.of("text → image", "text → audio")) {
            assertThat(value(routers, direction)).as(direction).isGreaterThan(value(rows.get(1), direction) + 0.01);
        }

        String page = Files.readString(checks.run(List.of(comparison)));
        assertThat(page)
                .contains("## Routers\n\nDo they help?\n\n| | mean | audio → image |")
                .contains(String.format(Locale.ROOT, "| routers | %.1f |", 100 * routers.mean()));
    }

    private static double value(Row row, String direction) {
        return row.recall().get(direction).value();
    }
}
