package dev.freebind.encoders.imagebind;

import dev.freebind.api.DataException;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.TowerSession;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The three towers of one checkpoint, all of whose tensors are accounted for. A tower's weights are read when it is first used,
 * so a run over images alone never holds the others.
 */
final class ImageBindNetwork implements AutoCloseable {

    /** In all norms but those of stems. */
    static final double EPSILON = 1e-6;

    private final List<TowerSession> sessions;
    private final VisionTower vision;
    private final AudioTower audio;
    private final TextTower text;
    private final int dimension;

    /**
     * Builds the graphs and checks the checkpoint against them; no values are read.
     *
     * @param claims a new account of the checkpoint, which must stay open while this is used
     * @param imageSide pixels of the images; null for what the model was trained with
     * @throws DataException if tensors are missing, misshapen or left over, naming each
     */
    static ImageBindNetwork build(
            TensorFlowRuntime runtime,
            TensorClaims claims,
            ImageBindSizes sizes,
            WeightPrecision precision,
            @Nullable Integer imageSide) {
        List<TowerSession> sessions = new ArrayList<>();
        ImageBindNetwork built = null;
        try {
            for (int i = 0; i < Tower.values().length; i++) {
                sessions.add(new TowerSession(runtime, claims, precision));
            }
            VisionTower vision = new VisionTower(sessions.get(0), claims, sizes, imageSide);
            AudioTower audio = new AudioTower(sessions.get(1), claims, sizes);
            TextTower text = new TextTower(sessions.get(2), sizes);
            for (String other : List.of("depth", "thermal", "imu")) {
                claims.unused(
                        "modality_preprocessors." + other + ".*",
                        "modality_trunks." + other + ".*",
                        "modality_heads." + other + ".*",
                        "modality_postprocessors." + other + ".*");
            }
            claims.check();
            built = new ImageBindNetwork(sessions, vision, audio, text, dimension(claims));
            return built;
        } finally {
            if (built == null) {
                sessions.forEach(TowerSession::close);
            }
        }
    }

    private ImageBindNetwork(
            List<TowerSession> sessions, VisionTower vision, AudioTower audio, TextTower text, int dimension) {
        this.sessions = List.copyOf(sessions);
        this.vision = vision;
        this.audio = audio;
        this.text = text;
        this.dimension = dimension;
    }

    private static int dimension(TensorClaims claims) {
        long image = claims.shape(Tower.VISION.head() + ".2.weight", 2).length(0);
        long audio = claims.shape(Tower.AUDIO.head() + ".2.weight", 2).length(0);
        long text = claims.shape(Tower.TEXT.head() + ".proj.1.weight", 2).length(0);
        if (image != audio || image != text) {
            throw new DataException(claims.source().origin() + ": the towers end in different dimensions: vision "
                    + image + ", audio " + audio + ", text " + text);
        }
        return Math.toIntExact(image);
    }

    VisionTower vision() {
        return vision;
    }

    AudioTower audio() {
        return audio;
    }

    TextTower text() {
        return text;
    }

    /** Length of all embeddings. */
    int dimension() {
        return dimension;
    }

    /** Frees graphs and weights. */
    @Override
    public void close() {
        sessions.forEach(TowerSession::close);
    }
}
