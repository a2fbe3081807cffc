package dev.freebind.bonds.configuration;

import dev.freebind.api.Modality;
import dev.freebind.api.NearestName;
import dev.freebind.bonds.configuration.Configuration.EmbeddingFiles;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.RawItems;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.configuration.YamlValue.Mapping;
import dev.freebind.bonds.configuration.YamlValue.Scalar;
import dev.freebind.bonds.configuration.YamlValue.Sequence;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code items} and {@code embeddings}, wherever they stand, and fills in where encoding will put embeddings. */
final class ItemDataReader {

    static final List<String> KEYS = List.of("items", "embeddings");

    private final Map<String, SpaceDeclaration> spaces;
    private final Set<String> unreadableSpaces;
    private final Set<String> bonds;
    private final Path folder;
    private final ProblemList problems;

    ItemDataReader(
            Map<String, SpaceDeclaration> spaces,
            Set<String> unreadableSpaces,
            Set<String> bonds,
            Path folder,
            ProblemList problems) {
        this.spaces = spaces;
        this.unreadableSpaces = unreadableSpaces;
        this.bonds = bonds;
        this.folder = folder;
        this.problems = problems;
    }

    /** A path. */
    Optional<ResourcePath> path(Section section, String name, String what) {
        return section.scalar(name, what).map(this::path);
    }

    private ResourcePath path(Scalar scalar) {
        return new ResourcePath(scalar.written(), scalar.text(), folder);
    }

    /**
     * Items and embeddings of one modality.
     *
     * @param modality their modality; null if it could not be read, so that spaces cannot be checked
     * @param defaultPlace folder below {@code embeddings/<space>/} where encoding puts embeddings without a path
     */
    ItemData read(Section section, @Nullable Modality modality, String defaultPlace) {
        RawItems items = items(section).orElse(null);
        Map<String, EmbeddingFiles> embeddings = new LinkedHashMap<>();
        YamlValue given = section.value("embeddings");
        if (given instanceof Mapping mapping) {
            mapping.values().forEach((space, value) -> {
                if (checkSpace(space, modality, value.key(), problems.line(value.key()))) {
                    files(space, value, items != null, defaultPlace).ifPresent(files -> embeddings.put(space, files));
                }
            });
        } else if (given instanceof Sequence sequence) {
            for (YamlValue value : sequence.values()) {
                Section.scalar(value, "the name of a space", problems).ifPresent(space -> {
                    if (checkSpace(space.text(), modality, value.key(), value.line())) {
                        toBeEncoded(space.text(), value, items != null, defaultPlace)
                                .ifPresent(files -> embeddings.put(space.text(), files));
                    }
                });
            }
        } else if (given != null) {
            Section.expected(given, "a mapping of spaces to files, for example {vt: train/text.npy}", problems);
        }
        if (items != null && modality != null) {
            for (SpaceDeclaration space : spaces.values()) {
                if (space.encoder() != null && space.modalities().contains(modality)) {
                    embeddings.putIfAbsent(space.name(), defaultFiles(space.name(), defaultPlace));
                }
            }
            if (given == null && embeddings.isEmpty() && unreadableSpaces.isEmpty()) {
                section.problem(
                        "items", "no space with an encoder knows " + modality + ", so nothing can embed these items");
            }
        }
        if (!section.has("items") && given == null) {
            section.missing("embeddings", "give embeddings: {space: file}, or items: to encode");
        }
        return new ItemData(items, embeddings);
    }

    /** A path, or a path and the column that holds the items. */
    private Optional<RawItems> items(Section section) {
        YamlValue value = section.value("items");
        if (!(value instanceof Mapping)) {
            return path(
                            section,
                            "items",
                            "a file, glob or folder of raw items, or {file: captions.csv, column: caption}")
                    .map(path -> new RawItems(path, null));
        }
        return Section.of(value, problems, List.of("file", "column")).flatMap(mapping -> {
            if (!mapping.has("file")) {
                mapping.missing("file", "the file, glob or folder of raw items");
            }
            String column = mapping.text("column", "the name of a column").orElse(null);
            return path(mapping, "file", "a file, glob or folder").map(path -> new RawItems(path, column));
        });
    }

    /** Where encoding puts embeddings of texts that have no path of their own, by space with an encoder for texts. */
    Map<String, EmbeddingFiles> encodedTexts(String place) {
        Map<String, EmbeddingFiles> files = new LinkedHashMap<>();
        for (SpaceDeclaration space : spaces.values()) {
            if (space.encoder() != null && space.modalities().contains(Modality.TEXT)) {
                files.put(space.name(), defaultFiles(space.name(), place));
            }
        }
        return files;
    }

    private boolean checkSpace(String space, @Nullable Modality modality, String key, int line) {
        SpaceDeclaration declared = spaces.get(space);
        if (declared == null) {
            if (!unreadableSpaces.contains(space)) {
                problems.add(
                        line,
                        key,
                        bonds.contains(space)
                                ? "'" + space + "' is a bond; its embeddings are computed from those of the pre-trained"
                                        + " spaces it is made of"
                                : "no space is named '" + space + "'" + NearestName.hint(space, spaces.keySet()));
            }
            return false;
        }
        if (modality != null && !declared.modalities().contains(modality)) {
            problems.add(
                    line,
                    key,
                    "space '" + space + "' does not know " + modality + "; it knows " + declared.modalities());
            return false;
        }
        return true;
    }

    private Optional<EmbeddingFiles> files(String space, YamlValue value, boolean hasItems, String defaultPlace) {
        if (value instanceof Scalar scalar && scalar.isNull()) {
            return toBeEncoded(space, value, hasItems, defaultPlace);
        }
        if (value instanceof Sequence sequence) {
            if (sequence.values().isEmpty()) {
                problems.add(value.line(), value.key(), "is an empty list; name at least one file");
            }
            Set<ResourcePath> paths = new LinkedHashSet<>();
            for (YamlValue element : sequence.values()) {
                Section.scalar(element, "a file or glob", problems)
                        .map(this::path)
                        .ifPresent(path -> {
                            if (!paths.add(path)) {
                                problems.add(
                                        element.line(), element.key(), "file '" + path.written() + "' is listed twice");
                            }
                        });
            }
            return paths.isEmpty() ? Optional.empty() : Optional.of(new EmbeddingFiles(List.copyOf(paths)));
        }
        return Section.scalar(value, "a file, a glob, or a list of files", problems)
                .map(scalar -> new EmbeddingFiles(List.of(path(scalar))));
    }

    private Optional<EmbeddingFiles> toBeEncoded(String space, YamlValue value, boolean hasItems, String defaultPlace) {
        SpaceDeclaration declared = spaces.get(space);
        if (!hasItems) {
            problems.add(value.line(), value.key(), "has no file, and there are no items to encode; name the npy file");
            return Optional.empty();
        }
        if (declared == null || declared.encoder() == null) {
            problems.add(
                    value.line(),
                    value.key(),
                    "has no file, and space '" + space + "' has no encoder; name the npy file");
            return Optional.empty();
        }
        return Optional.of(defaultFiles(space, defaultPlace));
    }

    private EmbeddingFiles defaultFiles(String space, String defaultPlace) {
        String place = "embeddings/" + space + "/" + defaultPlace;
        return new EmbeddingFiles(List.of(new ResourcePath(place, place, folder)));
    }
}
