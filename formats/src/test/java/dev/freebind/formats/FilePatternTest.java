package dev.freebind.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePatternTest {

    @TempDir
    Path folder;

    @BeforeEach
    void files() throws IOException {
        for (String name : List.of(
                "part-10.npy",
                "part-2.npy",
                "part-1.npy",
                "a/b/deep.npy",
                "a/near.npy",
                "odd[1].npy",
                "notes.txt",
                ".hidden.npy",
                ".secret/x.npy")) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
    }

    private List<String> match(String pattern) {
        return new FilePattern(folder + "/" + pattern)
                .files().stream()
                        .map(file -> folder.relativize(file).toString())
                        .toList();
    }

    @Test
    void numbersComeInNaturalOrder() {
        assertThat(match("part-*.npy")).containsExactly("part-1.npy", "part-2.npy", "part-10.npy");
    }

    @Test
    void everyKindOfWildcardWorks() {
        assertThat(match("part-?.npy")).containsExactly("part-1.npy", "part-2.npy");
        assertThat(match("part-[1-2].npy")).containsExactly("part-1.npy", "part-2.npy");
        assertThat(match("{notes.txt,part-2.npy}")).containsExactly("notes.txt", "part-2.npy");
        assertThat(match("*/near.npy")).containsExactly("a/near.npy");
        assertThat(match("a/**/*.npy")).containsExactlyInAnyOrder("a/b/deep.npy", "a/near.npy");
        assertThat(match("**/deep.npy")).containsExactly("a/b/deep.npy");
        assertThat(match("**.npy")).hasSize(6).doesNotContain(".hidden.npy", ".secret/x.npy");
    }

    @Test
    void aFileThatHasBracketsInItsNameIsFoundByItsName() {
        assertThat(match("odd[1].npy")).containsExactly("odd[1].npy");
    }

    @Test
    void hiddenFilesAreFoundWhenAskedFor() {
        assertThat(match(".h*.npy")).containsExactly(".hidden.npy");
    }

    @Test
    void whatMatchesNothingIsNamed() {
        assertThatThrownBy(() -> match("nothing-*.npy"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no file matches " + folder + "/nothing-*.npy");
        assertThatThrownBy(() -> match("no/such/*.npy")).isInstanceOf(DataException.class);
        assertThatThrownBy(() -> match("missing.npy"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("there is no file " + folder + "/missing.npy");
    }

    @Test
    void aBracketLeftOpenIsAWrongRequest() {
        assertThatThrownBy(() -> match("part-[1.npy"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("part-[1.npy");
    }

    @Test
    void aLinkToAParentDoesNotLoop() throws IOException {
        Files.createSymbolicLink(folder.resolve("a/up"), folder);
        assertThat(match("**/deep.npy")).containsExactly("a/b/deep.npy");
    }

    @Test
    void naturalOrderSortsAnyShuffleOfTheSameNames() {
        List<String> sorted = List.of(
                "a",
                "a0",
                "a00",
                "a1",
                "a01",
                "a2",
                "a10",
                "a99999999999999999999998",
                "a99999999999999999999999",
                "ab",
                "b");
        List<String> shuffled = new ArrayList<>(sorted);
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            Collections.shuffle(shuffled, random);
            shuffled.sort(NaturalOrder.INSTANCE);
            assertThat(shuffled).isEqualTo(sorted);
        }
    }
}
