package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.execution.ProjectorTraining.Task;
import dev.freebind.bonds.graph.TrainingSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/**
 * Tells one training task from another by what decides its result: settings, seed, held-out ranges, and the rows.
 *
 * <p>Of each embeddings, a few rows spread over all stand for the rest: enough to notice other data, cheap enough for any size.
 * Whoever runs tasks decides by full checksums whether a task is the same; this keeps a checkpoint from being taken for
 * another task's by mistake.
 */
final class TaskFingerprint {

    private static final int SAMPLED_ROWS = 64;

    private TaskFingerprint() {}

    /** SHA-256 in lower-case hexadecimal. */
    static String of(Task task) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        TrainingSettings settings = task.settings();
        StringBuilder text = new StringBuilder("projector training 1");
        text.append("\nseed ").append(task.seed());
        text.append("\nepochs ").append(settings.epochs());
        text.append("\nbatch ").append(settings.batch());
        text.append("\nlearning rate ").append(settings.learningRate());
        text.append("\ntemperature ").append(settings.temperature());
        text.append("\nhidden ").append(settings.hidden());
        text.append("\nearly stop ").append(settings.earlyStop());
        for (RowRange range : task.heldOut()) {
            text.append("\nheld out ").append(range.first()).append(' ').append(range.count());
        }
        digest.update(text.toString().getBytes(StandardCharsets.UTF_8));
        add(digest, "source", task.sources());
        add(digest, "target", task.targets());
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, String side, Map<Modality, Embeddings> embeddings) {
        embeddings.forEach((modality, rows) -> {
            digest.update(("\n" + side + " " + modality + " " + rows.rows() + " " + rows.dimension() + "\n")
                    .getBytes(StandardCharsets.UTF_8));
            long samples = Math.min(rows.rows(), SAMPLED_ROWS);
            ByteBuffer row = ByteBuffer.allocate(Math.multiplyExact(rows.dimension(), Float.BYTES));
            for (long i = 0; i < samples; i++) {
                rows.read(rows.rows() / samples * i, 1, row.asFloatBuffer());
                digest.update(row.duplicate());
            }
        });
    }
}
