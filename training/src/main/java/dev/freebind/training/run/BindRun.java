package dev.freebind.training.run;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.DataCheck;
import dev.freebind.bonds.configuration.SavedPresets;
import dev.freebind.bonds.configuration.SpaceFile;
import dev.freebind.bonds.execution.Inference;
import dev.freebind.bonds.execution.ModalityTuning;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.execution.ProjectorTraining;
import dev.freebind.bonds.execution.RouterTraining;
import dev.freebind.bonds.execution.SoftRetrieval;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.projector.ProjectorKey;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.fingerprint.Fingerprint;
import dev.freebind.formats.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Binds: does the steps of a {@link BindPlan} whose results are not in the output folder yet, and writes the bound space.
 *
 * <p>Steps are done on demand: a projector that is there with the right fingerprint needs no pseudo pairs, and pseudo pairs
 * that are there need no embeddings of inner bonds. So a run that was interrupted, a run with a changed configuration and a
 * run after {@code work/} was deleted are all the same thing.
 */
public final class BindRun {

    /** Key of a projector file's metadata that holds the fingerprint of everything it was made from. */
    static final String FINGERPRINT = "freebind.fingerprint";

    private final Configuration configuration;
    private final Path output;
    private final BindOptions options;
    private final Engines engines;
    private final Environment environment;
    private final Progress progress;

    /**
     * The numerical engines a run uses; the caller closes what needs closing.
     *
     * @param retrieval soft retrieval
     * @param nearest finds the items of tuples, and how good pseudo pairs are
     * @param training projector training
     * @param tuning tuning of a modality
     * @param routers router training
     * @param inference makes inference over what was trained so far
     * @param items encoders and items, where an encoder is tuned
     */
    public record Engines(
            SoftRetrieval retrieval,
            NearestItems nearest,
            ProjectorTraining training,
            ModalityTuning tuning,
            RouterTraining routers,
            Inference.Factory inference,
            ItemAccess items) {}

    /**
     * What provenance says about where the run took place.
     *
     * @param versions of the software, by name
     * @param host of the machine, by name
     * @param clock tells the time
     */
    public record Environment(Map<String, String> versions, Map<String, String> host, Clock clock) {}

    /**
     * What a run did.
     *
     * @param plan the plan it followed
     * @param trained projectors trained by this run
     * @param reused projectors that were there already
     * @param complete whether the bound space is complete; false if {@link BindOptions#only()} left bonds out
     * @param presets those that were saved in the bound space: what became of them if it is complete
     */
    public record Outcome(BindPlan plan, int trained, int reused, boolean complete, SavedPresets presets) {}

    /** Prepares a run; nothing is read or written yet. */
    public BindRun(
            Configuration configuration,
            Path output,
            BindOptions options,
            Engines engines,
            Environment environment,
            Progress progress) {
        this.configuration = configuration;
        this.output = output.toAbsolutePath().normalize();
        this.options = options;
        this.engines = engines;
        this.environment = environment;
        this.progress = progress;
    }

    /**
     * Plans without touching the output folder.
     *
     * @throws InvalidRequestException if the configuration does not fit its data, with all problems
     */
    public static BindPlan plan(Configuration configuration, BindOptions options) {
        return plan(configuration, options, files -> Optional.empty());
    }

    /**
     * Plans without touching the output folder, and before everything is encoded.
     *
     * @param toBeEncoded how large embeddings will be that encoding makes, also where an earlier run has left others; empty for
     *     all that are read as they are
     * @throws InvalidRequestException if the configuration does not fit its data, with all problems
     */
    public static BindPlan plan(Configuration configuration, BindOptions options, DataCheck.ShapeReader toBeEncoded) {
        BondGraph graph = BondGraph.of(configuration);
        if (options.only() != null && !configuration.bonds().containsKey(options.only())) {
            throw new InvalidRequestException("--only " + options.only() + ": no such bond; there are "
                    + String.join(", ", configuration.bonds().keySet()));
        }
        DataCheck.ShapeReader shapes = files -> toBeEncoded
                .shape(files)
                .or(() -> CorpusEmbeddings.shape(files))
                .map(shape -> new DataCheck.Shape(Math.min(options.limit(), shape.rows()), shape.dimension()));
        DataCheck.check(configuration, shapes).throwIfAny();
        try (CorpusEmbeddings corpora = new CorpusEmbeddings(configuration, options.limit())) {
            return BindPlan.of(
                    graph,
                    corpus -> corpus.data().embeddings().values().stream()
                            .flatMap(files -> toBeEncoded.shape(files).stream())
                            .findFirst()
                            .map(shape -> Math.min(options.limit(), shape.rows()))
                            .orElseGet(() -> corpora.rows(corpus)));
        }
    }

