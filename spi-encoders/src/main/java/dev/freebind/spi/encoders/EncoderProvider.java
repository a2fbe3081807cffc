package dev.freebind.spi.encoders;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.Modality;
import java.util.List;
import java.util.OptionalInt;

/**
 * An encoder family that can be installed as a jar: register the class in {@code
 * META-INF/services/dev.freebind.spi.encoders.EncoderProvider}.
 *
 * <p>A provider is cheap: making one, and everything but {@link #open}, neither reads files nor loads native code, because
 * every installed provider is made to list them.
 */
public interface EncoderProvider {

    /** The API version that this build of the SPI offers; a constant, so that compilers copy it into the plugin. */
    int API_VERSION = 1;

    /** The name configurations use, unique among installed providers; lower-case, like a space name. */
    String name();

    /** The provider's own version, free text: by default the {@code Implementation-Version} in the manifest of its jar. */
    default String version() {
        String version = getClass().getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /**
     * The version this provider was written against: {@code return API_VERSION;}, which stays what it was when the plugin was
     * compiled. A provider of another version than the installation's is reported and not used.
     */
    int apiVersion();

    /** The modalities it can embed, at least one. */
    List<Modality> modalities();

    /** Length of its embeddings; empty if only the opened checkpoint tells. */
    OptionalInt dimension();

    /** The options {@link #open} understands, for help and checks; names are unique. */
    List<EncoderOption> options();

    /** A note on the licence of the model's weights, for people who choose; empty if there is nothing to say. */
    default String licenceNote() {
        return "";
    }

    /**
     * Opens the model; this is where files are read.
     *
     * @param spaceName the name of the space in the user's configuration, for {@link EmbeddingSpace#name()}
     * @param options the values of {@link #options()}, checked, with defaults filled in
     * @return an encoder that the caller closes
     * @throws dev.freebind.api.InvalidRequestException if options do not fit together
     * @throws dev.freebind.api.DataException if a file is missing or damaged, naming it
     */
    Encoder open(String spaceName, EncoderOptions options);
}
