package dev.freebind.encoding;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.NearestName;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.encoding.items.ItemSource;
import dev.freebind.encoding.output.EncodedFiles;
import dev.freebind.encoding.output.EncodingManifest;
import dev.freebind.encoding.output.EncodingManifest.Skipped;
import dev.freebind.encoding.output.Layout;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Every collection in every space that has an encoder for it, with what is there already. */
final class TaskList {

    private final Configuration configuration;
    private final List<ItemCollection> collections;
    private final Supplier<EncoderRegistry> registry;
    private final EncodingOptions options;
    private final Path folder;
    private final Progress progress;
    private final FileHashes hashes;

    private final List<Entry> entries = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<String, Optional<String>> fingerprints = new HashMap<>();
    private final Map<String, Integer> dimensions = new LinkedHashMap<>();
    private final Set<String> withOthersFiles = new HashSet<>();
    private boolean planned;

    TaskList(
            Configuration configuration,
            List<ItemCollection> collections,
            Supplier<EncoderRegistry> registry,
            EncodingOptions options,
            Path folder,
            Progress progress) {
        this.configuration = configuration;
        this.collections = List.copyOf(collections);
        this.registry = registry;
        this.options = options;
        this.folder = folder;
        this.progress = progress;
        this.hashes = new FileHashes(folder.resolve("embeddings").resolve("hashes.json"));
    }

    /** One task and what is there of it. */
    final class Entry {
        private final EncodingTask task;
        private final Skips skips;
        private final @Nullable Layout layout;
        private final Optional<String> encoderFingerprint;
        private Survey survey;

        private Entry(EncodingTask task, Skips skips, @Nullable Layout layout, Optional<String> encoderFingerprint) {
            this.task = task;
            this.skips = skips;
            this.layout = layout;
            this.encoderFingerprint = encoderFingerprint;
            this.survey = look();
        }

        private Survey look() {
            long limit = task.collection().use().mayBeLimited() ? options.limit() : Long.MAX_VALUE;
            Survey found =
                    task.survey(encoderFingerprint, limit, options.skipBroken() && mayLeaveOut(task.collection()));
            for (Survey.Shard shard : found.shards()) {
                StoredShard stored = shard.stored();
                if (stored != null) {
                    for (Skipped item : stored.manifest().skipped()) {
                        if (stored.skipped().contains(item.item())) {
                            skips.add(item);
                        }
                    }
                }
            }
            return found;
        }

        /** Looks again, after writing. */
        void again() {
            survey = look();
        }

        EncodingTask task() {
            return task;
        }

        String space() {
            return task.space().name();
        }

        /** Shared by all spaces of the collection. */
        Skips skips() {
            return skips;
        }

        @Nullable
        Layout layout() {
            return layout;
        }

        String encoderFingerprint() {
            return encoderFingerprint.orElse("");
        }

        Survey survey() {
            return survey;
        }

        /** Says whether there is nothing to do: all rows there, none too many, finished. */
        boolean isUpToDate() {
            EncodingManifest manifest =
                    EncodingManifest.read(task.files().manifest()).orElse(null);
            return manifest != null
                    && survey.isUpToDate(skips)
                    && manifest.items() == survey.items()
                    && manifest.complete() == survey.all()
                    && Objects.equals(manifest.layout(), layout)
                    && Files.exists(task.files().items());
        }
    }

    /** All tasks. */
    List<Entry> all() {
        return List.copyOf(entries);
    }

    /** Those that were asked for, space by space. */
    List<Entry> selected() {
        List<Entry> selected = new ArrayList<>();
        for (String space : configuration.spaces().keySet()) {
            entries.stream()
                    .filter(entry -> entry.space().equals(space)
                            && isSelected(space, entry.task().collection()))
                    .forEach(selected::add);
        }
        return selected;
    }

    private boolean isSelected(String space, ItemCollection collection) {
        return (options.spaces().isEmpty() || options.spaces().contains(space))
                && (options.collections().isEmpty()
                        || options.collections().contains(collection.name())
                        || options.collections().contains(taskName(collection)));
    }

    /** The task that a collection belongs to; the collection itself if it is a corpus. */
    private static String taskName(ItemCollection collection) {
        int slash = collection.name().indexOf('/');
        return slash < 0 ? collection.name() : collection.name().substring(0, slash);
    }

    /** Says whether items may be left out: rows stand for themselves, and no space has rows that cannot be left out with them. */
    boolean mayLeaveOut(ItemCollection collection) {
        return collection.use().mayLeaveOut() && !withOthersFiles.contains(collection.name());
    }

    /** Notes what an opened encoder tells. */
    void learn(String space, int dimension) {
        dimensions.put(space, dimension);
    }

    /** The dimension of a space that manifests or opened encoders tell. */
    OptionalInt dimension(String space) {
        Integer told = dimensions.get(space);
        return told == null ? OptionalInt.empty() : OptionalInt.of(told);
    }

