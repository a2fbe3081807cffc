package dev.freebind.spi.encoders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.api.PreparingEncoder;
import dev.freebind.spi.encoders.EncoderRegistry.Installed;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars and folders below a folder of plugins, each in a class loader of its own. */
class PluginFoldersTest {

    private static final ClassLoader INSTALLATION = PluginFoldersTest.class.getClassLoader();

    @TempDir
    private Path temporary;

    private EncoderRegistry registry;

    @AfterEach
    void letGoOfTheJars() {
        if (registry != null) {
            registry.close();
        }
    }

    private EncoderRegistry discover(Path... folders) {
        registry = EncoderRegistry.discover(INSTALLATION, List.of(folders));
        return registry;
    }

    private Path plugins() {
        return temporary.resolve("plugins");
    }

    private static Encoder open(EncoderProvider provider) {
        return provider.open("space", EncoderOptions.check(provider, Map.of(), Path.of("")));
    }

    private String onlyReason() {
        assertThat(registry.broken()).hasSize(1);
        return registry.broken().get(0).reason();
    }

    @Test
    void aJarIsAPluginAndIsNamedWithItsVersion() {
        Path jar = new PluginSource()
                .provider("acme.Provider", "acme", "public String version() { return \"3.1\"; }", "")
                .pack(plugins().resolve("acme.jar"));

        Installed found = discover(plugins()).installed().get(0);

        assertThat(found.origin()).isEqualTo(jar.toString());
        assertThat(found.description().name()).isEqualTo("acme");
        assertThat(found.description().version()).isEqualTo("3.1");
        assertThat(registry.broken()).isEmpty();
        try (Encoder encoder = open(registry.provider("acme"))) {
            assertThat(encoder.encode(Modality.TEXT, List.of(new Item.Text("a"))))
                    .isEqualTo(new float[][] {{1}});
        }
    }

    @Test
    void aFolderIsAPluginWithTheJarsThatLieInIt() {
        new PluginSource()
                .provider("acme.Provider", "lib.Names.name()", "", "")
                .type("lib.Names", "public class Names { public static String name() { return \"acme\"; } }")
                .leaveOut("lib.Names")
                .pack(plugins().resolve("acme/acme.jar"));
        new PluginSource()
                .type("lib.Names", "public class Names { public static String name() { return \"acme\"; } }")
                .pack(plugins().resolve("acme/library.jar"));

        assertThat(discover(plugins()).installed())
                .extracting(Installed::origin)
                .containsExactly(plugins().resolve("acme/acme.jar").toString());
        assertThat(registry.broken()).isEmpty();
    }

    @Test
    void aFolderMayHoldClassFilesAsABuildLeavesThem() {
        PluginSource.working("acme").layOut(plugins().resolve("acme"));

        assertThat(discover(plugins()).installed())
                .extracting(Installed::origin)
                .containsExactly(plugins().resolve("acme").toString());
    }

    @Test
    void twoPluginsBringTwoVersionsOfALibrary() {
        for (String version : List.of("one", "two")) {
            new PluginSource()
                    .provider("acme.Provider", "lib.Version.name()", "", "")
                    .type(
                            "lib.Version",
                            "public class Version { public static String name() { return \"" + version + "\"; } }")
                    .pack(plugins().resolve(version + ".jar"));
        }

        assertThat(discover(plugins()).installed())
                .extracting(found -> found.description().name())
                .containsExactly("one", "two");
    }

    @Test
    void librariesOfTheInstallationAreInvisibleAndWhatIsSharedIsTheInstallations() throws Exception {
        String source = "public class Where { public static String name() { return \"%s\"; } }";
        PluginSource libraries = new PluginSource();
        PluginSource plugin = new PluginSource();
        for (String type : List.of("org.tensorflow.Where", "org.slf4j.Where", "com.google.protobuf.Where")) {
            libraries.type(type, source.formatted("installation"));
            plugin.type(type, source.formatted("plugin"));
        }
        libraries.type("lib.Where", source.formatted("installation"));
        URL jar = libraries.pack(temporary.resolve("libraries.jar")).toUri().toURL();
        plugin.provider(
                        "acme.Provider",
                        "org.tensorflow.Where.name() + '-' + org.slf4j.Where.name() + '-' + com.google.protobuf.Where.name()",
                        "",
                        "lib.Where.name();")
                .type("lib.Where", source.formatted("plugin"))
                .leaveOut("lib.Where")
                .pack(plugins().resolve("acme.jar"));

        try (URLClassLoader installation = new URLClassLoader(new URL[] {jar}, INSTALLATION)) {
            registry = EncoderRegistry.discover(installation, List.of(plugins()));

            EncoderProvider provider = registry.provider("installation-installation-plugin");
            assertThatThrownBy(() -> open(provider))
                    .isInstanceOf(DataException.class)
                    .hasMessageContainingAll("class lib.Where is missing", "acme.jar");
        }
    }

