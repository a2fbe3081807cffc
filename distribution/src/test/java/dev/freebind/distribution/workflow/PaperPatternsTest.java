package dev.freebind.distribution.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.FactorSettings;
import dev.freebind.bonds.product.ProjectorSelection;
import dev.freebind.distribution.sample.SampleSize;
import dev.freebind.distribution.sample.SampleWorld;
import dev.freebind.evaluation.result.Measure;
import dev.freebind.evaluation.result.ResultRow;
import dev.freebind.evaluation.task.EvaluationRequest;
import dev.freebind.evaluation.task.Setting;
import dev.freebind.tensorflow.Device;
import dev.freebind.training.BoundSpace;
import dev.freebind.training.run.BindOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the FreeBind paper reports of real spaces holds on a small sample world, bound and evaluated from end to end. */
class PaperPatternsTest {

    private static final String AUDIO_TEXT = "audio-text";
    private static final String AUDIO_IMAGE = "audio-image";
    private static final String IMAGE_TEXT = "image-text";

    @TempDir
    private static Path folder;

    private static BoundSpace space;
    private static SpaceEvaluation evaluation;
    private static Map<String, Map<String, Double>> recall;

    @BeforeAll
    static void bindASmallWorld() {
        ConfigurationReader reader = new ConfigurationReader();
        Engines engines = new Engines(Device.CPU, 0);
        Path configuration = new SampleWorld(SampleSize.SMALL, 7).writeTo(folder.resolve("world"));
        Binding.run(reader.read(configuration), folder.resolve("space"), BindOptions.ALL, engines, Progress.SILENT);
        space = BoundSpace.open(folder.resolve("space"), engines.inference());
        evaluation = new SpaceEvaluation(space, engines.nearest(), Progress.SILENT);
        recall = recall(List.of(), Customisation.CONFIGURED, "versatile", "audio-text-expertise");
    }

    @AfterAll
    static void close() {
        space.close();
    }

    /** Recall@1 of the retrieval task by subject and pair. */
    private static Map<String, Map<String, Double>> recall(
            List<String> spaces, Customisation customisation, String... presets) {
        List<Setting> settings = List.of(presets).stream()
                .map(name -> new Setting(name, FactorSettings.preset(space.configuration(), name)))
                .toList();
        Map<String, Map<String, Double>> recall = new TreeMap<>();
        for (ResultRow row : evaluation
                .evaluate(space.configuration().evaluation(), new EvaluationRequest(spaces, settings, customisation))
                .rows()) {
            if (row.measure().direction().equals(Measure.MEAN)
                    && row.measure().metric().toString().equals("recall@1")) {
                recall.computeIfAbsent(row.subject().toString(), subject -> new TreeMap<>())
                        .put(row.measure().pair(), row.value());
            }
        }
        return recall;
    }

    private static double recall(String subject, String pair) {
        assertThat(recall).as("subjects").containsKey(subject);
        return recall.get(subject).get(pair);
    }

    @Test
    void displacementLiftsTheSharedPairToTheExpertsLevelAndKeepsTheOthersNear() {
        assertThat(recall("vt-u", IMAGE_TEXT))
                .isGreaterThan(recall("unified", IMAGE_TEXT) + 0.2)
                .isGreaterThan(recall("vt", IMAGE_TEXT) - 0.02);
        assertThat(recall("vt-u", AUDIO_IMAGE)).isGreaterThan(0.6 * recall("unified", AUDIO_IMAGE));
        assertThat(recall("vt-u", AUDIO_TEXT)).isGreaterThan(0.9 * recall("unified", AUDIO_TEXT));
    }

    @Test
    void combinationLiftsTheExpertsPairStronglyAndLowersNoOtherAtSmallFactors() {
        String versatile = "vt-u-plusplus@versatile";

        assertThat(recall(versatile, AUDIO_TEXT)).isGreaterThan(recall("vt-u", AUDIO_TEXT) + 0.15);
        assertThat(recall(versatile, AUDIO_IMAGE)).isGreaterThan(recall("vt-u", AUDIO_IMAGE) - 0.01);
        assertThat(recall(versatile, IMAGE_TEXT)).isGreaterThan(recall("vt-u", IMAGE_TEXT) - 0.01);
    }

    @Test
    void largerFactorsTradeAudioImageForTheExpertsPair() {
        assertThat(recall("vt-u-plusplus@audio-text-expertise", AUDIO_IMAGE))
                .isLessThan(recall("vt-u-plusplus@versatile", AUDIO_IMAGE) - 0.01);
        assertThat(recall("vt-u-plusplus@audio-text-expertise", AUDIO_TEXT))
                .isGreaterThan(recall("vt-u-plusplus@versatile", AUDIO_TEXT) - 0.01);
    }

    @Test
    void theMixtureOfSevenBeatsEverySingleProjectorOnThePairsThatAreNotShared() {
        for (String subset : List.of("A", "V", "T", "AT", "VA", "VT", "VAT")) {
            Customisation single =
                    new Customisation(FactorSettings.CONFIGURED, Set.of(), ProjectorSelection.parse(subset), Map.of());
            Map<String, Double> alone = recall(List.of("vt-u"), single).get("vt-u");

            assertThat(recall("vt-u", AUDIO_IMAGE)).as(subset).isGreaterThan(alone.get(AUDIO_IMAGE));
            assertThat(recall("vt-u", AUDIO_TEXT)).as(subset).isGreaterThan(alone.get(AUDIO_TEXT));
        }
    }
}
