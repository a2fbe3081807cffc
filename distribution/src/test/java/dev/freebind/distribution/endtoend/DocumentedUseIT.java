package dev.freebind.distribution.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freebind.distribution.Documentation;
import java.io.File;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What README and how-to tell people to type does what they say. */
class DocumentedUseIT {

    @TempDir
    private Path temporary;

    private final BoundWorld world = BoundWorld.get();

    @Test
    void theCommandsOfTheReadmeBindAndEvaluateASpace() throws Exception {
        Files.createSymbolicLink(temporary.resolve("world"), world.folder().resolve("world"));
        Files.copy(world.folder().resolve("my.yaml"), temporary.resolve("my.yaml"));
        List<List<String>> commands = Documentation.commands("README.md").stream()
                .filter(command -> command.contains("my.yaml") || command.contains("my-space"))
                .toList();
        assertThat(commands).hasSize(3);

        for (List<String> command : commands) {
            Installation.Run run = world.installation().run(temporary, command).succeeded();
            assertThat(run.out()).as(String.join(" ", command)).isNotBlank();
        }

        assertThat(temporary.resolve("my-space/space.yaml")).exists();
        assertThat(temporary.resolve("report.html")).exists();
    }

    @Test
    void theJavaExampleCompilesAgainstTheModulesJarsAndEmbedsTexts() throws Exception {
        assertThat(program(0, "Example", world.folder().resolve("plugins") + "/*")
                        .out()
                        .lines())
                .containsExactly("2 texts in 96 dimensions of vt-u");
    }

    @Test
    void theJavaExampleWithPluginsFindsEncodersThatAreNotOnTheClassPath() throws Exception {
        assertThat(program(1, "WithPlugins").out().lines()).containsExactly("2 texts by [hashing 1.2, hashing 1.2]");
    }

    /** Compiles and runs an example of the page in the world's folder. */
    private Installation.Run program(int example, String name, String... furtherClassPath) throws Exception {
        String source = Documentation.blocks("docs/assemble-a-space.md", "java").get(example);
        assertThat(source.lines().filter(line -> line.startsWith("    ")).count())
                .as("lines of the example's class")
                .isLessThanOrEqualTo(10);
        Path lib = world.installation().home().resolve("lib");
        compile(Files.writeString(temporary.resolve(name + ".java"), source), jars(lib, "freebind-"));
        List<String> classPath = new ArrayList<>(List.of(temporary.toString(), lib + "/*"));
        classPath.addAll(List.of(furtherClassPath));
        return world.installation()
                .runProgram(
                        world.folder(),
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java")
                                        .toString(),
                                "-cp",
                                String.join(File.pathSeparator, classPath),
                                name))
                .succeeded();
    }

    private static String jars(Path lib, String prefix) throws Exception {
        try (Stream<Path> files = Files.list(lib)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator));
        }
    }

    private static void compile(Path source, String classPath) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            messages,
                            files,
                            null,
                            List.of("-cp", classPath, "-d", source.getParent().toString(), "-proc:none"),
                            null,
                            files.getJavaFileObjects(source))
                    .call();
            assertThat(compiled).as(messages.toString()).isTrue();
        }
    }
}
