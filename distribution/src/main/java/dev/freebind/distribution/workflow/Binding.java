package dev.freebind.distribution.workflow;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.Configuration.ItemData;
import dev.freebind.bonds.configuration.Configuration.RawItems;
import dev.freebind.encoding.items.ItemCursor;
import dev.freebind.encoding.items.ItemSource;
import dev.freebind.encoding.items.SourceItem;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.training.run.BindOptions;
import dev.freebind.training.run.BindRun;
import dev.freebind.training.run.ItemAccess;
import java.nio.file.Path;
import java.time.Clock;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A run of {@link BindRun} on these engines. */
public final class Binding {

    private Binding() {}

    /**
     * Binds without encoders.
     *
     * @throws dev.freebind.api.FreeBindException as {@link BindRun#run}
     */
    public static BindRun.Outcome run(
            Configuration configuration, Path output, BindOptions options, Engines engines, Progress progress) {
        return run(configuration, output, options, engines, ItemAccess.NONE, progress);
    }

    /**
     * Binds.
     *
     * @param items encoders and items, where an encoder is tuned
     * @throws dev.freebind.api.FreeBindException as {@link BindRun#run}
     */
    public static BindRun.Outcome run(
            Configuration configuration,
            Path output,
            BindOptions options,
            Engines engines,
            ItemAccess items,
            Progress progress) {
        return new BindRun(
                        configuration,
                        output,
                        options,
                        new BindRun.Engines(
                                engines.retrieval(),
                                engines.nearest(),
                                engines.training(),
                                engines.tuning(),
                                engines.routers(),
                                engines.inference(),
                                items),
                        new BindRun.Environment(Engines.versions(), engines.host(), Clock.systemUTC()),
                        progress)
                .run();
    }

    /** The items that a configuration names, and the installed encoders. */
    public static ItemAccess items(Supplier<EncoderRegistry> registry) {
        return new ItemAccess(registry, corpus -> items(corpus.modality(), corpus.data()));
    }

    /**
     * Raw items of a configuration; members of archives are read when asked for.
     *
     * @throws InvalidRequestException if there are only embeddings
     */
    static List<? extends Item> items(Modality modality, ItemData data) {
        RawItems items = data.items();
        if (items == null) {
            throw new InvalidRequestException(
                    "there are only embeddings of " + modality + ", and a tuned encoder needs the items");
        }
        List<SourceItem> found = new ArrayList<>();
        try (ItemCursor cursor =
                ItemSource.of(items.path().absolute(), items.column(), modality).open()) {
            for (SourceItem item = cursor.next(); item != null; item = cursor.next()) {
                found.add(item);
            }
        }
        return new AbstractList<Item>() {
            @Override
            public Item get(int index) {
                return found.get(index).item();
            }

            @Override
            public int size() {
                return found.size();
            }
        };
    }
}
