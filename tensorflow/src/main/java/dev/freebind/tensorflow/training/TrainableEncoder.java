package dev.freebind.tensorflow.training;

import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.tensorflow.GraphSession;
import java.util.Set;

/**
 * An encoder that can show the network of a modality as a graph, so that it can be trained further. Whoever wants to train asks
 * {@code encoder instanceof TrainableEncoder}; encoders of other kinds stay as they are. Its provider has the option
 * {@value #TUNED_OPTION} for what was trained.
 */
public interface TrainableEncoder extends Encoder {

    /** The provider's option that names a file of weights which take the place of the checkpoint's of the same names. */
    String TUNED_OPTION = "tuned";

    /** The modalities whose networks can be trained; at least one. */
    Set<Modality> trainable();

    /**
     * The network of a modality in a graph of the caller's, with a copy of this encoder's weights: what is trained there does
     * not change this encoder.
     *
     * @param session gets the network; stays the caller's
     * @param dropPath the largest rate at which whole branches of the network are left out in training, in [0, 1)
     * @return valid while session and encoder are open
     * @throws InvalidRequestException if the modality is not {@linkplain #trainable() trainable}
     */
    TrainableTower tower(Modality modality, GraphSession session, double dropPath);
}
