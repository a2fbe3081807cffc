package dev.freebind.encoders.clap;

import dev.freebind.api.DataException;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.TowerSession;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.util.OptionalInt;

/**
 * Both towers of one checkpoint, all of whose tensors are accounted for. A tower's weights are read when it is first used, so a
 * run over sounds alone never holds the text tower.
 */
final class ClapNetwork implements AutoCloseable {

    private final TowerSession audioSession;
    private final TowerSession textSession;
    private final HtsatTower audio;
    private final RobertaTower text;
    private final int dimension;

    /**
     * Builds the graphs and checks the checkpoint against them; no values are read.
     *
     * @param claims a new account of the checkpoint, which must stay open while this is used
     * @param textHeads attention heads of the text tower; empty for one to 64 columns
     * @throws DataException if tensors are missing, misshapen or left over, naming each
     * @throws dev.freebind.api.InvalidRequestException if the number of heads is needed or does not fit
     */
    static ClapNetwork build(
            TensorFlowRuntime runtime, TensorClaims claims, OptionalInt textHeads, WeightPrecision precision) {
        TowerSession audioSession = new TowerSession(runtime, claims, precision);
        TowerSession textSession = new TowerSession(runtime, claims, precision);
        ClapNetwork built = null;
        try {
            HtsatTower audio = new HtsatTower(audioSession, claims);
            RobertaTower text = new RobertaTower(textSession, claims, textHeads);
            // Heads and scales of the training losses.
            claims.unused("audio_transform.*", "text_transform.*", "logit_scale_a", "logit_scale_t");
            claims.check();
            built = new ClapNetwork(audioSession, textSession, audio, text, dimension(claims));
            return built;
        } finally {
            if (built == null) {
                audioSession.close();
                textSession.close();
            }
        }
    }

    private ClapNetwork(
            TowerSession audioSession, TowerSession textSession, HtsatTower audio, RobertaTower text, int dimension) {
        this.audioSession = audioSession;
        this.textSession = textSession;
        this.audio = audio;
        this.text = text;
        this.dimension = dimension;
    }

    private static int dimension(TensorClaims claims) {
        long audio = claims.shape("audio_projection.2.weight", 2).length(0);
        long text = claims.shape("text_projection.2.weight", 2).length(0);
        if (audio != text) {
            throw new DataException(claims.source().origin() + ": the towers end in different dimensions: audio "
                    + audio + ", text " + text);
        }
        return Math.toIntExact(audio);
    }

    HtsatTower audio() {
        return audio;
    }

    RobertaTower text() {
        return text;
    }

    /** Length of all embeddings. */
    int dimension() {
        return dimension;
    }

    /** Frees graphs and weights. */
    @Override
    public void close() {
        audioSession.close();
        textSession.close();
    }
}
