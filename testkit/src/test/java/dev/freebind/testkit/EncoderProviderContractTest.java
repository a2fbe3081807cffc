package dev.freebind.testkit;

import static dev.freebind.testkit.FlawedProvider.Flaw;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.spi.encoders.EncoderProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.EventType;

/** A provider without fault passes; each fault fails the test that is about it, and the message says what to mend. */
class EncoderProviderContractTest {

    /** The contract as the author of the plugin inherits it; run by the tests below, not by the build. */
    static class Inherited extends EncoderProviderContract {

        private static Path files;

        @Override
        protected EncoderProvider provider() {
            return new FlawedProvider();
        }

        @Override
        protected Map<String, String> options() {
            return Map.of("weights", files.resolve("one").toString(), "salt", "5");
        }

        @Override
        protected List<? extends Item> items(Modality modality) {
            return modality.equals(Modality.TEXT)
                    ? List.of(new Item.Text("one"), new Item.Text("two"), new Item.Text("three"))
                    : List.of(
                            new Item.File(files.resolve("one")),
                            new Item.File(files.resolve("two")),
                            new Item.Bytes("three", "OK three".getBytes(StandardCharsets.UTF_8)));
        }
    }

    @TempDir
    private Path temporary;

    @AfterEach
    void withoutFault() {
        FlawedProvider.flaw = Flaw.NONE;
        FlawedProvider.closed = 0;
        System.clearProperty("flawed.file");
    }

    private Map<String, String> failures(Flaw flaw, DiscoverySelector tests) throws IOException {
        Inherited.files = temporary;
        for (String name : List.of("one", "two")) {
            Files.writeString(temporary.resolve(name), "OK " + name);
        }
        FlawedProvider.flaw = flaw;
        EngineExecutionResults results =
                EngineTestKit.engine("junit-jupiter").selectors(tests).execute();
        Map<String, String> failures = new TreeMap<>();
        results.allEvents().failed().stream().forEach(event -> failures.put(test(event), message(event)));
        assertThat(results.testEvents().stream().filter(event -> event.getType() == EventType.FINISHED))
                .as("tests that ran")
                .isNotEmpty();
        return failures;
    }

    private static String test(Event event) {
        return event.getTestDescriptor().getDisplayName().replace("()", "");
    }

