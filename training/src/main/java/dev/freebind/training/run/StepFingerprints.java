package dev.freebind.training.run;

import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Displacement;
import dev.freebind.bonds.graph.PseudoPairBond;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.TrainingSettings;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.fingerprint.Fingerprint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fingerprint of everything a step's result is made from: the contents of input files, settings, and the fingerprints of the
 * steps it builds on. Nothing that only matters after training, such as factors of the outermost bonds, enters.
 */
final class StepFingerprints {

    private final BondGraph graph;
    private final CorpusEmbeddings corpora;
    private final FileHashes hashes;
    private final Progress progress;
    private final ItemAccess items;
    private final Map<String, String> rows = new HashMap<>();
    private final Map<String, String> itemHashes = new HashMap<>();
    private final Map<ProjectorKey, BindStep.Train> trains = new HashMap<>();
    private final Map<String, BindStep.Tune> tunes = new HashMap<>();
    private final Map<String, BindStep.Embed> embeds = new HashMap<>();
    private final Map<String, BindStep.Route> routes = new HashMap<>();

    StepFingerprints(BindPlan plan, CorpusEmbeddings corpora, ItemAccess items, FileHashes hashes, Progress progress) {
        this.items = items;
        this.graph = plan.graph();
        this.corpora = corpora;
        this.hashes = hashes;
        this.progress = progress;
        plan.steps(BindStep.Train.class).forEach(step -> step.keys().forEach(key -> trains.put(key, step)));
        plan.steps(BindStep.Tune.class).forEach(step -> tunes.put(step.bond(), step));
        plan.steps(BindStep.Route.class).forEach(step -> routes.put(step.bond(), step));
        plan.steps(BindStep.Embed.class).forEach(step -> embeds.put(step.space() + "\n" + step.corpus(), step));
    }

    /** Of a projector: its settings, seed and pairs. */
    String of(BindStep.Train step) {
        TrainingSettings settings = graph.pseudoPairBond(step.bond()).training();
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
        step.pairs().forEach(pairs -> fingerprint.add(of(pairs, step)));
        return fingerprint.hex();
    }

    private String of(BindStep.Tuples tuples, BindStep.Train step) {
        return tuples instanceof BindStep.Collect collect ? of(collect) : of((BindStep.ItemTuples) tuples, step);
    }

    /**
     * Of tuples of items as a projector sees them: the rows of its two sides and how they belong together. Another space of the
     * bond does not enter, so that one can be added without training the others again.
     */
    private String of(BindStep.ItemTuples tuples, BindStep.Train step) {
        Fingerprint fingerprint = new Fingerprint("items-1").add(tuples.start());
        String target = graph.pseudoPairBond(step.bond()).into();
        Set<Modality> modalities = new TreeSet<>(step.sourceModalities());
        modalities.addAll(step.targetModalities());
        for (Modality modality : modalities) {
            fingerprint.add(modality);
            for (BindStep.Retrieve search : path(tuples, modality)) {
                fingerprint.add(of(search));
            }
            for (String corpus : tuples.corpora().getOrDefault(modality, List.of())) {
                if (step.sourceModalities().contains(modality)) {
                    fingerprint.add("source").add(ofRows(step.key().source(), corpus));
                }
                if (step.targetModalities().contains(modality)) {
                    fingerprint.add("target").add(ofRows(target, corpus));
                }
            }
        }
        return fingerprint.hex();
    }

    /** The searches that lead from the start to a modality, the last first. */
    private static List<BindStep.Retrieve> path(BindStep.ItemTuples tuples, Modality modality) {
        List<BindStep.Retrieve> path = new ArrayList<>();
        Modality at = modality;
        while (!at.equals(tuples.start())) {
            BindStep.Retrieve search = Objects.requireNonNull(tuples.searches().get(at));
            path.add(search);
            at = search.hop().from();
        }
        return path;
    }