    /**
     * Binds.
     *
     * @throws InvalidRequestException if the configuration does not fit its data, or the output folder is in use or has a {@code
     *     space.yaml} that cannot be read
     * @throws DataException if an input is damaged or the output cannot be written; {@code resume} continues from there
     */
    public Outcome run() {
        BindPlan plan = plan(configuration, options);
        try (OutputFolder folder = OutputFolder.open(output, options);
                CorpusEmbeddings corpora = new CorpusEmbeddings(configuration, options.limit());
                Execution execution = new Execution(plan, SavedPresets.of(output, plan.graph()), folder, corpora)) {
            return execution.run();
        } catch (IOException e) {
            throw FileErrors.cannotWrite(output, e);
        }
    }

    /**
     * Checks that a run may write to a folder, for those who do something long before it.
     *
     * @throws InvalidRequestException if it is a file, or holds something and nothing is to be resumed
     */
    public static void checkOutput(Path output, BindOptions options) {
        OutputFolder.check(output, options);
    }

    /** One run's state. */
    private final class Execution implements AutoCloseable {
        private final BindPlan plan;
        private final SavedPresets presets;
        private final BondGraph graph;
        private final OutputFolder folder;
        private final CorpusEmbeddings corpora;
        private final FileHashes hashes;
        private final Instant started = environment.clock().instant();
        private final StepFingerprints fingerprints;
        private final CorpusRows rows;
        private final PseudoPairs pairs;
        private final ItemRows items;
        private final RouterStep routers;

        Execution(BindPlan plan, SavedPresets presets, OutputFolder folder, CorpusEmbeddings corpora) {
            this.plan = plan;
            this.presets = presets;
            this.graph = plan.graph();
            this.folder = folder;
            this.corpora = corpora;
            this.hashes = new FileHashes(folder.work().resolve("hashes.json"));
            this.fingerprints = new StepFingerprints(plan, corpora, engines.items(), hashes, progress);
            this.rows = new CorpusRows(
                    output, graph, corpora, fingerprints, engines.inference(), engines.items(), progress);
            this.pairs = new PseudoPairs(output, graph, corpora, rows, fingerprints, engines.retrieval(), progress);
            this.items = new ItemRows(output, corpora, rows, fingerprints, engines.nearest(), progress);
            this.routers = new RouterStep(
                    output,
                    folder.work(),
                    graph,
                    items,
                    fingerprints,
                    engines.routers(),
                    environment.clock(),
                    progress);
        }

        Outcome run() throws IOException {
            Set<String> wanted = wantedBonds();
            int trained = 0;
            int reused = 0;
            List<Provenance.TrainedStep> records = new ArrayList<>();
            StepRecords known = new StepRecords(folder);
            List<Provenance.TrainedRouters> routerRecords = new ArrayList<>();
            for (BindStep step : plan.steps()) {
                if (step instanceof BindStep.Route route && wanted.contains(step.bond())) {
                    routers.run(route).ifPresent(routerRecords::add);
                    continue;
                }
                List<ProjectorKey> made = projectors(step);
                if (!wanted.contains(step.bond()) || made.isEmpty()) {
                    continue;
                }
                String fingerprint = fingerprint(step);
                if (files(step).stream().allMatch(file -> done(file, fingerprint))) {
                    reused += made.size();
                } else {
                    known.add(
                            step instanceof BindStep.Tune tune
                                    ? tune(tune, fingerprint)
                                    : train((BindStep.Train) step, fingerprint));
                    trained += made.size();
                }
                known.find(fingerprint).ifPresent(records::add);
            }
            boolean complete = wanted.size() == configuration.bonds().size();
            if (complete) {
                List<PairQuality> quality = new PairSurvey(
                                output, graph, corpora, rows, pairs, fingerprints, engines.nearest(), progress)
                        .all(plan.steps(BindStep.Collect.class));
                folder.removeStale(results());
                SpaceFile.write(BondGraph.of(configuration.withPresets(presets.kept())), output);
                provenance(records, routerRecords, quality).write(output);
            }
            return new Outcome(plan, trained, reused, complete, presets);
        }

        /** The projectors that a step makes. */
        private static List<ProjectorKey> projectors(BindStep step) {
            if (step instanceof BindStep.Tune tune) {
                return tune.keys();
            }
            return step instanceof BindStep.Train train ? train.keys() : List.of();
        }

