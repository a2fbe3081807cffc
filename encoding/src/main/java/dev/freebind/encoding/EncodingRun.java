package dev.freebind.encoding;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.encoding.output.EncodingManifest;
import dev.freebind.formats.FileErrors;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the raw items of a configuration that have no embeddings yet, or whose items, encoder or options have changed since.
 *
 * <p>One space is in memory at a time: its encoder is opened, embeds all that it has to, and is closed. Every shard appears whole;
 * a run that was interrupted goes on after the last one, to the same bytes. An item of a corpus that is left out because it cannot
 * be encoded is left out in every space, so that rows stay aligned.
 */
public final class EncodingRun {

    private final Configuration configuration;
    private final Path folder;
    private final Supplier<EncoderRegistry> registry;
    private final EncodingOptions options;
    private final String version;
    private final Progress progress;
    private final TaskList tasks;

    /**
     * What was done.
     *
     * @param plan what there was to do
     * @param rows rows of each task in the order of {@code plan.entries()}
     * @param notes what the user should know: items left out, files kept as they are
     */
    public record Outcome(EncodingPlan plan, List<Long> rows, List<String> notes) {
        /** Copies. */
        public Outcome {
            rows = List.copyOf(rows);
            notes = List.copyOf(notes);
        }
    }

    /**
     * Prepares a run; nothing is read or written yet.
     *
     * @param collections the items that may be encoded
     * @param registry where encoders are looked up; asked when first needed
     * @param version of this software, for manifests
     */
    public EncodingRun(
            Configuration configuration,
            List<ItemCollection> collections,
            Supplier<EncoderRegistry> registry,
            EncodingOptions options,
            String version,
            Progress progress) {
        this.configuration = configuration;
        Path parent = configuration.file().toAbsolutePath().normalize().getParent();
        this.folder = configuration.spaces().values().stream()
                .findFirst()
                .map(space -> space.folder().toAbsolutePath().normalize())
                .orElse(parent == null ? Path.of("").toAbsolutePath() : parent);
        this.registry = registry;
        this.options = options;
        this.version = version;
        this.progress = progress;
        this.tasks = new TaskList(configuration, collections, registry, options, folder, progress);
    }

    /**
     * Finds out what there is to do, and writes nothing but remembered hashes of checkpoints.
     *
     * @throws InvalidRequestException if a space or collection that was asked for does not exist, an encoder is not installed, or
     *     an item list is not understood
     * @throws DataException if an item list is missing or damaged
     */
    public EncodingPlan plan() {
        return tasks.plan();
    }

