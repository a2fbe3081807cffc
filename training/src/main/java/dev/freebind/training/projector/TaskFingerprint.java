package dev.freebind.training.projector;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.bonds.execution.ModalityTuning;
import dev.freebind.bonds.execution.ProjectorTraining.RowRange;
import dev.freebind.bonds.execution.ProjectorTraining.Task;
import dev.freebind.bonds.execution.RouterTraining;
import dev.freebind.bonds.graph.Recipe;
import dev.freebind.bonds.graph.TrainingSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
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
        MessageDigest digest = sha256();
        TrainingSettings settings = task.settings();
        StringBuilder text = new StringBuilder("projector training 1");
        text.append("\nseed ").append(task.seed());
        text.append("\nepochs ").append(settings.epochs());
        text.append("\nbatch ").append(settings.batch());
        text.append("\nlearning rate ").append(settings.learningRate());
        text.append("\ntemperature ").append(settings.temperature());
        text.append("\nhidden ").append(settings.hidden());
        text.append("\nearly stop ").append(settings.earlyStop());
        if (!settings.recipe().equals(Recipe.FREEBIND)) {
            text.append("\nrecipe ").append(settings.recipe());
        }
        if (task.newDimension() > 0) {
            text.append("\nnew dimension ").append(task.newDimension());
        }
        for (RowRange range : task.heldOut()) {
            text.append("\nheld out ").append(range.first()).append(' ').append(range.count());
        }
        digest.update(text.toString().getBytes(StandardCharsets.UTF_8));
        add(digest, "source", task.sources());
        add(digest, "target", task.targets());
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Of a tuning; an encoder's weights are told by the space's name alone, and items by their labels. */
    static String of(ModalityTuning.Task task) {
        MessageDigest digest = sha256();
        StringBuilder text = new StringBuilder("modality tuning 1");
        text.append("\nseed ").append(task.seed());
        text.append("\nsettings ").append(task.settings());
        text.append("\nfactor ").append(task.factor());
        task.heldOut()
                .forEach(range -> text.append("\nheld out ")
                        .append(range.first())
                        .append(' ')
                        .append(range.count()));
        if (task.input() instanceof ModalityTuning.Encoded encoded) {
            text.append("\nencoder ").append(encoded.encoder().space());
            encoded.items().forEach(item -> text.append('\n').append(item.label()));
        }
        digest.update(text.toString().getBytes(StandardCharsets.UTF_8));
        if (task.input() instanceof ModalityTuning.Embedded embedded) {
            add(digest, "input", embedded.embeddings());
        }
        add(digest, "frozen", task.frozen());
        if (task.expert() != null) {
            add(digest, "expert", task.expert());
        }
        task.projectors().forEach((subset, weights) -> {
            digest.update(("\nprojector " + subset).getBytes(StandardCharsets.UTF_8));
            digest.update(ByteBuffer.allocate(4)
                    .putInt(Arrays.hashCode(weights.stage(0).linear().weight()))
                    .flip());
        });
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Of the training of routers; of origins, the groups alone. */
    static String of(RouterTraining.Task task) {
        MessageDigest digest = sha256();
        String text = "router training 2\nseed " + task.seed() + "\nsettings " + task.settings() + "\ngroups "
                + (task.origins() == null ? "none" : task.origins().groups());
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        task.modalities().forEach((modality, sources) -> {
            sources.read().forEach(rows -> add(digest, "read " + modality, rows));
            sources.weighed().forEach(rows -> add(digest, "weighed " + modality, rows));
        });
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void add(MessageDigest digest, String side, Map<Modality, Embeddings> embeddings) {
        embeddings.forEach((modality, rows) -> add(digest, side + " " + modality, rows));
    }

    private static void add(MessageDigest digest, String what, Embeddings rows) {
        digest.update(
                ("\n" + what + " " + rows.rows() + " " + rows.dimension() + "\n").getBytes(StandardCharsets.UTF_8));
        long samples = Math.min(rows.rows(), SAMPLED_ROWS);
        ByteBuffer row = ByteBuffer.allocate(Math.multiplyExact(rows.dimension(), Float.BYTES));
        for (long i = 0; i < samples; i++) {
            rows.read(rows.rows() / samples * i, 1, row.asFloatBuffer());
            digest.update(row.duplicate());
        }
    }
}