    /** Of the row numbers of a search: the rows that are compared, and nothing else. */
    String of(BindStep.Retrieve step) {
        Fingerprint fingerprint = new Fingerprint("nearest-1").add("from");
        step.fromCorpora().forEach(corpus -> fingerprint.add(ofRows(step.hop().retriever(), corpus)));
        fingerprint.add("to");
        step.toCorpora().forEach(corpus -> fingerprint.add(ofRows(step.hop().retriever(), corpus)));
        return fingerprint.hex();
    }

    /** Of routers: settings, seed, tuples, and the rows that are read and weighed. */
    String of(BindStep.Route step) {
        Combination bond = (Combination) graph.bond(step.bond());
        Fingerprint fingerprint = new Fingerprint("routers-2")
                .add(step.bond())
                .add(String.valueOf(bond.routing()))
                .add(graph.configuration().seed());
        step.tuples().forEach(tuples -> {
            fingerprint.add(tuples.start());
            tuples.searches()
                    .forEach((modality, search) -> fingerprint.add(modality).add(of(search)));
        });
        step.modalities().forEach((modality, routed) -> {
            fingerprint.add(modality).add(routed);
            for (String corpus : step.tuples().get(0).corpora().getOrDefault(modality, List.of())) {
                Configuration.Corpus declared = graph.configuration().corpora().get(corpus);
                fingerprint.add(String.valueOf(declared == null ? null : declared.kind()));
                routed.read().forEach(space -> fingerprint.add(ofRows(space, corpus)));
                routed.weighed().forEach(space -> fingerprint.add(ofRows(space, corpus)));
            }
        });
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
        if (tuned.settings().encoder()) {
            SpaceDeclaration source =
                    Objects.requireNonNull(graph.configuration().spaces().get(displacement.unified()));
            fingerprint
                    .add(String.valueOf(source.encoder()))
                    .add(source.options())
                    .add(ofItems(pairs));
        } else {
            fingerprint.add(ofRows(displacement.unified(), pairs));
        }
        if (graph.modalities(displacement.into()).contains(tuned.modality())) {
            fingerprint.add(ofRows(displacement.into(), pairs));
        }
        return fingerprint.hex();
    }

    /** Of a tuple set: its passes and the rows they read. */
    String of(BindStep.Collect step) {
        PseudoPairBond bond = graph.pseudoPairBond(step.bond());
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
        step.expression()
                .leaves()
                .forEach(leaf -> fingerprint.add(
                        graph.hasTunedEncoder(leaf.space(), leaf.modality())
                                ? ofTunedLeaf(leaf.space(), corpus)
                                : ofRows(leaf.space(), corpus)));
        step.expression().projectors().forEach(key -> fingerprint.add(ofProjector(key)));
        step.expression().routers().forEach(key -> fingerprint.add(of(routeStep(key.bond()))));
        return fingerprint.hex();
    }

    private String ofTunedLeaf(String leaf, String corpus) {
        return new Fingerprint("encoded-1")
                .add(of(Objects.requireNonNull(tunes.get(leaf))))
                .add(ofItems(corpus))
                .hex();
    }

    private String ofItems(String corpus) {
        return itemHashes.computeIfAbsent(corpus, name -> {
            Fingerprint fingerprint = new Fingerprint("items").add(corpora.limit());
            for (Item item : items.items().apply(corpora.corpus(name))) {
                if (item instanceof Item.File file) {
                    fingerprint.add(hashes.of(file.path(), progress).sha256());
                } else if (item instanceof Item.Bytes bytes) {
                    fingerprint.add(bytes.label()).add(Arrays.hashCode(bytes.content()));
                } else {
                    fingerprint.add(item);
                }
            }
            return fingerprint.hex();
        });
    }

    /** The step that embeds a corpus into an inner bond's space. */
    BindStep.Embed embedStep(String space, String corpus) {
        BindStep.Embed step = embeds.get(space + "\n" + corpus);
        if (step == null) {
            throw new IllegalStateException("the plan does not embed " + corpus + " into " + space);
        }
        return step;
    }

    private BindStep.Route routeStep(String bond) {
        BindStep.Route step = routes.get(bond);
        if (step == null) {
            throw new IllegalStateException("the plan does not train routers of " + bond);
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
