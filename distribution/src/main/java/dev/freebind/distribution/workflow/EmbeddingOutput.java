package dev.freebind.distribution.workflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.freebind.api.DataException;
import dev.freebind.api.Embeddings;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.product.Composition;
import dev.freebind.bonds.product.Customisation;
import dev.freebind.bonds.product.EmbeddingExpression;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.fingerprint.FileHashes;
import dev.freebind.formats.npy.NpyWriter;
import dev.freebind.training.BoundSpace;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Items of one modality on their way into a space, and from there into a file with a manifest beside it.
 *
 * @param bound the bound space; the caller's to close
 * @param space a product or leaf of it
 * @param modality the items' modality
 * @param expression how their embeddings are composed
 */
public record EmbeddingOutput(BoundSpace bound, String space, Modality modality, EmbeddingExpression expression) {

    private static final int BLOCK = 1024;

    /**
     * Composes.
     *
     * @throws InvalidRequestException if there is no such space, or it does not know the modality
     */
    public static EmbeddingOutput of(BoundSpace bound, String space, Modality modality, Customisation customisation) {
        return new EmbeddingOutput(
                bound, space, modality, Composition.compose(bound.graph(), space, modality, customisation));
    }

    /**
     * Checks that exactly the leaves are given that are needed.
     *
     * @param given the leaf spaces whose embeddings are given
     * @throws InvalidRequestException if leaves are missing or useless, naming all
     */
    public void checkLeaves(Set<String> given) {
        Set<String> needed = neededLeaves();
        Set<String> missing = new TreeSet<>(needed);
        missing.removeAll(given);
        Set<String> useless = new TreeSet<>(given);
        useless.removeAll(needed);
        if (!missing.isEmpty() || !useless.isEmpty()) {
            throw new InvalidRequestException("embedding " + modality + " into '" + space + "' needs the leaf spaces "
                    + String.join(", ", needed)
                    + (missing.isEmpty() ? "" : "; missing: " + String.join(", ", missing))
                    + (useless.isEmpty() ? "" : "; not needed: " + String.join(", ", useless)));
        }
    }

    /**
     * Checks that encoder options are given for nothing but leaves that are needed.
     *
     * @param given the leaf spaces that options are given for
     * @throws InvalidRequestException naming the useless ones
     */
    public void checkEncoderOptions(Set<String> given) {
        Set<String> needed = neededLeaves();
        Set<String> useless = new TreeSet<>(given);
        useless.removeAll(needed);
        if (!useless.isEmpty()) {
            throw new InvalidRequestException("embedding " + modality + " into '" + space + "' needs the leaf spaces "
                    + String.join(", ", needed) + ", but --option is given for " + String.join(", ", useless));
        }
    }

    private Set<String> neededLeaves() {
        Set<String> needed = new TreeSet<>();
        expression.leaves().forEach(leaf -> needed.add(leaf.space()));
        return needed;
    }

    /**
     * Encodes raw items and writes their embeddings and the manifest.
     *
     * @return how many rows were written
     * @throws InvalidRequestException if leaves have no encoder, naming them all
     * @throws DataException if items are damaged or the files cannot be written
     */
    public long write(List<Item> items, Path target, Progress progress) {
        return write(bound.encode(expression, items), target, progress);
    }

    /**
     * Writes the embeddings and, beside them as {@code <name>.json}, the manifest.
     *
     * @param given embeddings of the same items by leaf space
     * @return how many rows were written
     * @throws DataException if rows are damaged or the files cannot be written
     */
    public long write(Map<String, Embeddings> given, Path target, Progress progress) {
        Embeddings embedded = bound.inference().evaluate(expression, given);
        long rows = embedded.rows();
        int dimension = embedded.dimension();
        FloatBuffer block = FloatBuffer.allocate(BLOCK * dimension);
        try (NpyWriter writer = NpyWriter.create(target, dimension, ElementType.F32);
                Progress.Task task = progress.start("embed " + modality + " into " + space, rows, "rows")) {
            for (long row = 0; row < rows; row += BLOCK) {
                int count = (int) Math.min(BLOCK, rows - row);
                block.clear();
                embedded.read(row, count, block);
                writer.append(block.flip());
                task.advance(count);
            }
            writer.commit();
        }
        AtomicFile.writeString(
                target.resolveSibling(target.getFileName() + ".json"), manifest(target, rows, dimension));
        return rows;
    }

    private String manifest(Path file, long rows, int dimension) {
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("space", space);
        manifest.put("modality", modality.name());
        manifest.put("dimension", dimension);
        manifest.put("dtype", "float32");
        manifest.put("rows", rows);
        manifest.put("expression", expression.toString());
        if (!bound.encoders().isEmpty()) {
            manifest.put("encoders", bound.encoders());
        }
        manifest.put("freebind", InstalledVersion.number());
        manifest.put("sha256", FileHashes.sha256(file));
        try {
            return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(manifest) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