    @Test
    void whatTheInstallationLacksOfTheSharedComesFromThePlugin() {
        new PluginSource()
                .provider("acme.Provider", "org.tensorflow.Own.name()", "", "")
                .type("org.tensorflow.Own", "public class Own { public static String name() { return \"own\"; } }")
                .pack(plugins().resolve("acme.jar"));

        assertThat(discover(plugins()).provider("own")).isNotNull();
    }

    @Test
    void thePluginsLoaderIsTheContextWhileItWorksAndNotAfterwards() {
        String check = "if (Thread.currentThread().getContextClassLoader() != getClass().getClassLoader()) throw new"
                + " AssertionError(\"foreign context\");";
        new PluginSource()
                .provider("acme.Provider", "acme", "public Provider() { " + check + " }", check)
                .pack(plugins().resolve("acme.jar"));
        ClassLoader before = Thread.currentThread().getContextClassLoader();

        open(discover(plugins()).provider("acme")).close();

        assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
    }

    @Test
    void ofOneNameNoneIsUsedAndAllAreNamed() {
        Path first = PluginSource.working("acme").pack(plugins().resolve("a.jar"));
        Path second = PluginSource.working("acme").pack(plugins().resolve("b/c.jar"));
        PluginSource.working("other").pack(plugins().resolve("d.jar"));

        discover(plugins());

        assertThat(registry.conflicts())
                .containsExactly("2 encoders are named 'acme': " + first + " and " + second + "; remove all but one");
        assertThatThrownBy(() -> registry.provider("acme"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContainingAll(first.toString(), second.toString());
        assertThat(registry.provider("other").name()).isEqualTo("other");
        assertThat(registry.installed()).hasSize(1);
    }

    @Test
    void aFolderNamedTwiceIsSearchedOnce() throws IOException {
        PluginSource.working("acme").pack(plugins().resolve("acme.jar"));
        Path link = Files.createSymbolicLink(temporary.resolve("link"), plugins());

        assertThat(discover(plugins(), link).installed()).hasSize(1);
        assertThat(registry.conflicts()).isEmpty();
    }

    @Test
    void anUnknownNameIsAnsweredWithTheNearestAndAllThereAre() {
        PluginSource.working("acme").pack(plugins().resolve("a.jar"));
        PluginSource.working("other").pack(plugins().resolve("b.jar"));

        discover(plugins(), temporary.resolve("nowhere"));

        assertThatThrownBy(() -> registry.provider("amce"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContainingAll(
                        "no encoder 'amce' is installed; did you mean 'acme'? There are: acme, other",
                        "nowhere (there is no such folder of plugins)");
    }

    @Test
    void otherFilesAreNoPlugins() throws IOException {
        Files.createDirectories(plugins());
        Files.writeString(plugins().resolve("README.md"), "# Plugins");
        Files.writeString(plugins().resolve(".acme.jar"), "half a download");

        assertThat(discover(plugins()).broken()).isEmpty();
    }

    @Test
    void aBrokenPluginDoesNotStopTheOthers() throws IOException {
        Files.createDirectories(plugins());
        Files.writeString(plugins().resolve("a.jar"), "this is no jar");
        new PluginSource()
                .provider("acme.Provider", "broken", "public Provider() { throw new Error(\"no\"); }", "")
                .pack(plugins().resolve("b.jar"));
        PluginSource.working("works").pack(plugins().resolve("c.jar"));

        discover(plugins());

        assertThat(registry.provider("works").name()).isEqualTo("works");
        assertThat(registry.broken())
                .extracting(EncoderRegistry.Broken::origin)
                .containsExactly(
                        plugins().resolve("a.jar").toString(),
                        plugins().resolve("b.jar").toString());
        assertThat(registry.broken().get(0).reason()).contains("a.jar cannot be opened");
    }

    @Test
    void aLibraryAmongThePluginsIsToldWhereItBelongs() {
        new PluginSource()
                .type("lib.Names", "public class Names { }")
                .pack(plugins().resolve("lib.jar"));

        discover(plugins());

        assertThat(onlyReason()).contains("META-INF/services/", "one folder with the plugin");
    }

    @Test
    void aServiceEntryForAClassThatIsNotThereNamesIt() {
        PluginSource.working("works")
                .services("acme.Nowhere")
                .services("not a class name")
                .pack(plugins().resolve("a.jar"));

        discover(plugins());

        assertThat(registry.broken())
                .isNotEmpty()
                .allSatisfy(broken -> assertThat(broken.reason()).containsAnyOf("acme.Nowhere", "Illegal"));
    }

    @Test
    void aServiceEntryForAnotherKindOfClassSaysSo() {
        new PluginSource()
                .type("acme.Other", "public class Other { }")
                .services("acme.Other")
                .pack(plugins().resolve("a.jar"));

        discover(plugins());

        assertThat(onlyReason()).contains("acme.Other", "not a subtype");
    }

    @Test
    void aMissingLibraryIsNamed() {
        new PluginSource()
                .provider("acme.Provider", "lib.Names.name()", "", "")
                .type("lib.Names", "public class Names { public static String name() { return \"a\"; } }")
                .leaveOut("lib.Names")
                .pack(plugins().resolve("a.jar"));
        new PluginSource()
                .type("lib.Base", "public class Base { }")
                .provider("acme.Provider", "b", "", "")
                .type("acme.Child", "public class Child extends lib.Base implements java.io.Serializable { }")
                .withoutServices()
                .services("acme.Child")
                .leaveOut("lib.Base")
                .pack(plugins().resolve("b.jar"));

        discover(plugins());

        assertThat(registry.broken())
                .extracting(EncoderRegistry.Broken::reason)
                .satisfiesExactly(
                        reason -> assertThat(reason).contains("class lib.Names is missing; put its jar"),
                        reason -> assertThat(reason).contains("class lib.Base is missing; put its jar"));
    }

    @Test
    void aPluginForANewerJavaSaysWhich() {
        new PluginSource()
                .provider("acme.Provider", "acme", "", "")
                .change(bytes -> {
                    byte[] newer = bytes.clone();
                    newer[7] = 99;
                    return newer;
                })
                .pack(plugins().resolve("a.jar"));

        discover(plugins());

        assertThat(onlyReason()).contains("more recent version of the Java Runtime", "99");
    }

    @Test
    void whateverAProviderThrowsIsItsReason() {
        String loop = "String loop() { return loop() + 1; }";
        for (Map.Entry<String, String> broken : Map.of(
                        "constructor", "public Provider() { throw new IllegalStateException(\"no key\"); }",
                        "initialiser", "static final int ONE = Integer.parseInt(\"one\");",
                        "version",
                                "public String version() { throw new OutOfBounds(); } static class OutOfBounds extends"
                                        + " RuntimeException { }",
                        "private", "private Provider() { }")
                .entrySet()) {
            new PluginSource()
                    .provider("acme.Provider", broken.getKey(), broken.getValue(), "")
                    .pack(plugins().resolve(broken.getKey() + ".jar"));
        }
        new PluginSource()
                .provider("acme.Provider", "loop()", loop, "")
                .pack(plugins().resolve("overflow.jar"));

        discover(plugins());

        assertThat(registry.installed()).isEmpty();
        assertThat(reasons("constructor.jar")).contains("IllegalStateException: no key");
        assertThat(reasons("initialiser.jar")).contains("\"one\"");
        assertThat(reasons("version.jar")).contains("OutOfBounds");
        assertThat(reasons("private.jar")).contains("acme.Provider");
        assertThat(reasons("overflow.jar")).contains("StackOverflowError");
    }

    private String reasons(String jar) {
        return registry.broken().stream()
                .filter(broken -> broken.origin().endsWith(jar))
                .map(EncoderRegistry.Broken::reason)
                .reduce("", String::concat);
    }

    @Test
    void whatAProviderSaysOfItselfIsChecked() {
        Map<String, String> wrong = Map.of(
                "name() gives 'My Encoder'", "",
                "version() gives null", "public String version() { return null; }",
                "licenceNote() gives null", "public String licenceNote() { return null; }");
        wrong.forEach((reason, members) -> new PluginSource()
                .provider("acme.Provider", members.isEmpty() ? "My Encoder" : "acme", members, "")
                .pack(plugins().resolve(reason.replaceAll("\\W.*", "") + ".jar")));
        new PluginSource()
                .provider("acme.Provider", "(String) null", "", "")
                .pack(plugins().resolve("null.jar"));

        discover(plugins());

        assertThat(registry.installed()).isEmpty();
        wrong.keySet()
                .forEach(reason -> assertThat(reasons(reason.replaceAll("\\W.*", "") + ".jar"))
                        .contains(reason));
        assertThat(reasons("null.jar")).contains("name() gives null");
    }

    @Test
    void aPluginForAnotherVersionOfTheInterfaceSaysWhich() {
        new PluginSource()
                .provider("acme.Provider", "acme", "", "")
                .pack(plugins().resolve("fits.jar"));
        PluginSource newer = new PluginSource().provider("acme.Provider", "newer", "", "");
        newer.replaceSource("acme.Provider", "return API_VERSION;", "return 7;")
                .pack(plugins().resolve("newer.jar"));

        discover(plugins());

        assertThat(registry.installed()).hasSize(1);
        assertThat(onlyReason()).contains("API version 7", "this is version 1", "get a build of the plugin");
    }

    @Test
    void anEncoderThatIsNotThereIsThePluginsFault() {
        new PluginSource()
                .provider("acme.Provider", "acme", "", "if (true) return null;")
                .pack(plugins().resolve("a.jar"));

        assertThatThrownBy(() -> open(discover(plugins()).provider("acme")))
                .isInstanceOf(DataException.class)
                .hasMessageContainingAll("encoder 'acme' failed", "returns null", "a.jar");
    }

    @Test
    void anEncoderOfTwoStagesStaysOne() {
        PluginSource.working("acme")
                .replaceSource("acme.Provider", "new Encoder()", "new PreparingEncoder()")
                .replaceSource("acme.Provider", "public void close() { }", """
                        public void close() { }
                        public int batchSize() { return 5; }
                        public Prepared prepare(Modality modality, Item item) { return new Prepared() { }; }
                        public float[][] encodePrepared(Modality modality, List<? extends Prepared> items) {
                            return new float[items.size()][1];
                        }
                        """)
                .pack(plugins().resolve("a.jar"));

        try (Encoder encoder = open(discover(plugins()).provider("acme"))) {
            assertThat(encoder).isInstanceOfSatisfying(PreparingEncoder.class, preparing -> {
                assertThat(preparing.batchSize()).isEqualTo(5);
                PreparingEncoder.Prepared prepared = preparing.prepare(Modality.TEXT, new Item.Text("a"));
                assertThat(preparing.encodePrepared(Modality.TEXT, List.of(prepared, prepared)))
                        .hasNumberOfRows(2);
            });
        }
    }

    @Test
    void aClosedRegistryLetsGoOfTheJars() throws Exception {
        new PluginSource()
                .provider("acme.Provider", "acme", "", "lib.Late.name();")
                .type("lib.Late", "public class Late { public static void name() { } }")
                .pack(plugins().resolve("a.jar"));
        EncoderProvider provider = discover(plugins()).provider("acme");

        registry.close();
        registry.close();

        assertThatThrownBy(() -> open(provider))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("lib.Late");
    }

    @Test
    void aProviderThatIsNotWantedIsMadeButNothingIsOpened() {
        new PluginSource()
                .provider("acme.Provider", "acme", "", "System.setProperty(\"acme.opened\", \"yes\");")
                .pack(plugins().resolve("a.jar"));

        discover(plugins());

        assertThat(System.getProperty("acme.opened")).isNull();
    }

    @Test
    void threadsMayUseAPluginAtOnce() {
        PluginSource.working("acme").pack(plugins().resolve("a.jar"));
        EncoderProvider provider = discover(plugins()).provider("acme");

        List<Float> values = IntStream.range(0, 64)
                .parallel()
                .mapToObj(i -> {
                    try (Encoder encoder = open(provider)) {
                        return encoder.encode(Modality.TEXT, List.of(new Item.Text("a")))[0][0];
                    }
                })
                .toList();

        assertThat(values).hasSize(64).containsOnly(1f);
    }

    @Test
    void theDescriptionsListsAreCopies() {
        EncoderDescription description = new EncoderDescription(
                "a", "1", new ArrayList<>(List.of(Modality.TEXT)), OptionalInt.empty(), List.of(), "");

        assertThatThrownBy(() -> description.modalities().add(Modality.AUDIO))
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
