package dev.freebind.encoding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.encoding.items.SourceItem;
import dev.freebind.encoding.output.EncodedFiles;
import dev.freebind.encoding.output.EncodingManifest;
import dev.freebind.encoding.output.EncodingManifest.Skipped;
import dev.freebind.encoding.output.ItemsFile;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.npy.NpyWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings the files of one task from what is there to what they should be, shard by shard. After every shard the manifest says
 * what is there, so that an interruption loses the shard in flight only; the list of items and the manifest that says
 * {@code complete} come last.
 */
final class ShardWriting {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final EncodingTask task;
    private final Survey survey;
    private final Skips skips;
    private final @Nullable Encoder encoder;
    /** Says everything but shards, rows and skipped items. */
    private final EncodingManifest blank;

    private final EncodedFiles work;
    private final TreeMap<Integer, EncodingManifest.Shard> done = new TreeMap<>();

    ShardWriting(EncodingTask task, Survey survey, Skips skips, @Nullable Encoder encoder, EncodingManifest blank) {
        this.task = task;
        this.survey = survey;
        this.skips = skips;
        this.encoder = encoder;
        this.blank = blank;
        this.work = task.workplace();
    }

    /**
     * Does it.
     *
     * @param skipBroken whether items that cannot be encoded are left out
     * @param advice for the one who cannot have an item left out, or has not asked for it
     * @return how many rows there are
     * @throws DataException if an item cannot be encoded and may not be left out, or a file cannot be written
     */
    long run(boolean skipBroken, String advice, int threads, Progress progress) {
        Set<Path> before = new HashSet<>();
        StoredShard.at(task.files()).forEach(shard -> before.add(shard.file()));
        StoredShard.at(work).forEach(shard -> before.add(shard.file()));
        long rows;
        try (ShardItems items = new ShardItems(task.source(), task.base(), skipBroken);
                ItemsFile list = ItemsFile.create(task.files().items());
                ItemEncoder feeding = encoder == null
                        ? null
                        : new ItemEncoder(encoder, task.collection().modality(), threads);
                Progress.Task bar = survey.toEncode() == 0
                        ? new Progress.Task() {}
                        : progress.start(task.label(), survey.toEncode(), "items")) {
            keepWhatIsThere();
            writeManifest(work, false, null);
            for (int index = 0; index < survey.shards().size(); index++) {
                Survey.Shard shard = survey.shards().get(index);
                List<SourceItem> some = items.next(shard.items());
                if (some.size() < shard.items() || !items.fingerprint(some).equals(shard.itemsFingerprint())) {
                    throw new DataException(task.label() + ": " + task.source().origin()
                            + " has changed while it was being encoded; run again");
                }
                shard(index, shard, some, feeding, skipBroken ? null : advice, bar);
                append(index, shard, some, list);
            }
            rows = rows();
            if (rows == 0) {
                throw new DataException(task.label() + ": " + task.source().origin()
                        + (skips.size() == 0 ? " has no items" : " has no item that can be encoded"));
            }
            if (work.equals(task.files())) {
                list.commit();
                writeManifest(work, survey.all(), null);
            } else {
                String sha256 = assemble();
                list.commit();
                writeManifest(task.files(), survey.all(), sha256);
            }
        }
        removeAllBut(before);
        return rows;
    }

    /** Shards that stay as they are, where they are. */
    private void keepWhatIsThere() {
        for (int index = 0; index < survey.shards().size(); index++) {
            Survey.Shard shard = survey.shards().get(index);
            StoredShard stored = shard.stored();
            if (stored != null
                    && stored.file().equals(work.shard(index))
                    && stored.skipped().equals(shard.leftOut(skips))) {
                done.put(index, stored.shard());
            }
        }
    }

    private void shard(
            int index,
            Survey.Shard shard,
            List<SourceItem> items,
            @Nullable ItemEncoder feeding,
            @Nullable String advice,
            Progress.Task bar) {
        if (done.containsKey(index)) {
            return;
        }
        Path target = work.shard(index);
        long rows;
        try (NpyWriter writer = NpyWriter.create(target, blank.dimension(), task.type())) {
            StoredShard stored = shard.stored();
            if (stored != null) {
                stored.read(shard.leftOut(skips), row -> writer.append(FloatBuffer.wrap(row)));
            } else if (feeding != null) {
                encode(shard, items, feeding, advice, writer, bar);
            } else {
                throw new IllegalStateException(task.label() + ": rows are missing, but there is no encoder");
            }
            rows = writer.rows();
            writer.commit();
        }
        done.put(
                index,
                new EncodingManifest.Shard(
                        name(work, target),
                        shard.firstItem(),
                        shard.items(),
                        (int) rows,
                        shard.itemsFingerprint(),
                        FileHashes.sha256(target)));
        writeManifest(work, false, null);
    }

