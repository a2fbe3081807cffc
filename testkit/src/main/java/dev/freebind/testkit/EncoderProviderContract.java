package dev.freebind.testkit;

import static dev.freebind.testkit.Failures.failure;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.FreeBindException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.spi.encoders.EncoderDescription;
import dev.freebind.spi.encoders.EncoderOption;
import dev.freebind.spi.encoders.EncoderOptions;
import dev.freebind.spi.encoders.EncoderProvider;
import dev.freebind.spi.encoders.EncoderRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Proves that an encoder provider keeps the contract of {@link EncoderProvider}, and its encoder that of {@link Encoder}. Inherit it in a test class
 * of the plugin and say how to open the encoder and what to embed; every test of this class then runs on the plugin, and one
 * that fails says what is wrong and how to mend it.
 *
 * <pre>{@code
 * class MyProviderContractTest extends EncoderProviderContract {
 *     protected EncoderProvider provider() { return new MyProvider(); }
 *     protected Map<String, String> options() { return Map.of("checkpoint", "src/test/resources/tiny.bin"); }
 *     protected List<Item> items(Modality modality) { return List.of(new Item.Text("a dog"), …); }
 * }
 * }</pre>
 */
public abstract class EncoderProviderContract extends EncoderContract {

    private static final String SPACE = "contract";

    /** For subclasses. */
    protected EncoderProviderContract() {}

    /** A new provider, made as the service loader makes it. */
    protected abstract EncoderProvider provider();

    /** Values of the provider's options, by name, that open the encoder with all the modalities to be tested. */
    protected abstract Map<String, String> options();

    /** Where relative paths among the options start; the working directory if not overridden. */
    protected Path folder() {
        return Path.of("");
    }

    @Test
    void theProviderIsRegisteredAsAService() {
        EncoderProvider provider = provider();
        String type = provider.getClass().getName();
        try (EncoderRegistry registry =
                EncoderRegistry.discover(provider.getClass().getClassLoader())) {
            boolean found = registry.installed().stream()
                    .anyMatch(encoder -> encoder.provider().getClass().getName().equals(type));
            if (!found) {
                throw failure(
                        "the service loader does not find " + type
                                + (registry.broken().isEmpty() ? "" : "; not usable: " + registry.broken())
                                + (registry.conflicts().isEmpty() ? "" : "; " + registry.conflicts()),
                        "write its name into META-INF/services/" + EncoderProvider.class.getName()
                                + ", and make class and constructor public");
            }
        }
    }

    @Test
    void theProviderDescribesItself() {
        description();
    }

    private EncoderDescription description() {
        try {
            return EncoderDescription.of(provider());
        } catch (IllegalArgumentException e) {
            throw failure("the provider cannot be listed: " + e.getMessage(), "see EncoderProvider's documentation", e);
        }
    }

    @Test
    void makingAndDescribingTheProviderReadsNoFileAndLoadsNoLibrary() throws IOException {
        Class<? extends EncoderProvider> type = provider().getClass();
        Assumptions.assumeTrue(
                ModuleLayer.boot().findModule("jdk.jfr").isPresent(), "this JDK has no flight recorder to watch with");
        SideEffects effects;
        try (FreshClasses fresh = FreshClasses.of(type)) {
            effects = SideEffects.of(() -> EncoderDescription.of(fresh.make(type.getName())));
        }
        if (!effects.filesRead().isEmpty()) {
            throw failure(
                    "making or describing the provider reads " + String.join(", ", effects.filesRead()),
                    "read files in open(…) alone: every installed provider is made to list them");
        }
        if (!effects.librariesLoaded().isEmpty()) {
            throw failure(
                    "making or describing the provider loads " + String.join(", ", effects.librariesLoaded()),
                    "load native libraries in open(…) alone, also those that static initialisers of other classes load");
        }
    }

    @Test
    void theOptionsOfThisTestAreDeclared() {
        checked(options());
    }

    @Test
    void withTheRequiredOptionsAloneItOpensOrSaysWhyNot() {
        Map<String, String> required = new HashMap<>();
        for (EncoderOption option : description().options()) {
            if (option.required()) {
                required.put(option.name(), String.valueOf(options().get(option.name())));
            }
        }
        try {
            open(required).close();
        } catch (FreeBindException e) {
            assertMessage(e, "with nothing but the required options");
        }
    }

    @Test
    void aPathThatIsNotThereIsNamed() {
        for (EncoderOption option : description().options()) {
            if (option.type() != EncoderOption.Type.PATH) {
                continue;
            }
            Map<String, String> options = new HashMap<>(options());
            options.put(option.name(), folderForTests().resolve("no-such.file").toString());
            String what = "option '" + option.name() + "' names a file that does not exist; open(…)";
            try {
                open(options).close();
            } catch (FreeBindException e) {
                if (!String.valueOf(e.getMessage()).contains("no-such.file")) {
                    throw failure(
                            what + " throws, but does not name the file: " + e.getMessage(),
                            "name the file in the exception's message",
                            e);
                }
                continue;
            }
            throw failure(
                    what + " accepts it", "read the file in open(…), and throw DataException naming it if that fails");
        }
    }

    @Test
    void theSpaceHasTheGivenNameAndTheDeclaredModalitiesAndDimension() {
        EncoderDescription declared = description();
        EmbeddingSpace space = encoder().space();
        if (!space.name().equals(SPACE)) {
            throw failure(
                    "the encoder's space is named '" + space.name() + "', not '" + SPACE + "'",
                    "make the EmbeddingSpace with the name that open(…) is given");
        }
        if (!declared.modalities().containsAll(space.modalities())) {
            throw failure(
                    "the encoder embeds " + space.modalities() + ", but the provider declares " + declared.modalities(),
                    "declare all modalities that some checkpoint may have");
        }
        if (declared.dimension().isPresent() && declared.dimension().getAsInt() != space.dimension()) {
            throw failure(
                    "the encoder's dimension is " + space.dimension() + ", but the provider declares "
                            + declared.dimension().getAsInt(),
                    "declare OptionalInt.empty() if only the checkpoint or an option tells");
        }
    }

    private Encoder open(Map<String, String> options) {
        EncoderProvider provider = provider();
        EncoderOptions checked = checked(options);
        @Nullable Encoder opened;
        try {
            opened = provider.open(SPACE, checked);
        } catch (FreeBindException e) {
            throw e;
        } catch (RuntimeException e) {
            throw failure(
                    "open(…) throws " + e.getClass().getName() + ": " + e.getMessage(),
                    "declare every option that it asks for, take optional ones for absent, and turn what goes wrong with"
                            + " files into DataException",
                    e);
        }
        if (opened == null) {
            throw failure("open(…) returns null", "return an encoder, or throw");
        }
        return opened;
    }

    private EncoderOptions checked(Map<String, String> options) {
        try {
            return EncoderOptions.check(provider(), options, folder());
        } catch (InvalidRequestException e) {
            throw failure(
                    "the options of this test are refused: " + e.getMessage(),
                    "declare them in the provider's options(), or mend the test's options()",
                    e);
        }
    }

    private static void assertMessage(FreeBindException e, String when) {
        if (e.getMessage() == null || e.getMessage().isBlank()) {
            throw failure("the exception " + when + " has no message", "say what is missing and how to mend it", e);
        }
    }

    @Override
    protected final Encoder open() {
        return open(options());
    }
}
