package dev.freebind.training.run;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a run needs where an encoder is tuned: the encoders, and the items of corpora and pairs.
 *
 * @param registry where encoders are looked up; asked when first needed
 * @param items lists the items of a corpus or of one side of pairs
 */
public record ItemAccess(Supplier<EncoderRegistry> registry, Function<Corpus, List<? extends Item>> items) {

    /** Where no encoder is there to be tuned. */
    public static final ItemAccess NONE = new ItemAccess(
            () -> {
                throw new InvalidRequestException("no encoders are available here");
            },
            corpus -> {
                throw new InvalidRequestException("no items of " + corpus.name() + " are available here");
            });
}
