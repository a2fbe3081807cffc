package dev.freebind.distribution;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The direction of dependencies between modules, and the rules for their packages. */
class ModuleBoundariesTest {

    private static final JavaClasses PROJECT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.freebind");

    /** For each module: its package, and the modules it may know. */
    private static final Map<String, List<String>> MAY_KNOW = Map.ofEntries(
            Map.entry("dev.freebind.api", List.of()),
            Map.entry("dev.freebind.spi.encoders", List.of("dev.freebind.api")),
            Map.entry("dev.freebind.testkit", List.of("dev.freebind.api", "dev.freebind.spi.encoders")),
            Map.entry("dev.freebind.formats", List.of("dev.freebind.api")),
            Map.entry("dev.freebind.text", List.of("dev.freebind.api")),
            Map.entry("dev.freebind.media", List.of("dev.freebind.api", "dev.freebind.formats")),
            Map.entry(
                    "dev.freebind.bonds",
                    List.of("dev.freebind.api", "dev.freebind.spi.encoders", "dev.freebind.formats")),
            Map.entry(
                    "dev.freebind.encoding",
                    List.of(
                            "dev.freebind.api",
                            "dev.freebind.spi.encoders",
                            "dev.freebind.formats",
                            "dev.freebind.bonds")),
            Map.entry("dev.freebind.tensorflow", List.of("dev.freebind.api", "dev.freebind.formats")),
            Map.entry(
                    "dev.freebind.encoders",
                    List.of(
                            "dev.freebind.api",
                            "dev.freebind.spi.encoders",
                            "dev.freebind.formats",
                            "dev.freebind.text",
                            "dev.freebind.media",
                            "dev.freebind.tensorflow")),
            Map.entry(
                    "dev.freebind.training",
                    List.of(
                            "dev.freebind.api",
                            "dev.freebind.spi.encoders",
                            "dev.freebind.formats",
                            "dev.freebind.bonds",
                            "dev.freebind.tensorflow")),
            Map.entry(
                    "dev.freebind.evaluation",
                    List.of("dev.freebind.api", "dev.freebind.formats", "dev.freebind.bonds")),
            Map.entry(
                    "dev.freebind.parquet", List.of("dev.freebind.api", "dev.freebind.formats", "dev.freebind.search")),
            Map.entry("dev.freebind.search", List.of("dev.freebind.api", "dev.freebind.formats")));

    static Stream<String> modules() {
        return MAY_KNOW.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void aModuleKnowsOnlyTheModulesBelowIt(String module) {
        List<String> allowed = new ArrayList<>();
        allowed.add(module + "..");
        MAY_KNOW.get(module).forEach(known -> allowed.add(known + ".."));

        classes()
                .that()
                .resideInAPackage(module + "..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage("dev.freebind..")
                        .negate()
                        .or(resideInAnyPackage(allowed.toArray(String[]::new))))
                .check(PROJECT);
    }

    @Test
    void aPluginAuthorNeedsNothingButTheApiAndTheEncoderInterface() {
        classes()
                .that()
                .resideInAnyPackage("dev.freebind.api..", "dev.freebind.spi..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", "dev.freebind.api..", "dev.freebind.spi..")
                .check(PROJECT);
        assertThat(compileDependencies("api")).isEmpty();
        assertThat(compileDependencies("spi-encoders")).containsExactly("freebind-api");
        assertThat(compileDependencies("testkit"))
                .containsExactly("freebind-api", "freebind-spi-encoders", "junit-jupiter");
    }

    @Test
    void onlyTheTensorflowModuleTrainingAndDistributionSeeTensorFlow() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.freebind.tensorflow..",
                        "dev.freebind.encoders..",
                        "dev.freebind.training..",
                        "dev.freebind.distribution..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.tensorflow..", "org.bytedeco..")
                .check(PROJECT);
    }

    @Test
    void noPackageLivesInTwoModules() {
        Map<String, Set<String>> modulesOfPackage = new TreeMap<>();
        for (JavaClass type : PROJECT) {
            modulesOfPackage
                    .computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
                    .add(location(type));
        }

        assertThat(modulesOfPackage)
                .allSatisfy((name, modules) -> assertThat(modules).as(name).hasSize(1));
    }

    @Test
    void packagesNamedInternalAreUsedByTheirOwnModuleOnly() {
        List<String> trespassers = new ArrayList<>();
        for (JavaClass type : PROJECT) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (target.getPackageName().startsWith("dev.freebind.")
                        && (target.getPackageName() + ".").contains(".internal.")
                        && !location(type).equals(location(target))) {
                    trespassers.add(dependency.getDescription());
                }
            }
        }

        assertThat(trespassers).isEmpty();
    }

    @Test
    void everyPackageSaysWhatLivesThere() {
        Set<String> silent = new TreeSet<>();
        for (JavaClass type : PROJECT) {
            String name = type.getPackageName();
            if (getClass().getResource("/" + name.replace('.', '/') + "/package-info.class") == null) {
                silent.add(name);
            }
        }

        assertThat(silent).isEmpty();
    }

    @Test
    void nothingInApiAndBondsIsMissingFromTheseChecks() {
        assertThat(PROJECT.stream().map(JavaClass::getPackageName))
                .contains("dev.freebind.api", "dev.freebind.bonds.graph", "dev.freebind.formats.npy")
                .allSatisfy(name -> assertThat(MAY_KNOW.keySet().stream().anyMatch(name::startsWith)
                                || name.startsWith("dev.freebind.distribution"))
                        .as(name)
                        .isTrue());
    }

    /** The jar or folder that a class of this project comes from. */
    private static String location(JavaClass type) {
        String source = type.getSource().orElseThrow().getUri().toString();
        int end = source.lastIndexOf(type.getPackageName().replace('.', '/'));
        return source.substring(0, end);
    }

    private static List<String> compileDependencies(String module) {
        String pom;
        try {
            pom = Files.readString(Path.of(System.getProperty("freebind.root"), module, "pom.xml"));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        List<String> artifacts = new ArrayList<>();
        Matcher dependency = Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL)
                .matcher(pom);
        while (dependency.find()) {
            if (!dependency.group(1).contains("<scope>test</scope>")) {
                artifacts.add(dependency.group(1).replaceAll("(?s).*<artifactId>(.*)</artifactId>.*", "$1"));
            }
        }
        return artifacts;
    }
}
