package dev.freebind.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreeBindCommandLineTest {

    @Test
    void helpGoesToStandardOutputAndIsNotAnError() {
        Invocation help = Invocation.of("--help");

        assertThat(help.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(help.err()).isEmpty();
        assertThat(help.out())
                .contains("demo", "bind", "evaluate", "compare", "sweep", "embed", "encoders", "doctor", "completion")
                .contains("FREEBIND_OPTS", "FREEBIND_PLUGINS", "Exit codes: 0 done");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"demo", "bind", "evaluate", "compare", "sweep", "embed", "encoders", "doctor", "completion"})
    void everyCommandHasHelpOfItsOwn(String command) {
        Invocation help = Invocation.of(command, "--help");

        assertThat(help.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(help.out()).startsWith("Usage: freebind " + command).contains("--quiet", "--verbose");
        assertThat(help.err()).isEmpty();
    }

    @Test
    void theVersionIsThatOfTheBuild() {
        assertThat(Invocation.of("--version").out()).matches("(?s)freebind \\d+\\.\\d+\\.\\d+.*Java \\d+.*");
    }

    @Test
    void aMistypedCommandIsExitTwoAndNamesTheNearest() {
        Invocation run = Invocation.of("evalute");

        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("'evalute'").contains("evaluate").contains("freebind --help");
    }

    @Test
    void noCommandIsExitTwo() {
        Invocation run = Invocation.of();

        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(run.err()).contains("which command?", "freebind --help");
    }

    @Test
    void anUnknownOptionIsExitTwoAndPointsToTheCommandsHelp() {
        Invocation run = Invocation.of("doctor", "--fix");

        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(run.err()).contains("--fix", "freebind doctor --help").doesNotContain("Exception");
    }

    @Test
    void whatIsMissingOrNotWrittenAsItMustBeIsSaidOnce() {
        assertThat(Invocation.of("index", "space", "--modality", "image", "-o", "i")
                        .err())
                .startsWith(
                        "freebind: Missing required argument (specify one of these): (--items=FILE | --embeddings=");
        assertThat(Invocation.of("index", "space", "--modality", "image", "-o", "i", "--embeddings", "a.npy")
                        .err())
                .startsWith("freebind: Value for option '--embeddings' (SPACE=FILE.npy) should be in KEY=VALUE format");
    }

    @Test
    void completionKnowsEveryCommand() {
        Invocation run = Invocation.of("completion");

        assertThat(run.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(run.out())
                .startsWith("#!/usr/bin/env bash")
                .contains("freebind", "evaluate", "--projectors", "sweep");
    }

    @Test
    void encodersListsNameModalitiesAndLicenceOfTheInstalledOnes() {
        Invocation run = Invocation.of("encoders");

        assertThat(run.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(run.out()).contains("imagebind", "internvl", "clap", "audio", "image", "text", "CC-BY-NC-SA");
    }

    @Test
    void anUnknownDeviceIsExitTwoWithoutTheNameOfAnException() {
        Invocation run = Invocation.of("evaluate", "somewhere", "--device", "tpu");

        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(run.err()).contains("tpu", "auto, cpu and gpu").doesNotContain("Exception");
    }

    @Test
    void bindWithoutAnOutputFolderIsExitTwo() {
        Invocation run = Invocation.of("bind", "my.yaml");

        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(run.err()).contains("--output");
    }

    @Test
    void aFolderThatIsNoBoundSpaceIsExitTwo() {
        Invocation run = Invocation.of("evaluate", "no-such-folder");

        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_REQUEST);
        assertThat(run.err()).contains("no-such-folder", "freebind bind");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aMissingResultsFileIsExitOneAndNamed() {
        Invocation run = Invocation.of("compare", "no-such.json", "other.json");

        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains("no-such.json").doesNotContain("Exception");
    }
}
