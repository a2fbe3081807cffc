package dev.freebind.encoding;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.fingerprint.Fingerprint;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What an encoder's embeddings depend on: its name, the values of its options, and the content of the files they name. Its
 * version does not count: it is in the manifest, and who wants the rows of a newer one removes the old.
 */
final class EncoderFingerprint {

    private static final String INDEX_ENDING = ".index.json";

    private EncoderFingerprint() {}

    /**
     * The fingerprint.
     *
     * @return empty if a file is not there
     */
    static Optional<String> of(EncoderProvider provider, SpaceDeclaration space, FileHashes hashes, Progress progress) {
        Fingerprint fingerprint = new Fingerprint("encoder-1").add(provider.name());
        List<EncoderOption> options = provider.options().stream()
                .sorted(java.util.Comparator.comparing(EncoderOption::name))
                .toList();
        for (EncoderOption option : options) {
            String value = space.expandedOptions().getOrDefault(option.name(), option.defaultValue());
            if (value == null) {
                continue;
            }
            fingerprint.add(option.name());
            if (option.type() != EncoderOption.Type.PATH) {
                fingerprint.add(value);
                continue;
            }
            Path path = space.folder().resolve(value);
            if (!Files.exists(path)) {
                return Optional.empty();
            }
            for (Path file : files(path)) {
                fingerprint
                        .add(path.relativize(file))
                        .add(hashes.of(file, progress).sha256());
            }
        }
        return Optional.of(fingerprint.hex());
    }

    /** The file itself, with the shards it lists if it is the index of a checkpoint, or all files below a folder. */
    private static List<Path> files(Path path) {
        try {
            if (Files.isDirectory(path)) {
                try (Stream<Path> below = Files.walk(path)) {
                    return below.filter(Files::isRegularFile).sorted().toList();
                }
            }
            TreeSet<Path> files = new TreeSet<>(List.of(path));
            if (String.valueOf(path.getFileName()).endsWith(INDEX_ENDING)) {
                JsonNode shards = new ObjectMapper().readTree(path.toFile()).path("weight_map");
                for (JsonNode shard : shards) {
                    Path file = path.resolveSibling(shard.asText());
                    if (Files.isRegularFile(file)) {
                        files.add(file);
                    }
                }
            }
            return List.copyOf(files);
        } catch (JacksonException e) {
            return List.of(path); // The encoder will say what is wrong with it.
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
    }
}