    /**
     * Encodes.
     *
     * @throws InvalidRequestException as {@link #plan}, or if an encoder's options do not fit, or another run is writing there
     * @throws DataException if an item or a checkpoint is damaged, naming it, or a file cannot be written; running again
     *     continues from there
     */
    public Outcome run() {
        EncodingPlan plan = plan();
        if (tasks.all().stream().allMatch(task -> task.isUpToDate())) {
            return outcome(plan);
        }
        Path lock = folder.resolve("embeddings").resolve("lock");
        try {
            Files.createDirectories(lock.getParent());
        } catch (IOException e) {
            throw FileErrors.cannotWrite(lock, e);
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (!locked(channel)) {
                throw new InvalidRequestException(folder + ": another run is encoding there; wait for it, or stop it");
            }
            for (SpaceDeclaration space : configuration.spaces().values()) {
                encode(space);
            }
            alignOtherSpaces();
        } catch (IOException e) {
            throw FileErrors.cannotWrite(lock, e);
        }
        return outcome(plan);
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another run in this process
        }
    }

    private void encode(SpaceDeclaration space) {
        List<TaskList.Entry> open = tasks.selected().stream()
                .filter(task -> task.space().equals(space.name()) && !task.isUpToDate())
                .toList();
        if (open.stream().allMatch(task -> task.survey().toEncode() == 0)) {
            open.forEach(task -> write(task, null));
            return;
        }
        try (Encoder encoder = open(space)) {
            configuration.withEncoderDimensions(
                    Map.of(space.name(), encoder.space().dimension()));
            tasks.learn(space.name(), encoder.space().dimension());
            for (TaskList.Entry task : open) {
                // Says what is missing for this modality before items are read.
                encoder.encode(task.task().collection().modality(), List.of());
            }
            open.forEach(task -> write(task, encoder));
        }
    }

    private Encoder open(SpaceDeclaration space) {
        return registry.get()
                .open(String.valueOf(space.encoder()), space.name(), space.expandedOptions(), space.folder());
    }

    private void write(TaskList.Entry entry, @Nullable Encoder encoder) {
        EncodingTask task = entry.task();
        SpaceDeclaration space = task.space();
        EncodingManifest.EncoderUsed used;
        int dimension;
        if (encoder == null) {
            EncodingManifest stored = EncodingTask.manifest(task.files()).orElseThrow();
            used = stored.encoder();
            dimension = stored.dimension();
        } else {
            EncoderProvider provider = registry.get().provider(String.valueOf(space.encoder()));
            used = new EncodingManifest.EncoderUsed(provider.name(), provider.version(), space.options());
            dimension = encoder.space().dimension();
        }
        EncodingManifest blank = new EncodingManifest(
                EncodingManifest.SCHEMA,
                space.name(),
                task.collection().modality().name(),
                dimension,
                task.dtype(),
                0,
                0,
                false,
                used,
                version,
                entry.encoderFingerprint(),
                entry.layout(),
                task.shardItems(),
                List.of(),
                List.of(),
                null);
        boolean mayLeaveOut = tasks.mayLeaveOut(task.collection());
        String advice = mayLeaveOut
                ? "--skip-broken leaves out what cannot be encoded, in every space"
                : task.collection().use().mayLeaveOut()
                        ? "it cannot be left out, because embeddings of other spaces, not made here, have a row for it"
                        : "items of tasks and pairs cannot be left out, because others count on their row numbers";
        int threads = options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
        new ShardWriting(task, entry.survey(), entry.skips(), encoder, blank)
                .run(options.skipBroken() && mayLeaveOut, advice, threads, progress);
        entry.again();
    }

    /** Leaves items that turned out to be broken out of spaces that were done before, or not asked for. */
    private void alignOtherSpaces() {
        for (TaskList.Entry task : tasks.all()) {
            if (!task.isUpToDate() && task.survey().toEncode() == 0) {
                write(task, null);
            }
        }
    }

    private Outcome outcome(EncodingPlan plan) {
        List<String> notes = new ArrayList<>(plan.notes());
        Set<Skips> told = new LinkedHashSet<>();
        for (TaskList.Entry task : tasks.selected()) {
            if (task.skips().size() > 0 && told.add(task.skips())) {
                notes.add(task.task().collection().name() + ": " + task.skips().size() + " broken "
                        + (task.skips().size() == 1 ? "item is" : "items are") + " left out in every space; "
                        + task.task().files().manifest() + " lists them");
            }
        }
        return new Outcome(
                plan,
                tasks.selected().stream()
                        .map(task -> task.survey().items()
                                - task.skips().before(task.survey().items()).size())
                        .toList(),
                notes);
    }

    /**
     * The dimensions of the spaces that have an encoder: of all whose dimension is not given, and of others as far as manifests
     * tell. An encoder is opened where nothing else tells.
     *
     * @throws DataException if an encoder that has to be opened cannot be
     */
    public Map<String, Integer> dimensions() {
        plan();
        Map<String, Integer> dimensions = new LinkedHashMap<>();
        for (SpaceDeclaration space : configuration.spaces().values()) {
            if (space.encoder() != null) {
                tasks.dimension(space.name()).ifPresent(told -> dimensions.put(space.name(), told));
                if (space.dimension() == 0 && !dimensions.containsKey(space.name())) {
                    dimensions.put(space.name(), dimension(space));
                }
            }
        }
        return dimensions;
    }

    private int dimension(SpaceDeclaration space) {
        EncoderProvider provider = registry.get().provider(String.valueOf(space.encoder()));
        OptionalInt told = provider.dimension();
        if (told.isPresent()) {
            return told.getAsInt();
        }
        try (Encoder encoder = open(space)) {
            tasks.learn(space.name(), encoder.space().dimension());
            return encoder.space().dimension();
        }
    }
}
