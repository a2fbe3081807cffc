package dev.freebind.distribution.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The shell scripts, run with a stand-in for Java that prints what it is given. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "these are POSIX shell scripts")
class LauncherTest {

    private static final Path ROOT = Path.of(System.getProperty("freebind.root"));

    @TempDir
    private Path temporary;

    private Path home;
    private Path jdk;

    @BeforeEach
    void installInAFolderWithASpace() throws IOException {
        home = temporary.resolve("an installation");
        jdk = temporary.resolve("a jdk");
        Files.createDirectories(home.resolve("bin"));
        Files.copy(ROOT.resolve("distribution/src/main/package/bin/freebind"), home.resolve("bin/freebind"));
        installJava("17");
    }

    private void installJava(String version) throws IOException {
        script(
                jdk.resolve("bin/java"),
                "if [ \"$1\" = -XshowSettings:properties ]; then",
                "  echo '    java.specification.version = " + version + "' >&2; exit 0",
                "fi",
                "echo \"TF_CPP_MIN_LOG_LEVEL=$TF_CPP_MIN_LOG_LEVEL\"",
                "for argument in \"$@\"; do echo \"[$argument]\"; done",
                "exit 7");
    }

    @Test
    void argumentsPassThroughWithTheirSpacesAndTheExitCodeComesBack() throws Exception {
        Run run = run(home.resolve("bin/freebind"), Map.of(), "embed", "two words", "");

        assertThat(run.exitCode()).isEqualTo(7);
        assertThat(run.output())
                .containsSubsequence(
                        "[" + "-cp" + "]", "[dev.freebind.distribution.FreeBind]", "[embed]", "[two words]", "[]");
        assertThat(run.output())
                .contains(
                        "[" + home.toRealPath() + "/lib/*]", "[-Dfreebind.plugins=" + home.toRealPath() + "/plugins]");
    }

    @Test
    void javaTwentyFiveGetsNativeAccessAndSeventeenDoesNot() throws Exception {
        assertThat(run(home.resolve("bin/freebind"), Map.of()).text()).doesNotContain("native-access");

        installJava("25");

        assertThat(run(home.resolve("bin/freebind"), Map.of()).output())
                .contains("[--enable-native-access=ALL-UNNAMED]");
    }

    @Test
    void tensorFlowIsQuietUnlessToldOtherwise() throws Exception {
        assertThat(run(home.resolve("bin/freebind"), Map.of()).output()).contains("TF_CPP_MIN_LOG_LEVEL=2");
        assertThat(run(home.resolve("bin/freebind"), Map.of("TF_CPP_MIN_LOG_LEVEL", "0"))
                        .output())
                .contains("TF_CPP_MIN_LOG_LEVEL=0");
        Files.writeString(makeParent(home.resolve("lib/tensorflow-core-native-1-linux-x86_64-gpu.jar")), "");
        assertThat(run(home.resolve("bin/freebind"), Map.of()).output())
                .as("the GPU build reports errors that are none")
                .contains("TF_CPP_MIN_LOG_LEVEL=3");
    }

    @Test
    void javaOptionsAndPluginsComeFromTheEnvironment() throws Exception {
        Run run = run(
                home.resolve("bin/freebind"),
                Map.of("FREEBIND_OPTS", "-Xmx1g -Da=b", "FREEBIND_PLUGINS", "/some/my plugins"));

        assertThat(run.output()).contains("[-Xmx1g]", "[-Da=b]");
        assertThat(run.output())
                .contains("[-Dfreebind.plugins=" + home.toRealPath() + "/plugins:/some/my plugins]")
                .as("plugins have class loaders of their own")
                .contains("[" + home.toRealPath() + "/lib/*]");
    }

    @Test
    void aLinkToTheLauncherWorksFromAnywhere() throws Exception {
        Path link = temporary.resolve("link");
        Files.createSymbolicLink(link, Path.of("an installation/bin/freebind"));

        assertThat(run(link, Map.of(), "doctor").text()).contains(home.toRealPath() + "/lib/*");
    }