        private String fingerprint(BindStep step) {
            return step instanceof BindStep.Tune tune ? fingerprints.of(tune) : fingerprints.of((BindStep.Train) step);
        }

        private Set<String> wantedBonds() {
            Set<String> wanted = new HashSet<>();
            if (options.only() == null) {
                return Set.copyOf(configuration.bonds().keySet());
            }
            List<String> open = new ArrayList<>(List.of(options.only()));
            while (!open.isEmpty()) {
                String space = open.remove(open.size() - 1);
                if (!graph.isLeaf(space) && wanted.add(space)) {
                    open.addAll(graph.bond(space).needs());
                }
            }
            return wanted;
        }

        /** The files that a step makes: projectors, and the weights of a tuned encoder. */
        private List<Path> files(BindStep step) {
            List<Path> files = new ArrayList<>();
            projectors(step).forEach(key -> files.add(output.resolve(key.file())));
            if (step instanceof BindStep.Tune tune && tune.tuned().settings().encoder()) {
                files.add(output.resolve(tune.tuned().encoderFile()));
            }
            return files;
        }

        private boolean done(Path file, String fingerprint) {
            if (!Files.exists(file)) {
                return false;
            }
            try (SafetensorsFile projector = SafetensorsFile.open(file)) {
                return fingerprint.equals(projector.metadata().get(FINGERPRINT));
            }
        }

        private Provenance.TrainedStep tune(BindStep.Tune step, String fingerprint) throws IOException {
            Path checkpoint = checkpoint(fingerprint);
            Instant begin = environment.clock().instant();
            String name = step.bond() + "/" + step.tuned().modality();
            ModalityTuning.Result result = new TuningStep(output, graph, rows, engines.tuning(), progress)
                    .run(step, fingerprint, seed(name), checkpoint);
            Files.deleteIfExists(checkpoint);
            return new Provenance.TrainedStep(
                    name,
                    fingerprint,
                    step.rows(),
                    seconds(begin),
                    result.kept(),
                    result.epochs().stream().map(Provenance.Epoch::of).toList());
        }

        private Path checkpoint(String fingerprint) throws IOException {
            return Files.createDirectories(folder.work().resolve("checkpoints")).resolve(fingerprint + ".safetensors");
        }

        private Provenance.TrainedStep train(BindStep.Train step, String fingerprint) throws IOException {
            Path checkpoint = checkpoint(fingerprint);
            Provenance.TrainedStep record = new TrainingStep(
                            output, graph, rows, pairs, items, engines.training(), environment.clock(), progress)
                    .run(step, fingerprint, seed(step.key()), checkpoint);
            Files.deleteIfExists(checkpoint);
            return record;
        }

        private long seed(Object trained) {
            String hex = new Fingerprint("seed")
                    .add(configuration.seed())
                    .add(trained)
                    .hex();
            return Long.parseUnsignedLong(hex.substring(0, 16), 16);
        }

        /** What the plan makes: everything else among the results is of an earlier configuration. */
        private Set<Path> results() {
            Set<Path> results = new HashSet<>();
            plan.steps().forEach(step -> results.addAll(files(step)));
            plan.steps(BindStep.Collect.class).forEach(step -> results.add(pairs.folder(step)));
            plan.steps(BindStep.Embed.class).forEach(step -> results.add(rows.file(step)));
            plan.steps(BindStep.Retrieve.class).forEach(step -> results.add(items.file(step)));
            plan.steps(BindStep.Route.class)
                    .forEach(step -> step.routers().forEach(router -> results.add(output.resolve(router.file()))));
            return results;
        }

        private Provenance provenance(
                List<Provenance.TrainedStep> records,
                List<Provenance.TrainedRouters> routerRecords,
                List<PairQuality> quality)
                throws IOException {
            String text = Files.readString(configuration.file(), StandardCharsets.UTF_8);
            return new Provenance(
                    Provenance.SCHEMA,
                    configuration.name(),
                    environment.clock().instant().toString(),
                    seconds(started),
                    configuration.seed(),
                    new Provenance.ConfigurationFile(
                            configuration.file().toString(),
                            hashes.of(configuration.file(), progress).sha256(),
                            text),
                    new InputFiles(plan, corpora, rows, hashes, progress).all(),
                    new TreeMap<>(environment.versions()),
                    new TreeMap<>(environment.host()),
                    records,
                    routerRecords,
                    plan.warnings(),
                    quality);
        }

        private double seconds(Instant begin) {
            return Duration.between(begin, environment.clock().instant()).toMillis() / 1000.0;
        }

        @Override
        public void close() {
            rows.close();
        }
    }
}