    private void encode(
            Survey.Shard shard,
            List<SourceItem> items,
            ItemEncoder feeding,
            @Nullable String advice,
            NpyWriter writer,
            Progress.Task bar) {
        Set<Long> leftOut = shard.leftOut(skips);
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            if (!leftOut.contains(shard.firstItem() + i)) {
                positions.add(i);
            }
        }
        bar.advance(items.size() - positions.size());
        feeding.encode(
                items,
                positions,
                row -> writer.append(FloatBuffer.wrap(row)),
                (position, error) -> {
                    SourceItem item = items.get(position);
                    String reason = String.valueOf(error.getMessage());
                    if (advice != null) {
                        throw new DataException(task.label() + ": " + reason + "\n(" + advice + ")", error);
                    }
                    skips.add(new Skipped(shard.firstItem() + position, item.label(), reason));
                    bar.remark(skips.size() + " broken");
                },
                bar::advance);
    }

    private void append(int index, Survey.Shard shard, List<SourceItem> items, ItemsFile list) {
        Set<Long> leftOut = shard.leftOut(skips);
        StringBuilder metadata = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            if (!leftOut.contains(shard.firstItem() + i)) {
                list.append(items.get(i));
                if (work.form() == EncodedFiles.Form.CLIP_RETRIEVAL) {
                    metadata.append(metadata(items.get(i))).append('\n');
                }
            }
        }
        if (work.form() == EncodedFiles.Form.CLIP_RETRIEVAL) {
            AtomicFile.writeString(work.metadata(index), metadata.toString());
        }
    }

    /** What clip-retrieval shows of an item, with its keys. */
    private String metadata(SourceItem item) {
        Map<String, String> values = new LinkedHashMap<>();
        if (item instanceof SourceItem.OfText text) {
            values.put("caption", text.text());
        } else {
            String path = item instanceof SourceItem.OfFile file ? file.path().toString() : item.label();
            values.put(task.collection().modality().equals(Modality.IMAGE) ? "image_path" : "path", path);
        }
        try {
            return JSON.writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All shards in the one file that was asked for. */
    private String assemble() {
        Path target = task.files().shard(0);
        try (NpyWriter writer = NpyWriter.create(target, blank.dimension(), task.type())) {
            for (StoredShard shard : StoredShard.at(work)) {
                shard.read(Set.of(), row -> writer.append(FloatBuffer.wrap(row)));
            }
            writer.commit();
        }
        return FileHashes.sha256(target);
    }

    private long rows() {
        return done.values().stream().mapToLong(EncodingManifest.Shard::rows).sum();
    }

    private void writeManifest(EncodedFiles place, boolean complete, @Nullable String sha256) {
        Collection<EncodingManifest.Shard> shards = done.values();
        if (place.form() == EncodedFiles.Form.FILE) {
            shards = shards.stream()
                    .map(shard -> new EncodingManifest.Shard(
                            name(place, place.shard(0)),
                            shard.firstItem(),
                            shard.items(),
                            shard.rows(),
                            shard.itemsFingerprint(),
                            null))
                    .toList();
        }
        long items = shards.stream().mapToLong(EncodingManifest.Shard::items).sum();
        new EncodingManifest(
                        blank.schema(),
                        blank.space(),
                        blank.modality(),
                        blank.dimension(),
                        blank.dtype(),
                        rows(),
                        items,
                        complete,
                        blank.encoder(),
                        blank.freebind(),
                        blank.encoderFingerprint(),
                        blank.layout(),
                        blank.shardItems(),
                        List.copyOf(shards),
                        skips.before(survey.items()),
                        sha256)
                .write(place.manifest());
    }

    private static String name(EncodedFiles place, Path file) {
        return SourceItem.relative(place.folder(), file);
    }

    /** Shards of earlier runs that are no part of the result, and the parts of a file that is whole. */
    private void removeAllBut(Set<Path> before) {
        Set<Path> keep = work.equals(task.files())
                ? done.keySet().stream().map(work::shard).collect(Collectors.toSet())
                : Set.of(task.files().shard(0));
        Set<Path> stale = new HashSet<>(before);
        if (!work.equals(task.files())) {
            done.keySet().forEach(index -> stale.add(work.shard(index)));
            stale.add(work.manifest());
        }
        stale.removeAll(keep);
        try {
            for (Path file : stale) {
                Files.deleteIfExists(file);
            }
            if (!work.equals(task.files())) {
                try (DirectoryStream<Path> rest = Files.newDirectoryStream(work.folder(), AtomicFile::isTemporary)) {
                    for (Path leftover : rest) {
                        Files.delete(leftover);
                    }
                }
                Files.delete(work.folder());
            } else if (work.form() == EncodedFiles.Form.CLIP_RETRIEVAL) {
                int index = survey.shards().size();
                while (Files.deleteIfExists(work.metadata(index))) {
                    index++;
                }
            }
        } catch (IOException e) {
            throw FileErrors.cannotWrite(task.files().place(), e);
        }
    }
}
