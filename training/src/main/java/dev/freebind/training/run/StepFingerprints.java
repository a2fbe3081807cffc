package dev.freebind.training.run;

import dev.freebind.api.Progress;
import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.graph.Bond;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.fingerprint.Fingerprint;
import java.util.HashMap;
import java.util.Map;

/**
 * The fingerprint of everything a step's result is made from: the contents of input files, settings, and the fingerprints of the
 * steps it builds on. Nothing that only matters after training, such as factors of the outermost bonds, enters.
 */
final class StepFingerprints {

    private final BondGraph graph;
    private final CorpusEmbeddings corpora;
    private final FileHashes hashes;
    private final Progress progress;
    private final Map<String, String> rows = new HashMap<>();
    private final Map<ProjectorKey, BindStep.Train> trains = new HashMap<>();
    private final Map<String, BindStep.Tune> tunes = new HashMap<>();
    private final Map<String, BindStep.Embed> embeds = new HashMap<>();

    StepFingerprints(BindPlan plan, CorpusEmbeddings corpora, FileHashes hashes, Progress progress) {
        this.graph = plan.graph();
        this.corpora = corpora;
        this.hashes = hashes;
        this.progress = progress;
        plan.steps(BindStep.Train.class).forEach(step -> step.keys().forEach(key -> trains.put(key, step)));
        plan.steps(BindStep.Tune.class).forEach(step -> tunes.put(step.bond(), step));
        plan.steps(BindStep.Embed.class).forEach(step -> embeds.put(step.space() + "\n" + step.corpus(), step));
    }

    /** Of a projector: its settings, seed and pairs. */
    String of(BindStep.Train step) {
        TrainingSettings settings = graph.bond(step.bond()).training();
        Fingerprint fingerprint = new Fingerprint("projector-1")
                .add(step.key())
                .add(settings.epochs())
                .add(settings.batch())
                .add(settings.learningRate())
                .add(settings.temperature())
                .add(settings.hidden())
                .add(settings.holdOut())
                .add(settings.earlyStop())
                .add(graph.configuration().seed())
                .add(step.sourceModalities())
                .add(step.targetModalities());
        if (!settings.recipe().equals(Recipe.FREEBIND)) {
            fingerprint.add(settings.recipe());
        }
        if (step.counterpart() != null) {
            fingerprint.add(step.counterpart()).add(graph.space(step.bond()).dimension());
        }
        step.pairs().forEach(pairs -> fingerprint.add(of(pairs)));
        return fingerprint.hex();
    }

    /** Of what tuning makes: its settings and seed, the projectors it starts from, and the pairs in every space it reads. */
    String of(BindStep.Tune step) {
        TunedSpace tuned = step.tuned();
        Displacement displacement = step.displacement();
        Fingerprint fingerprint = new Fingerprint("tuned-1")
                .add(tuned.settings())
                .add(tuned.modality())
                .add(tuned.against())
                .add(displacement.factor(tuned.modality()))
                .add(graph.configuration().seed());
        step.subsets()
                .forEach(subset -> fingerprint.add(
                        ofProjector(new ProjectorKey(displacement.name(), displacement.unified(), subset))));
        String pairs = tuned.pairs(tuned.modality());
        fingerprint.add(ofRows(tuned.tuned(), tuned.pairs(tuned.against())));
        fingerprint.add(ofRows(displacement.unified(), pairs));
        if (graph.modalities(displacement.into()).contains(tuned.modality())) {
            fingerprint.add(ofRows(displacement.into(), pairs));
        }
        return fingerprint.hex();
    }

    /** Of a tuple set: its passes and the rows they read. */
    String of(BindStep.Collect step) {
        Bond bond = graph.bond(step.bond());
        Fingerprint fingerprint = new Fingerprint("pairs-1")
                .add(step.tuples())
                .add(bond.collection().temperature())
                .add(bond.training().storage());
        for (String corpus : step.startCorpora()) {
            fingerprint.add("start");
            step.tuples().nativeSpaces().forEach(space -> fingerprint.add(ofRows(space, corpus)));
        }
        for (int i = 0; i < step.keyCorpora().size(); i++) {
            CollectionPlan.Step pass = step.tuples().steps().get(i);
            for (String corpus : step.keyCorpora().get(i)) {
                fingerprint.add("keys").add(ofRows(pass.keys().space(), corpus));
                pass.values().forEach(space -> fingerprint.add(ofRows(space, corpus)));
            }
        }
        return fingerprint.hex();
    }

    /** Of a corpus in a leaf space or an inner bond's space. */
    String ofRows(String space, String corpus) {
        String key = space + "\n" + corpus;
        String known = rows.get(key);
        if (known == null) {
            known = graph.isLeaf(space) ? leafFingerprint(space, corpus) : embedFingerprint(space, corpus);
            rows.put(key, known);
        }
        return known;
    }

    private String leafFingerprint(String space, String corpus) {
        Fingerprint fingerprint = new Fingerprint("rows").add(corpora.limit());
        corpora.files(space, corpus)
                .forEach(file -> fingerprint.add(hashes.of(file, progress).sha256()));
        return fingerprint.hex();
    }

    private String embedFingerprint(String space, String corpus) {
        BindStep.Embed step = embedStep(space, corpus);
        Fingerprint fingerprint = new Fingerprint("embedded-1").add(step.expression());
        graph.leaves(space, step.modality()).forEach(leaf -> fingerprint.add(ofRows(leaf, corpus)));
        step.expression().projectors().forEach(key -> fingerprint.add(ofProjector(key)));
        return fingerprint.hex();
    }

    /** The step that embeds a corpus into an inner bond's space. */
    BindStep.Embed embedStep(String space, String corpus) {
        BindStep.Embed step = embeds.get(space + "\n" + corpus);
        if (step == null) {
            throw new IllegalStateException("the plan does not embed " + corpus + " into " + space);
        }
        return step;
    }

    private String ofProjector(ProjectorKey key) {
        BindStep.Train train = trains.get(key);
        if (train != null) {
            return of(train);
        }
        BindStep.Tune tune = tunes.get(key.bond());
        if (tune == null) {
            throw new IllegalStateException("the plan does not train " + key);
        }
        return of(tune);
    }
}
