package dev.freebind.encoders.internvl;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.checkpoint.TensorClaims;
import dev.freebind.tensorflow.TensorFlowRuntime;
import dev.freebind.tensorflow.layers.TowerSession;
import dev.freebind.tensorflow.layers.WeightPrecision;
import java.util.OptionalInt;

/**
 * The two towers of one checkpoint, all of whose tensors are accounted for. A tower's weights are read when it is first used,
 * so a run over images alone never holds those for texts.
 */
final class InternVlNetwork implements AutoCloseable {

    /** What the contrastive encoders do not need: the generative InternVL-G, its matching head, and the scale of logits. */
    private static final String[] UNUSED = {
        "query_tokens",
        "logit_scale",
        "qllama.lm_head.weight",
        "qllama.model.layers.*.cross_attn.*",
        "qllama.model.layers.*.rotary_emb.inv_freq",
        "clip_projector2.*",
        "itm_head.*"
    };

    private final TowerSession imageSession;
    private final TowerSession textSession;
    private final ImageTower image;
    private final TextTower text;

    private InternVlNetwork(TowerSession imageSession, TowerSession textSession, ImageTower image, TextTower text) {
        this.imageSession = imageSession;
        this.textSession = textSession;
        this.image = image;
        this.text = text;
    }

    /**
     * Builds the graphs and checks the checkpoint against them; no values are read.
     *
     * @param claims a new account of the checkpoint, which must stay open while this is used
     * @param imageSide pixels of the square images; empty for what the checkpoint was made for
     * @param contextLength ids per caption, at most
     * @throws DataException if tensors are missing, misshapen or left over, naming each
     */
    static InternVlNetwork build(
            TensorFlowRuntime runtime,
            TensorClaims claims,
            InternVlSizes sizes,
            WeightPrecision precision,
            OptionalInt imageSide,
            int contextLength) {
        TowerSession imageSession = new TowerSession(runtime, claims, precision);
        TowerSession textSession = null;
        InternVlNetwork built = null;
        try {
            textSession = new TowerSession(runtime, claims, precision);
            ImageTower image = new ImageTower(imageSession, claims, sizes, imageSide);
            TextTower text = new TextTower(textSession, claims, sizes, contextLength);
            claims.unused(UNUSED);
            claims.check();
            if (image.dimension() != text.dimension()) {
                throw new DataException(claims.source().origin() + ": the towers end in different dimensions: image "
                        + image.dimension() + ", text " + text.dimension());
            }
            built = new InternVlNetwork(imageSession, textSession, image, text);
            return built;
        } finally {
            if (built == null) {
                imageSession.close();
                if (textSession != null) {
                    textSession.close();
                }
            }
        }
    }

    /** The precision in which nothing of a checkpoint's large matrices is lost and nothing is stored twice as wide. */
    static WeightPrecision storedPrecision(TensorClaims claims) {
        ElementType stored = claims.source().tensor(TextTower.PROJECTION).type();
        return switch (stored) {
            case BF16 -> WeightPrecision.BFLOAT16;
            case F16 -> WeightPrecision.FLOAT16;
            default -> WeightPrecision.FLOAT32;
        };
    }

    ImageTower image() {
        return image;
    }

    TextTower text() {
        return text;
    }

    /** Length of all embeddings. */
    int dimension() {
        return image.dimension();
    }

    /** Frees graphs and weights. */
    @Override
    public void close() {
        imageSession.close();
        textSession.close();
    }
}