    @Test
    void javaThatIsTooOldIsNamedWithItsVersion() throws Exception {
        installJava("1.8");

        Run run = run(home.resolve("bin/freebind"), Map.of());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.text()).contains("is Java 1.8", "needs 17 or newer", "JAVA_HOME");
    }

    @Test
    void aWrongJavaHomeIsNamed() throws Exception {
        Run run = run(home.resolve("bin/freebind"), Map.of("JAVA_HOME", "/nowhere"));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.text()).contains("JAVA_HOME is '/nowhere'");
    }

    @Test
    void withoutAnyJavaTheLauncherSaysWhatToInstall() throws Exception {
        Path tools = temporary.resolve("tools");
        Files.createDirectories(tools);
        for (String tool : List.of("dirname", "readlink", "sed", "cut", "stty")) {
            for (String folder : List.of("/usr/bin", "/bin")) {
                if (Files.exists(Path.of(folder, tool)) && !Files.exists(tools.resolve(tool))) {
                    Files.createSymbolicLink(tools.resolve(tool), Path.of(folder, tool));
                }
            }
        }

        Run run = run(home.resolve("bin/freebind"), Map.of("JAVA_HOME", "", "PATH", tools.toString()));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.text()).contains("no Java was found", "install JDK 17 or newer");
    }

    @Test
    void theScriptAtTheRootBuildsWhenThereIsNothingOrSomethingOlder() throws Exception {
        Path clone = temporary.resolve("a clone");
        Files.createDirectories(clone.resolve("api/src/main"));
        Files.createDirectories(clone.resolve("examples/published"));
        Files.copy(ROOT.resolve("freebind"), makeParent(clone.resolve("freebind")));
        Files.writeString(clone.resolve("pom.xml"), "");
        Files.writeString(clone.resolve("api/pom.xml"), "");
        Path source = Files.writeString(clone.resolve("api/src/main/A.java"), "");
        script(
                clone.resolve("mvnw"),
                "mkdir -p distribution/target/freebind/freebind-1/bin",
                "printf '#!/bin/sh\\necho \"ran $1\"\\n' > distribution/target/freebind/freebind-1/bin/freebind",
                "chmod +x distribution/target/freebind/freebind-1/bin/freebind",
                "echo maven speaks");

        Run first = run(clone.resolve("freebind"), Map.of(), "demo");
        Run second = run(clone.resolve("freebind"), Map.of(), "demo");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        Run third = run(clone.resolve("freebind"), Map.of(), "demo");

        assertThat(first.output()).hasSize(3).first().asString().startsWith("freebind: building from the sources");
        assertThat(first.output()).endsWith("ran demo");
        assertThat(second.output()).containsExactly("ran demo");
        assertThat(third.output()).contains("maven speaks").endsWith("ran demo");
    }

    @Test
    void theScriptAtTheRootBuildsForAGpuAgainWhereThatWasBuiltBefore() throws Exception {
        Path clone = temporary.resolve("clone");
        Files.copy(ROOT.resolve("freebind"), makeParent(clone.resolve("freebind")));
        Files.createDirectories(clone.resolve("api/src/main"));
        Files.createDirectories(clone.resolve("examples/published"));
        Files.writeString(clone.resolve("api/pom.xml"), "");
        Files.writeString(clone.resolve("pom.xml"), "");
        script(clone.resolve("mvnw"), "echo \"maven gets $*\"", "exit 1");

        Run first = run(clone.resolve("freebind"), Map.of());
        Path lib = clone.resolve("distribution/target/freebind/freebind-1/lib");
        Files.writeString(makeParent(lib.resolve("tensorflow-core-native-1-linux-x86_64-gpu.jar")), "");
        Run second = run(clone.resolve("freebind"), Map.of());

        assertThat(first.text()).contains("maven gets").doesNotContain("-Pgpu");
        assertThat(second.text()).contains("maven gets").contains(" -Pgpu ");
    }

    @Test
    void ofTwoFirstCallsAtOnceOneBuildsAndTheOtherWaits() throws Exception {
        Path clone = temporary.resolve("clone");
        Files.createDirectories(clone.resolve("api/src/main"));
        Files.createDirectories(clone.resolve("examples/published"));
        Files.copy(ROOT.resolve("freebind"), makeParent(clone.resolve("freebind")));
        Files.writeString(clone.resolve("pom.xml"), "");
        Files.writeString(clone.resolve("api/pom.xml"), "");
        script(
                clone.resolve("mvnw"),
                "echo build >> builds",
                "sleep 1",
                "mkdir -p distribution/target/freebind/freebind-1/bin",
                "printf '#!/bin/sh\\necho \"ran $1\"\\n' > distribution/target/freebind/freebind-1/bin/freebind",
                "chmod +x distribution/target/freebind/freebind-1/bin/freebind");

        List<CompletableFuture<Run>> calls = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            calls.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return run(clone.resolve("freebind"), Map.of(), "demo");
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            }));
        }

        assertThat(calls).allSatisfy(call -> {
            assertThat(call.join().exitCode()).as(call.join().text()).isZero();
            assertThat(call.join().output()).endsWith("ran demo");
        });
        assertThat(clone.resolve("builds")).hasContent("build");
    }

    @Test
    void aFailedBuildIsExitOneAndRunsNothing() throws Exception {
        Path clone = temporary.resolve("clone");
        Files.createDirectories(clone.resolve("api/src/main"));
        Files.createDirectories(clone.resolve("examples/published"));
        Files.copy(ROOT.resolve("freebind"), makeParent(clone.resolve("freebind")));
        Files.writeString(clone.resolve("pom.xml"), "");
        Files.writeString(clone.resolve("api/pom.xml"), "");
        script(clone.resolve("mvnw"), "echo 'A.java:1: broken'", "exit 1");

        Run run = run(clone.resolve("freebind"), Map.of(), "demo");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output())
                .contains("A.java:1: broken", "freebind: the build failed; the messages above say why.");
    }

    private static Path makeParent(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        return file;
    }

    private static void script(Path file, String... lines) throws IOException {
        Files.writeString(makeParent(file), "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private record Run(int exitCode, List<String> output) {
        String text() {
            return String.join("\n", output);
        }
    }

    private Run run(Path script, Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/bin/sh", script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).directory(temporary.toFile());
        Map<String, String> variables = new HashMap<>(Map.of("JAVA_HOME", jdk.toString()));
        variables.putAll(environment);
        builder.environment().keySet().removeIf(name -> name.startsWith("FREEBIND_") || name.startsWith("TF_CPP"));
        builder.environment().putAll(variables);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output.lines().toList());
    }
}
