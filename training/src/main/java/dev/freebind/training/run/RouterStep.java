package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.execution.RouterTraining;
import dev.freebind.bonds.execution.RouterTraining.Origins;
import dev.freebind.bonds.execution.RouterTraining.RowOrigin;
import dev.freebind.bonds.execution.RouterTraining.Sources;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.Routing;
import dev.freebind.bonds.router.RouterFile;
import dev.freebind.bonds.router.RouterKey;
import dev.freebind.formats.fingerprint.Fingerprint;
import dev.freebind.formats.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Trains the routers of a combination, unless they are there with the right fingerprint. */
final class RouterStep {

    private final Path output;
    private final Path work;
    private final BondGraph graph;
    private final ItemRows items;
    private final StepFingerprints fingerprints;
    private final RouterTraining training;
    private final Clock clock;
    private final Progress progress;

    RouterStep(
            Path output,
            Path work,
            BondGraph graph,
            ItemRows items,
            StepFingerprints fingerprints,
            RouterTraining training,
            Clock clock,
            Progress progress) {
        this.output = output;
        this.work = work;
        this.graph = graph;
        this.items = items;
        this.fingerprints = fingerprints;
        this.training = training;
        this.clock = clock;
        this.progress = progress;
    }

    /** Trains what is missing; gives the record of the training, if there is one. */
    Optional<Provenance.TrainedRouters> run(BindStep.Route step) throws IOException {
        if (step.routers().isEmpty()) {
            return Optional.empty();
        }
        String fingerprint = fingerprints.of(step);
        Path recordFile = Files.createDirectories(work.resolve("records")).resolve(fingerprint + ".json");
        for (RouterKey router : step.routers()) {
            if (!done(router, fingerprint)) {
                Provenance.TrainedRouters record = train(step, fingerprint);
                Provenance.writeJson(recordFile, record);
                return Optional.of(record);
            }
        }
        if (Files.exists(recordFile)) {
            return Optional.of(Provenance.readJson(recordFile, Provenance.TrainedRouters.class));
        }
        return Provenance.read(output).stream()
                .flatMap(earlier -> earlier.routers().stream())
                .filter(record -> record.fingerprint().equals(fingerprint))
                .findFirst();
    }

    private boolean done(RouterKey router, String fingerprint) {
        Path file = output.resolve(router.file());
        if (!Files.exists(file)) {
            return false;
        }
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            return fingerprint.equals(tensors.metadata().get(BindRun.FINGERPRINT));
        }
    }

    private Provenance.TrainedRouters train(BindStep.Route step, String fingerprint) throws IOException {
        Combination bond = (Combination) graph.bond(step.bond());
        Routing settings = Objects.requireNonNull(bond.routing());
        NavigableMap<Modality, Sources> modalities = new TreeMap<>();
        for (Map.Entry<Modality, BindStep.RoutedModality> entry :
                step.modalities().entrySet()) {
            modalities.put(
                    entry.getKey(),
                    new Sources(
                            all(step, entry.getValue().read(), entry.getKey()),
                            all(step, entry.getValue().weighed(), entry.getKey())));
        }
        String hex = new Fingerprint("seed")
                .add(graph.configuration().seed())
                .add(step.bond())
                .hex();
        RouterTraining.Task task = new RouterTraining.Task(
                modalities, origins(step, bond), settings, Long.parseUnsignedLong(hex.substring(0, 16), 16));
        Path checkpoint = work.resolve("checkpoints").resolve(fingerprint + ".safetensors");
        Files.createDirectories(checkpoint.getParent());
        Instant begin = clock.instant();
        long steps = settings.epochs() * Math.max(1, step.rows() / settings.batch());
        RouterTraining.Result result;
        try (Progress.Task bar = progress.start(step.description(), steps, "steps")) {
            result = training.train(task, checkpoint, bar);
        }
        for (RouterKey router : step.routers()) {
            Path file = output.resolve(router.file());
            Files.createDirectories(file.getParent());
            RouterFile.write(
                    file,
                    Objects.requireNonNull(result.routers().get(router.modality())),
                    Map.of(
                            BindRun.FINGERPRINT,
                            fingerprint,
                            "freebind.router",
                            router.toString(),
                            "freebind.sources",
                            String.join(
                                    " ",
                                    Objects.requireNonNull(step.modalities().get(router.modality()))
                                            .sources())));
        }
        Files.deleteIfExists(checkpoint);
        return new Provenance.TrainedRouters(
                step.bond(),
                fingerprint,
                step.rows(),
                Duration.between(begin, clock.instant()).toMillis() / 1000.0,
                result.epochs().stream()
                        .map(epoch -> new Provenance.RouterEpoch(epoch.alignment(), epoch.decoupling()))
                        .toList());
    }

    /** The rows of every tuple in some spaces, one tuple set after the other. */
    private List<Embeddings> all(BindStep.Route step, List<String> spaces, Modality modality) throws IOException {
        List<Embeddings> all = new ArrayList<>();
        for (String space : spaces) {
            List<Embeddings> parts = new ArrayList<>();
            for (BindStep.ItemTuples tuples : step.tuples()) {
                parts.add(items.rows(tuples, space, modality));
            }
            all.add(Embeddings.concatenation(parts));
        }
        return all;
    }

    /**
     * Where texts come from (our reading): what the user says of the text's corpus, else the modality whose item found the text.
     * A text that is a start itself, of a corpus of no known kind, is not decoupled. An expert belongs to every origin that its
     * space knows. The space combined into, which comes last, is nobody's expert: alignment alone says when it counts.
     */
    private @Nullable Origins origins(BindStep.Route step, Combination bond) throws IOException {
        BindStep.RoutedModality text = step.modalities().get(Modality.TEXT);
        if (text == null || text.read().isEmpty()) {
            return null;
        }
        Set<Modality> kinds = new LinkedHashSet<>(step.modalities().keySet());
        kinds.remove(Modality.TEXT);
        for (Corpus corpus : graph.configuration().corpora().values()) {
            if (corpus.kind() != null) {
                kinds.add(corpus.kind());
            }
        }
        List<Modality> origins = List.copyOf(kinds);
        List<List<Boolean>> groups = new ArrayList<>();
        for (Modality origin : origins) {
            groups.add(text.sources().stream()
                    .filter(bond.experts()::contains)
                    .map(source -> graph.modalities(source).contains(origin))
                    .toList());
        }
        List<RowOrigin> byTuples = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        long end = 0;
        for (BindStep.ItemTuples tuples : step.tuples()) {
            byTuples.add(origin(tuples, origins));
            end += tuples.rows();
            ends.add(end);
        }
        return new Origins(groups, row -> {
            int set = 0;
            while (row >= ends.get(set)) {
                set++;
            }
            return byTuples.get(set).of(set == 0 ? row : row - ends.get(set - 1));
        });
    }

    private RowOrigin origin(BindStep.ItemTuples tuples, List<Modality> origins) throws IOException {
        ItemRows.Lookup texts = items.lookup(tuples, Modality.TEXT);
        return row -> {
            Modality kind =
                    items.corpus(tuples, Modality.TEXT, texts.of((int) row)).kind();
            return origins.indexOf(kind == null ? tuples.start() : kind);
        };
    }
}