    private static String message(Event event) {
        return event.getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class)
                .getThrowable()
                .map(Throwable::toString)
                .orElse("");
    }

    private static DiscoverySelector all() {
        return selectClass(Inherited.class);
    }

    @Test
    void aProviderWithoutFaultPasses() throws IOException {
        assertThat(failures(Flaw.NONE, all())).isEmpty();
    }

    static Stream<Arguments> flaws() {
        return Stream.of(
                arguments(Flaw.BAD_NAME, "theProviderDescribesItself", "name() gives 'My Encoder'", "lower-case"),
                arguments(Flaw.NULL_MODALITIES, "theProviderDescribesItself", "modalities() gives null", "one or more"),
                arguments(Flaw.OTHER_API, "theProviderIsRegisteredAsAService", "API version 2", "META-INF/services"),
                arguments(
                        Flaw.UNDECLARED_OPTION,
                        "withTheRequiredOptionsAloneItOpensOrSaysWhyNot",
                        "declares no option 'colour'",
                        "declare every option"),
                arguments(
                        Flaw.NEEDS_OPTIONAL,
                        "withTheRequiredOptionsAloneItOpensOrSaysWhyNot",
                        "open(…) throws java.util.NoSuchElementException",
                        "take optional ones for absent"),
                arguments(
                        Flaw.IGNORES_MISSING_PATH,
                        "aPathThatIsNotThereIsNamed",
                        "option 'weights' names a file that does not exist; open(…) accepts it",
                        "throw DataException"),
                arguments(Flaw.UNNAMED_PATH, "aPathThatIsNotThereIsNamed", "does not name the file", "name the file"),
                arguments(Flaw.NULL_ENCODER, "closingTwiceIsHarmless", "open(…) returns null", "return an encoder"),
                arguments(
                        Flaw.OTHER_SPACE_NAME,
                        "theSpaceHasTheGivenNameAndTheDeclaredModalitiesAndDimension",
                        "named 'flawed', not 'contract'",
                        "the name that open(…) is given"),
                arguments(
                        Flaw.UNDECLARED_MODALITY,
                        "theSpaceHasTheGivenNameAndTheDeclaredModalitiesAndDimension",
                        "the provider declares [text]",
                        "declare all modalities"),
                arguments(
                        Flaw.OTHER_DIMENSION,
                        "theSpaceHasTheGivenNameAndTheDeclaredModalitiesAndDimension",
                        "dimension is 16, but the provider declares 3",
                        "OptionalInt.empty()"),
                arguments(
                        Flaw.SHORT_ROWS,
                        "rowsHaveTheSpacesDimensionAndUnitLength",
                        "has 3 values, but the space has 16",
                        "EmbeddingSpace"),
                arguments(
                        Flaw.LONG_VECTORS, "rowsHaveTheSpacesDimensionAndUnitLength", "has length", "divide each row"),
                arguments(
                        Flaw.NOT_A_NUMBER,
                        "rowsHaveTheSpacesDimensionAndUnitLength",
                        "has length NaN",
                        "divide each row"),
                arguments(Flaw.CONSTANT, "differentItemsHaveDifferentRows", "have the same row", "reach the network"),
                arguments(Flaw.SORTED, "rowsAreInTheOrderOfTheItems", "opposite order", "in the order of the items"),
                arguments(
                        Flaw.DROPS_ROW, "rowsAreInTheOrderOfTheItems", "3 image items give 2 rows", "exactly one row"),
                arguments(
                        Flaw.BATCH_MEAN,
                        "aBatchGivesWhatItsItemsGiveAlone",
                        "another row among others",
                        "mask padding"),
                arguments(
                        Flaw.RANDOM,
                        "theSameItemsGiveTheSameRowsAgainAlsoAfterOpeningAgain",
                        "other rows the second time",
                        "use no randomness"),
                arguments(
                        Flaw.RANDOM_WHEN_OPENED,
                        "theSameItemsGiveTheSameRowsAgainAlsoAfterOpeningAgain",
                        "when the encoder is opened again",
                        "seed is an option"),
                arguments(Flaw.NULL_FOR_EMPTY, "noItemsGiveNoRows", "0 image items give 1 rows", "exactly one row"),
                arguments(Flaw.CACHED_ROWS, "theRowsBelongToTheCaller", "changes later ones", "new arrays"),
                arguments(
                        Flaw.ANY_MODALITY,
                        "anUnsupportedModalityIsRefusedNamingTheKnownOnes",
                        "'unheardof' is not refused",
                        "space().modalities()"),
                arguments(
                        Flaw.UNNAMED_MODALITIES,
                        "anUnsupportedModalityIsRefusedNamingTheKnownOnes",
                        "does not name 'image'",
                        "name the modalities"),
                arguments(Flaw.ROW_FOR_MISSING, "aMissingFileIsNamed", "is not refused", "never leave out the item"),
                arguments(
                        Flaw.UNCHECKED_IO,
                        "aMissingFileIsNamed",
                        "throws java.io.UncheckedIOException",
                        "DataException"),
                arguments(Flaw.ROW_FOR_MISSING, "damagedContentIsNamed", "is not refused", "throw DataException"),
                arguments(
                        Flaw.REQUEST_FOR_DATA,
                        "damagedContentIsNamed",
                        "is a InvalidRequestException",
                        "throw DataException"),
                arguments(Flaw.UNNAMED_ITEM, "damagedContentIsNamed", "does not name the item", "item.label()"),
                arguments(
                        Flaw.SILENT_CLASS_CAST,
                        "anItemOfAnotherKindIsRefusedByItsLabel",
                        "ClassCastException",
                        "throw InvalidRequestException"),
                arguments(
                        Flaw.LOOKS_AT_NAMES,
                        "aFileAndItsContentGiveTheSameRow",
                        "has another row than the file",
                        "do not look at file names"),
                arguments(Flaw.SHARED_BUFFER, "severalThreadsMayEncodeAtOnce", "several threads", "share nothing that"),
                arguments(Flaw.CLOSE_ONCE, "closingTwiceIsHarmless", "closing a second time throws", "do nothing"),
                arguments(
                        Flaw.OPEN_AFTER_CLOSE,
                        "aClosedEncoderRefusesToEncode",
                        "after close() gives rows",
                        "IllegalState"),
                arguments(
                        Flaw.SHARED_MODEL,
                        "closingOneEncoderLeavesOthersOpen",
                        "breaks another",
                        "own what it closes"));
    }

    @ParameterizedTest(name = "{0} fails {1}")
    @MethodSource("flaws")
    void aFaultFailsTheTestThatIsAboutItAndTheMessageSaysWhatToMend(
            Flaw flaw, String test, String problem, String remedy) throws IOException {
        Map<String, String> failures = failures(flaw, selectMethod(Inherited.class, test));

        assertThat(failures).containsOnlyKeys(test);
        assertThat(failures.get(test)).contains(problem, remedy);
    }

    @ParameterizedTest
    @EnumSource
    void everyFaultIsFound(Flaw flaw) {
        assertThat(Stream.concat(flaws().map(row -> row.get()[0]), Stream.of(Flaw.NONE, Flaw.READS_WHEN_MADE)))
                .contains(flaw);
    }

    @Test
    void aProviderThatReadsAFileWhenItIsMadeIsToldSo() throws IOException {
        Path file = Files.writeString(temporary.resolve("heavy.bin"), "weights");
        System.setProperty("flawed.file", file.toString());
        String test = "makingAndDescribingTheProviderReadsNoFileAndLoadsNoLibrary";

        Map<String, String> failures = failures(Flaw.READS_WHEN_MADE, selectMethod(Inherited.class, test));

        assertThat(failures).containsOnlyKeys(test);
        assertThat(failures.get(test)).contains("reads " + file, "To mend it: read files in open(…) alone");
    }

    @Test
    void everyTestOfTheContractIsProvenByAFault() {
        List<String> proven = Stream.concat(
                        flaws().map(row -> (String) row.get()[1]),
                        Stream.of("makingAndDescribingTheProviderReadsNoFileAndLoadsNoLibrary"))
                .distinct()
                .toList();

        assertThat(Stream.of(EncoderContract.class, EncoderProviderContract.class)
                        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                        .filter(method -> method.isAnnotationPresent(Test.class))
                        .map(java.lang.reflect.Method::getName)
                        // A test of the test's own options, and one for encoders of two stages.
                        .filter(name -> !name.equals("theOptionsOfThisTestAreDeclared")
                                && !name.equals("bothStagesTogetherGiveWhatEncodingGives")))
                .isSubsetOf(proven);
    }
}
