package dev.freebind.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Modality;
import dev.freebind.bonds.product.FactorGrid;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.evaluation.SampleResults;
import dev.freebind.evaluation.interval.Interval;
import dev.freebind.evaluation.metric.Metric;
import dev.freebind.evaluation.report.Report.Fact;
import dev.freebind.evaluation.report.TrainingPanel.TrainingCurve;
import dev.freebind.evaluation.result.ClassScore;
import dev.freebind.evaluation.result.Conditions;
import dev.freebind.evaluation.result.LeftOut;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.result.Results;
import dev.freebind.evaluation.result.Subject;
import dev.freebind.evaluation.result.Sweep;
import dev.freebind.evaluation.result.Sweep.Point;
import dev.freebind.evaluation.routing.RouterLoad;
import dev.freebind.evaluation.routing.RouterLoad.SourceLoad;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class HtmlReportTest {

    private static final String HOSTILE = "<script>alert('x')</script>\" onload=\"&";

    static Report sample() {
        return new Report(
                "vt-u-plusplus",
                "Bound from 4 spaces with 3 unpaired corpora, evaluated on 1,000 items.",
                List.of(
                        new Fact("Configuration", "demo.yaml"),
                        new Fact("Configuration hash", "sha256:5f1d2c8e07ab41c6"),
                        new Fact("Seed", "7"),
                        new Fact("FreeBind", "0.1.0-SNAPSHOT, TensorFlow 2.18.0"),
                        new Fact("Device", "CPU, 2 threads"),
                        new Fact("Bound in", "52 s")),
                List.of(
                        new ResultsPanel(SampleResults.results()),
                        new ConfidencePanel(SampleResults.results()),
                        new ClassesPanel(SampleResults.results()),
                        new FactorsPanel(List.of(sweep(2), sweep(1))),
                        new RouterPanel(loads("omni", "captions of sounds", "at", "vt", "unified")),
                        new TrainingPanel(curves()),
                        new GraphPanel(
                                "vt-u-plusplus  combine [at1, at2] into vt-u   audio 0.5, text 0.1\n├── vt-u  displace unified into vt   image 0.9,"
                                        + " text 0.9\n│   ├── unified  audio image text  128\n│   └── vt  image text  96\n├── at1  audio text  64\n└──"
                                        + " at2  audio text  64"),
                        new NotesPanel(
                                List.of("vt-u: fewer rows than the batch; the batch is all 3,000 rows"),
                                SampleResults.results())));
    }

    private static Sweep sweep(int axes) {
        List<Double> values =
                IntStream.rangeClosed(0, 10).mapToObj(i -> i / 10.0).toList();
        Map<Modality, List<Double>> grid = new LinkedHashMap<>();
        grid.put(Modality.AUDIO, values);
        grid.put(Modality.TEXT, axes == 2 ? values : List.of(0.1));
        FactorGrid factors = new FactorGrid("vt-u-plusplus", grid);
        List<Point> points = new ArrayList<>();
        for (double audio : grid.get(Modality.AUDIO)) {
            for (double text : grid.get(Modality.TEXT)) {
                Conditions conditions =
                        new Conditions(Map.of("vt-u-plusplus", Map.of("audio", audio, "text", text)), List.of(), "all");
                double at = 0.1 + 0.33 * Math.sqrt(audio * (0.3 + 0.7 * text));
                double ai = 0.15 + 0.02 * audio - 0.06 * audio * audio;
                double it = 0.61 - 0.2 * text * text;
                List<ResultRow> rows = new ArrayList<>();
                rows.add(row("audio-text", at, conditions));
                rows.add(row("audio-image", ai, conditions));
                rows.add(row("image-text", it, conditions));
                points.add(new Point(Map.of(Modality.AUDIO, audio, Modality.TEXT, text), rows));
            }
        }
        return new Sweep(factors, points);
    }

    private static ResultRow row(String pair, double value, Conditions conditions) {
        return new ResultRow(
                new Subject("vt-u-plusplus", null),
                new Measure("test", "retrieval", pair, Measure.MEAN, Metric.recall(1)),
                value,
                new Interval(value - 0.02, value + 0.02),
                null,
                conditions);
    }

    private static List<RouterLoad> loads(String bond, String items, String... sources) {
        List<SourceLoad> ofSources = new ArrayList<>();
        for (String source : sources) {
            ofSources.add(new SourceLoad(source, 0.25, 0.125, 0.375, 1.0 / 3));
        }
        return List.of(new RouterLoad(new RouterKey(bond, Modality.TEXT), items, 1_200, ofSources));
    }

    private static List<TrainingCurve> curves() {
        List<TrainingCurve> curves = new ArrayList<>();
        String[] codes = {"A", "T", "V", "AT", "VA", "VT", "VAT"};
        for (String bond : List.of("vt-u/unified", "vt-u-plusplus/at1")) {
            for (int i = 0; i < codes.length; i++) {
                int shift = i;
                List<Double> loss = IntStream.rangeClosed(1, 12)
                        .mapToObj(epoch -> 18 + shift + 12 / Math.sqrt(epoch))
                        .toList();
                List<Double> recall = IntStream.rangeClosed(1, 12)
                        .mapToObj(epoch -> 0.4 + 0.03 * shift - 0.3 / epoch)
                        .toList();
                int slash = bond.indexOf('/');
                curves.add(
                        new TrainingCurve(bond.substring(0, slash), bond.substring(slash + 1), codes[i], loss, recall));
            }
        }
        return curves;
    }

    @Test
    void thePageNeedsNothingFromElsewhere() {
        String html = HtmlReport.render(sample());
        assertThat(html).startsWith("<!DOCTYPE html>");
        assertThat(html)
                .doesNotContain("http:", "https:", "//cdn", "<script", "@import", "url(", "<link", "<img", "src=")
                .doesNotContain("NaN", "Infinity", "null");
        assertThat(html).contains("prefers-color-scheme: dark", "@media print", "29.42", "vt-u-plusplus");
    }

    @Test
    void everyElementIsClosedSoThatTheBodyParsesAsXml() throws Exception {
        String html = HtmlReport.render(sample());
        String body = html.substring(html.indexOf("<body>"), html.indexOf("</html>"));
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        assertThat(factory.newDocumentBuilder()
                        .parse(new InputSource(new StringReader(body)))
                        .getElementsByTagName("figure")
                        .getLength())
                .isGreaterThan(10);
    }

    @Test
    void hostileNamesAreShownAndDoNothing() {
        Subject hostile = new Subject(HOSTILE, HOSTILE);
        ResultRow row = new ResultRow(
                hostile,
                new Measure(HOSTILE, HOSTILE, HOSTILE, Measure.MEAN, new Metric(HOSTILE)),
                0.5,
                new Interval(0.4, 0.6),
                null,
                Conditions.NONE);
        Results results = new Results(
                List.of(row),
                List.of(new LeftOut(HOSTILE, HOSTILE, HOSTILE, List.of(HOSTILE))),
                List.of(new ClassScore(hostile, HOSTILE, new Metric(HOSTILE), HOSTILE, 0.5, 1)),
                List.of());
        Report report = new Report(
                HOSTILE,
                HOSTILE,
                List.of(new Fact(HOSTILE, HOSTILE)),
                List.of(
                        new ResultsPanel(results),
                        new ConfidencePanel(results),
                        new ClassesPanel(results),
                        new TrainingPanel(
                                List.of(new TrainingCurve(HOSTILE, HOSTILE, HOSTILE, List.of(1.0, 0.5), List.of()))),
                        new RouterPanel(loads(HOSTILE, HOSTILE, HOSTILE)),
                        new GraphPanel(HOSTILE),
                        new NotesPanel(List.of(HOSTILE), results)));
        String html = HtmlReport.render(report);
        assertThat(html).doesNotContain("<script", "\" onload").contains("&lt;script&gt;");
    }

    @Test
    void theRoutersPanelShowsEverySourceAndNothingWhereNothingIsRouted() {
        assertThat(new RouterPanel(List.of()).content()).isEmpty();
        assertThat(new RouterPanel(loads("omni", "captions", "at")).content())
                .contains(
                        "<h3>omni, text</h3>",
                        "<title>at: 25.0 [12.5, 37.5], load 33.3</title>",
                        "<tr><th scope=\"row\">captions</th><td>1,200</td><td style=\"text-align:left\">at</td>"
                                + "<td>25.0</td><td>12.5</td><td>37.5</td><td>33.3</td></tr>");
    }

    @Test
    void theSameReportGivesTheSameBytes() {
        assertThat(HtmlReport.render(sample())).isEqualTo(HtmlReport.render(sample()));
    }

    @Test
    void aReportOfNothingIsStillAPage() {
        String html = HtmlReport.render(Report.of("empty", List.of(), Results.of(List.of())));
        assertThat(html).contains("<h1>empty</h1>").doesNotContain("<nav>", "<h2>");
    }

    /** Left in {@code target/} to be looked at in a browser. */
    @Test
    void itIsWrittenWhole() {
        Path file = Path.of("target", "sample-report.html");
        HtmlReport.write(file, sample());
        assertThat(file).hasContent(HtmlReport.render(sample()));
    }
}
