package dev.freebind.bonds.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.DataCheck.Report;
import dev.freebind.bonds.configuration.DataCheck.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DataCheckTest {

    private static final String YAML = """
            spaces:
              u: {modalities: [audio, image, text], dimension: 16}
              vt: {modalities: [image, text], dimension: 12}
              clip: {modalities: [image, text], encoder: clip}
            corpora:
              texts: {modality: text, embeddings: {u: t-u, vt: t-vt}}
              raws: {modality: image, items: "*.jpg", embeddings: {u: i-u}}
            evaluation:
              - name: pairs
                task: retrieval
                items:
                  text: {embeddings: {u: e-t}}
                  image: {embeddings: {u: e-i}}
              - name: classes
                task: classification
                items: {image: {embeddings: {u: e-i}}}
                labels: l.txt
                classes:
                  embeddings: {u: c-u}
                  per-class: 4
            """;

    private final Configuration configuration = Configurations.read(YAML);
    private final Map<String, Shape> shapes = new HashMap<>(Map.of(
            "t-u", new Shape(60, 16),
            "t-vt", new Shape(60, 12),
            "i-u", new Shape(50, 16),
            "e-t", new Shape(9, 16),
            "e-i", new Shape(9, 16),
            "c-u", new Shape(8, 16)));

    private Report check() {
        return DataCheck.check(configuration, this::shape);
    }

    private Optional<Shape> shape(EmbeddingFiles files) {
        String name = files.files().get(0).written();
        if (name.equals("damaged")) {
            throw new DataException(name + " is damaged");
        }
        return Optional.ofNullable(shapes.get(name));
    }

    @Test
    void filesThatFitAreNoProblemAndThoseToBeEncodedAreNotMissed() {
        assertThatCode(() -> check().throwIfAny()).doesNotThrowAnyException();
    }

    @Test
    void everythingThatDoesNotFitIsReportedAtOnce() {
        shapes.put("t-vt", new Shape(59, 13));
        shapes.put("i-u", new Shape(0, 16));
        shapes.put("e-i", new Shape(10, 16));
        shapes.put("c-u", new Shape(9, 16));

        Report report = check();

        assertThat(report.unreadable()).isEmpty();
        assertThat(report.mismatches().stream()
                        .map(problem -> problem.line() + ": " + problem.key() + ": "
                                + problem.message().replaceAll("/[^ ]*/", "")))
                .containsExactly(
                        "6: corpora.texts.embeddings.vt: t-vt has dimension 13, but space 'vt' is declared with dimension 12"
                                + " (line 3)",
                        "6: corpora.texts.embeddings.vt: t-vt has 59 rows, but space 'u' has 60; every space embeds the same"
                                + " items in the same order",
                        "7: corpora.raws.embeddings.u: i-u has no rows",
                        "11: evaluation[0].items: there are 10 rows of image but 9 of text; without a relevance file row i of"
                                + " one belongs to row i of the other",
                        "20: evaluation[1].classes.per-class: 9 rows are not whole classes of 4 rows each");
        assertThatThrownBy(report::throwIfAny).isInstanceOf(InvalidConfigurationException.class);
    }

    @Test
    void aMissingFileIsADataErrorThatListsMismatchesToo() {
        shapes.remove("t-u");
        shapes.put("i-u", new Shape(50, 15));

        assertThatThrownBy(() -> check().throwIfAny())
                .isInstanceOf(DataException.class)
                .hasMessageContaining(":6: corpora.texts.embeddings.u: there is no file ")
                .hasMessageContaining(":7: corpora.raws.embeddings.u: ")
                .hasMessageContaining("has dimension 15, but space 'u' is declared with dimension 16 (line 2)");
    }
}