    /** Finds the tasks. */
    EncodingPlan plan() {
        if (!planned) {
            checkNames();
            collections.forEach(this::survey);
            planned = true;
        }
        List<EncodingPlan.Entry> result = new ArrayList<>();
        for (Entry entry : selected()) {
            ItemCollection collection = entry.task().collection();
            result.add(new EncodingPlan.Entry(
                    entry.space(),
                    collection.name(),
                    collection.modality(),
                    Objects.requireNonNull(collection.embeddings().get(entry.space())),
                    entry.task().files().place(),
                    entry.survey().items(),
                    entry.survey().toEncode(),
                    entry.skips().before(entry.survey().items()).size()));
        }
        return new EncodingPlan(result, notes);
    }

    private void checkNames() {
        for (String space : options.spaces()) {
            SpaceDeclaration declared = configuration.spaces().get(space);
            if (declared == null) {
                throw new InvalidRequestException("no space is named '" + space + "'"
                        + NearestName.hint(space, configuration.spaces().keySet()));
            }
            if (declared.encoder() == null) {
                throw new InvalidRequestException("space '" + space
                        + "' has no encoder, only embeddings; add 'encoder:' in " + configuration.file());
            }
        }
        Set<String> known = new LinkedHashSet<>();
        for (ItemCollection collection : collections) {
            known.add(taskName(collection));
            known.add(collection.name());
        }
        for (String collection : options.collections()) {
            if (!known.contains(collection)) {
                throw new InvalidRequestException("no corpus or task with raw items is named '" + collection + "'"
                        + (known.isEmpty() ? "" : NearestName.hint(collection, known)));
            }
        }
    }

    private void survey(ItemCollection collection) {
        Map<SpaceDeclaration, EncodedFiles> places = places(collection);
        if (places.keySet().stream().noneMatch(space -> isSelected(space.name(), collection))) {
            return;
        }
        Skips skips = new Skips();
        List<Entry> found = new ArrayList<>();
        try {
            ItemSource source = collection.items().get();
            places.forEach((space, files) -> {
                EncodingManifest manifest = EncodingTask.manifest(files).orElse(null);
                found.add(new Entry(
                        new EncodingTask(
                                collection, source, space, files, type(manifest), shardItems(manifest), folder),
                        skips,
                        files.form() == EncodedFiles.Form.FOLDER
                                ? Layout.PLAIN
                                : files.form() == EncodedFiles.Form.CLIP_RETRIEVAL ? Layout.CLIP_RETRIEVAL : null,
                        encoderFingerprint(space)));
            });
        } catch (DataException | InvalidRequestException e) {
            boolean allThere = places.values().stream()
                    .allMatch(files -> EncodingManifest.read(files.manifest())
                            .filter(EncodingManifest::complete)
                            .isPresent());
            if (options.strict() || !allThere) {
                throw e;
            }
            notes.add(collection.name() + ": its embeddings are used as they are, because they cannot be compared with"
                    + " their items: " + e.getMessage());
            return;
        }
        entries.addAll(found);
    }

    /** Where each space with an encoder puts its rows, in the configuration's order of spaces. */
    private Map<SpaceDeclaration, EncodedFiles> places(ItemCollection collection) {
        Map<SpaceDeclaration, EncodedFiles> places = new LinkedHashMap<>();
        for (SpaceDeclaration space : configuration.spaces().values()) {
            EmbeddingFiles given = collection.embeddings().get(space.name());
            if (given == null) {
                continue;
            }
            Optional<EncodedFiles> files = EncodedFiles.of(given, collection.modality(), Layout.PLAIN)
                    .map(place -> EncodedFiles.of(given, collection.modality(), layout(place))
                            .orElseThrow());
            if (space.encoder() == null || files.isEmpty() || files.get().holdsOthers()) {
                withOthersFiles.add(collection.name());
                if (space.encoder() != null && isSelected(space.name(), collection)) {
                    notes.add(collection.name() + " in " + space.name()
                            + ": the embedding files there were not made by 'freebind encode' and stay as they are");
                }
            } else {
                places.put(space, files.get());
                EncodingTask.manifest(files.get())
                        .ifPresent(manifest -> dimensions.put(space.name(), manifest.dimension()));
            }
        }
        return places;
    }

    private Layout layout(EncodedFiles place) {
        if (options.layout() != null) {
            return options.layout();
        }
        return EncodingManifest.read(place.manifest())
                .map(EncodingManifest::layout)
                .orElse(Layout.PLAIN);
    }

    private ElementType type(@Nullable EncodingManifest manifest) {
        if (options.type() != null) {
            return options.type();
        }
        return manifest != null && manifest.dtype().equals("float16") ? ElementType.F16 : ElementType.F32;
    }

    private int shardItems(@Nullable EncodingManifest manifest) {
        if (options.shardItems() > 0) {
            return options.shardItems();
        }
        return manifest == null ? EncodingOptions.DEFAULT_SHARD_ITEMS : manifest.shardItems();
    }

    private Optional<String> encoderFingerprint(SpaceDeclaration space) {
        return fingerprints.computeIfAbsent(
                space.name(),
                name -> EncoderFingerprint.of(
                        registry.get().provider(String.valueOf(space.encoder())), space, hashes, progress));
    }
}
