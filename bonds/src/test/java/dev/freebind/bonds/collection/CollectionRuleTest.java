package dev.freebind.bonds.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.bonds.Configurations;
import dev.freebind.bonds.graph.BondGraph;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CollectionRuleTest {

    private static final Modality AUDIO = Modality.AUDIO;
    private static final Modality IMAGE = Modality.IMAGE;
    private static final Modality TEXT = Modality.TEXT;

    /** The bond `b` over the given spaces, every modality with a corpus. */
    private static CollectionPlan plan(String spaces, String bond) {
        BondGraph graph = graph(spaces, bond);
        Set<Modality> all = Set.copyOf(CollectionRule.modalities(
                graph,
                graph.pseudoPairBond("b"),
                graph.pseudoPairBond("b").sources().get(0)));
        return plan(graph, all);
    }

    private static CollectionPlan plan(BondGraph graph, Set<Modality> corpora) {
        return CollectionRule.plan(
                graph,
                graph.pseudoPairBond("b"),
                graph.pseudoPairBond("b").sources().get(0),
                corpora);
    }

    private static BondGraph graph(String spaces, String bond) {
        String declared = List.of(spaces.split(";")).stream()
                .map(space -> "  " + space.strip().replaceFirst(": ", ": {dimension: 4, modalities: ") + "}")
                .collect(Collectors.joining("\n"));
        return Configurations.graph("spaces:\n" + declared + "\nbonds:\n  b: {" + bond + "}\n");
    }

    @Test
    void anImageTextExpertIsPairedAsInTheFirstTableOfThePaper() {
        assertThat(plan("u: [audio, image, text]; vt: [image, text]", "displace: u, into: vt"))
                .hasToString("""
                        audio: native u; agg(u.audio, u.image -> vt, u); agg(u.image, u.text -> vt, u)
                        image: native vt, u; agg(vt.image, vt.text -> vt); agg(u.image, u.text -> u); agg(u.image, u.audio -> u)
                        text: native vt, u; agg(vt.text, vt.image -> vt); agg(u.text, u.image -> u); agg(u.image, u.audio -> u)""");
    }

    @Test
    void anAudioTextExpertIsPairedAsInTheSecondTableOfThePaper() {
        assertThat(plan("u: [audio, image, text]; at: [audio, text]", "combine: [at], into: u"))
                .hasToString("""
                        audio: native at, u; agg(u.audio, u.image -> u); agg(at.audio, at.text -> at, u)
                        image: native u; agg(u.image, u.audio -> at, u); agg(u.image, u.text -> at, u)
                        text: native at, u; agg(u.text, u.image -> u); agg(at.text, at.audio -> at, u)""");
    }

    @Test
    void weightsCanBeTheUnifiedSpacesOwnForAnAudioTextExpert() {
        assertThat(plan("u: [audio, image, text]; at: [audio, text]", "combine: [at], into: u, collect: {weights: own}")
                        .starts()
                        .get(2))
                .hasToString(
                        "text: native at, u; agg(u.text, u.image -> u); agg(at.text, at.audio -> at); agg(u.text, u.audio -> u)");
    }

    @Test
    void weightsCanBeTheExpertsForAnImageTextExpert() {
        assertThat(plan(
                                "u: [audio, image, text]; vt: [image, text]",
                                "displace: u, into: vt, collect: {weights: expert}")
                        .starts()
                        .get(2))
                .hasToString("text: native vt, u; agg(vt.text, vt.image -> vt, u); agg(u.image, u.audio -> u)");
    }

    @Test
    void aSourceExtendsATargetByAModalityThatTheTargetLacks() {
        assertThat(plan("clip: [image, text]; yamnet: [audio, text]", "combine: [yamnet], into: clip"))
                .hasToString("""
                        image: native clip; agg(clip.image, clip.text -> yamnet, clip); agg(yamnet.text, yamnet.audio -> yamnet)
                        text: native yamnet, clip; agg(clip.text, clip.image -> clip); agg(yamnet.text, yamnet.audio -> yamnet)
                        audio: native yamnet; agg(yamnet.audio, yamnet.text -> yamnet, clip); agg(clip.text, clip.image -> clip)""");
    }

    @Test
    void aDisplacedSourceExtendsItsTargetToo() {
        assertThat(plan("clip: [image, text]; yamnet: [audio, text]", "displace: yamnet, into: clip"))
                .hasToString("""
                        audio: native yamnet; agg(yamnet.audio, yamnet.text -> clip, yamnet); agg(clip.text, clip.image -> clip)
                        text: native clip, yamnet; agg(yamnet.text, yamnet.audio -> yamnet); agg(clip.text, clip.image -> clip)
                        image: native clip; agg(clip.image, clip.text -> clip, yamnet); agg(yamnet.text, yamnet.audio -> yamnet)""");
    }

    @Test
    void fourModalitiesGoThroughTheHubWhereOnlyTheUnifiedSpaceKnowsThem() {
        CollectionPlan plan = plan("u: [audio, image, point, text]; pi: [image, point]", "combine: [pi], into: u");

        assertThat(plan).hasToString("""
                        audio: native u; agg(u.audio, u.image -> pi, u); agg(u.image, u.point -> pi, u); agg(u.image, u.text -> u)
                        image: native pi, u; agg(pi.image, pi.point -> pi, u); agg(u.image, u.audio -> u); agg(u.image, u.text -> u)
                        point: native pi, u; agg(pi.point, pi.image -> pi, u); agg(u.image, u.audio -> u); agg(u.image, u.text -> u)
                        text: native u; agg(u.text, u.image -> pi, u); agg(u.image, u.point -> pi, u); agg(u.image, u.audio -> u)""");
    }

    @Test
    void withoutAHubEveryQueryIsTheStartItself() {
        assertThat(plan("u: [audio, point, text]; at: [audio, text]", "combine: [at], into: u"))
                .hasToString("""
                        audio: native at, u; agg(at.audio, at.text -> at, u); agg(u.audio, u.point -> u)
                        point: native u; agg(u.point, u.audio -> at, u); agg(u.point, u.text -> at, u)
                        text: native at, u; agg(at.text, at.audio -> at, u); agg(u.text, u.point -> u)""");
    }

    @Test
    void aDeclaredHubTakesThePlaceOfImage() {
        assertThat(plan("u: [audio, image, text], hub: text; vt: [image, text]", "displace: u, into: vt")
                        .starts()
                        .get(0))
                .hasToString("audio: native u; agg(u.audio, u.text -> vt, u); agg(u.text, u.image -> vt, u)");
    }

    @Test
    void aModalityWithoutACorpusIsNoStartAndGivesNoTerms() {
        BondGraph graph = graph("u: [audio, image, text]; vt: [image, text]", "displace: u, into: vt");

        assertThat(plan(graph, Set.of(IMAGE, TEXT))).hasToString("""
                        image: native vt, u; agg(vt.image, vt.text -> vt); agg(u.image, u.text -> u)
                        text: native vt, u; agg(vt.text, vt.image -> vt); agg(u.text, u.image -> u)""");
        assertThat(plan(graph, Set.of(AUDIO, TEXT)))
                .as("a hub without a corpus has no pseudo embeddings to ask with")
                .hasToString("""
                        audio: native u; agg(u.audio, u.text -> vt, u)
                        text: native vt, u; agg(u.text, u.audio -> u)""");
    }

    @Test
    void aModalityThatNothingLeadsToIsAWrongConfiguration() {
        BondGraph graph = graph("clip: [image, text]; yamnet: [audio, text]", "combine: [yamnet], into: clip");

        assertThatThrownBy(() -> plan(graph, Set.of(IMAGE, AUDIO)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage(
                        "from image nothing leads to [audio]: 'yamnet' knows [audio, text], 'clip' knows [image, text],"
                                + " and there are corpora of [image, audio]; add a corpus of a modality that both know, embedded by"
                                + " both");
        assertThatThrownBy(() -> plan(graph, Set.of()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("nothing to collect");
        assertThatThrownBy(() -> plan(graph, Set.of(AUDIO)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("nothing is known in 'clip'");
    }

    @Test
    void everyTupleSetKnowsWhichEmbeddingsItHas() {
        CollectionPlan plan = plan("u: [audio, image, text]; vt: [image, text]", "displace: u, into: vt");

        assertThat(plan.starts()).allSatisfy(tuples -> {
            assertThat(tuples.modalities("vt")).containsExactly(IMAGE, TEXT);
            assertThat(tuples.modalities("u")).containsExactly(AUDIO, IMAGE, TEXT);
        });
    }

    @Test
    void aWrittenPlanReplacesTheRuleAndSharesPasses() {
        assertThat(plan(
                        "u: [audio, image, text]; vt: [image, text]",
                        "displace: u, into: vt, collect: {plan: ["
                                + "{start: text, query: vt.text, keys: vt.image, values: [vt]},"
                                + "{start: text, query: vt.text, keys: vt.image, values: [u]},"
                                + "{start: text, query: u.image, keys: u.audio, values: [u]}]}"))
                .hasToString("text: native vt, u; agg(vt.text, vt.image -> vt, u); agg(u.image, u.audio -> u)");
    }

    @Test
    void aWrittenPlanOfSeveralExpertsIsReadForEachOfThem() {
        BondGraph graph = graph(
                "u: [audio, image, text]; a: [audio, text]; c: [audio, text]",
                "combine: [a, c], into: u, collect: {plan: ["
                        + "{start: text, query: a.text, keys: a.audio, values: [a, u]},"
                        + "{start: text, query: c.text, keys: c.audio, values: [c, u]},"
                        + "{start: audio, query: u.audio, keys: u.text, values: [a, c, u]}]}");
        Set<Modality> corpora = Set.of(AUDIO, TEXT);

        assertThat(CollectionRule.plan(graph, graph.pseudoPairBond("b"), "c", corpora))
                .hasToString("""
                        text: native c, u; agg(c.text, c.audio -> c, u)
                        audio: native c, u; agg(u.audio, u.text -> c, u)""");
    }

    @Test
    void aWrittenStepThatCannotBeTakenIsNamed() {
        assertWritten("{start: text, query: u.image, keys: u.audio, values: [u]}")
                .hasMessage(
                        "plan step 1 (u.image to u.audio): the query is not known here; from start text the steps before"
                                + " give vt [text] and u [text]");
        assertWritten("{start: text, query: vt.text, keys: u.image, values: [u]}")
                .hasMessageContaining("query and keys must be in one space");
        assertWritten("{start: text, query: vt.text, keys: vt.image, values: [w]}")
                .hasMessageContaining("'w' is not a side of this bond; there are u, vt");
        assertWritten("{start: text, query: u.text, keys: u.audio, values: [vt]}")
                .hasMessageContaining("'vt' does not know audio");
        assertWritten("{start: text, query: u.text, keys: u.image, values: [u]},"
                        + " {start: text, query: vt.text, keys: vt.image, values: [u]}")
                .hasMessageContaining("plan step 2 (vt.text to vt.image): u.image is known already from start text");
        assertWritten("{start: text, query: u.text, keys: u.image, values: [u, vt]},"
                        + " {start: image, query: u.image, keys: u.text, values: [u]}")
                .hasMessageContaining("every start must give the same");
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ?> assertWritten(String steps) {
        return assertThatThrownBy(() -> plan(
                        "u: [audio, image, text]; vt: [image, text]",
                        "displace: u, into: vt, collect: {plan: [" + steps + "]}"))
                .isInstanceOf(InvalidRequestException.class);
    }
}
