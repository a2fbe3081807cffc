package dev.freebind.encoding.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ItemSourceTest {

    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private List<SourceItem> items(String path, String column, Modality modality) {
        List<SourceItem> items = new ArrayList<>();
        try (ItemCursor cursor =
                ItemSource.of(folder.resolve(path).toString(), column, modality).open()) {
            for (SourceItem item = cursor.next(); item != null; item = cursor.next()) {
                items.add(item);
            }
        }
        return items;
    }

    private List<String> texts(String path, String column) {
        return items(path, column, Modality.TEXT).stream()
                .map(item -> ((SourceItem.OfText) item).text())
                .toList();
    }

    private List<String> files(String path, String column, Modality modality) {
        return items(path, column, modality).stream()
                .map(item -> folder.relativize(((SourceItem.OfFile) item).path())
                        .toString()
                        .replace('\\', '/'))
                .toList();
    }

    @Test
    void everyLineOfATextFileIsAnItemEmptyOnesToo() throws IOException {
        write("captions.txt", "\uFEFFa dog\r\n\n  two  spaces \nthe end");

        assertThat(texts("captions.txt", null)).containsExactly("a dog", "", "  two  spaces ", "the end");
        assertThat(items("captions.txt", null, Modality.TEXT).get(2).label()).endsWith("captions.txt:3");
    }

    @Test
    void filesComeInNaturalOrderAndAPatternMayMatchLists() throws IOException {
        for (String name : List.of("10", "9", "1")) {
            write("photos/sub/" + name + ".jpg", "x");
            write("captions-" + name + ".txt", "caption " + name);
        }
        write("photos/notes.md", "x");

        assertThat(files("photos/**/*.jpg", null, Modality.IMAGE))
                .containsExactly("photos/sub/1.jpg", "photos/sub/9.jpg", "photos/sub/10.jpg");
        assertThat(texts("captions-*.txt", null)).containsExactly("caption 1", "caption 9", "caption 10");
        assertThat(files("photos", null, Modality.IMAGE))
                .as("a folder stands for the files below it that have an ending of the modality")
                .containsExactly("photos/sub/1.jpg", "photos/sub/9.jpg", "photos/sub/10.jpg");
        assertThatThrownBy(() -> items("photos", null, Modality.TEXT))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("photos/*.txt");
    }

    @Test
    void aListOfPathsIsRelativeToItself() throws IOException {
        write("lists/sounds.txt", "a.wav\n../b.wav\n");

        assertThat(files("lists/sounds.txt", null, Modality.AUDIO)).containsExactly("lists/a.wav", "b.wav");

        write("lists/gap.txt", "a.wav\n\nb.wav\n");
        assertThatThrownBy(() -> items("lists/gap.txt", null, Modality.AUDIO))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("gap.txt:2: is empty");
    }

    @Test
    void aColumnOfATableIsFoundByNameOrIsTheOnlyOne() throws IOException {
        write("captions.csv", "url,caption\nhttp://x,\"a dog, \"\"barking\"\"\nloud\"\nhttp://y,a cat\n");
        write("captions.tsv", "text\turl\na dog\tx\n");
        write("one.csv", "name\nrain\n");
        write("sounds.csv", "audio,label\nwav/1.wav,dog\n");

        assertThat(texts("captions.csv", "caption")).containsExactly("a dog, \"barking\"\nloud", "a cat");
        assertThat(texts("captions.tsv", null)).containsExactly("a dog");
        assertThat(texts("one.csv", null)).containsExactly("rain");
        assertThat(files("sounds.csv", null, Modality.AUDIO)).containsExactly("wav/1.wav");
        assertThatThrownBy(() -> texts("captions.csv", null))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("url, caption")
                .hasMessageContaining("items: {file: captions.csv, column: url}");
        assertThatThrownBy(() -> texts("captions.csv", "captoin"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("did you mean 'caption'");
    }

    @Test
    void aDamagedTableNamesFileAndLine() throws IOException {
        write("short.csv", "url,caption\nhttp://x,a dog\nhttp://y\n");
        write("quote.csv", "text\n\"" + "never closed ".repeat(BoundedReader.MAX_RECORD / 10));

        assertThatThrownBy(() -> texts("short.csv", "caption")).hasMessageContaining("short.csv:3: has 1 fields");
        assertThatThrownBy(() -> texts("quote.csv", null))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("quote.csv")
                .hasMessageContaining("every quote closed");
    }

    @Test
    void aFieldOfJsonLinesIsFoundByName() throws IOException {
        write("captions.jsonl", "{\"caption\": \"a dog\", \"id\": 1}\n\n{\"caption\": \"a \\u00e9\"}\n");
        write("wrong.jsonl", "{\"caption\": \"a dog\"}\n{\"captions\": \"a cat\"}\n");
        write("broken.jsonl", "{\"text\": \n");

        assertThat(texts("captions.jsonl", "caption")).containsExactly("a dog", "a é");
        assertThatThrownBy(() -> texts("wrong.jsonl", "caption"))
                .hasMessageContaining("wrong.jsonl:2")
                .hasMessageContaining("did you mean 'captions'");
        assertThatThrownBy(() -> texts("broken.jsonl", null)).hasMessageContaining("broken.jsonl:1: is not JSON");
    }

    @Test
    void aFileThatIsNotUtf8OrNeverEndsALineIsRefused() throws IOException {
        Files.write(folder.resolve("latin.txt"), new byte[] {'d', 'o', 'g', (byte) 0xE9, '\n'});
        write("endless.txt", "x".repeat(BoundedReader.MAX_RECORD + 1));

        assertThatThrownBy(() -> texts("latin.txt", null)).hasMessageContaining("latin.txt: is not a text in UTF-8");
        assertThatThrownBy(() -> texts("endless.txt", null))
                .hasMessageContaining("endless.txt:1: has a record of more");
    }

    private void tar(String name, String... members) throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve(name));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (int i = 0; i < members.length; i += 2) {
                byte[] content = members[i + 1].getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(members[i]);
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        }
    }

    @Test
    void membersOfAnArchiveAreReadFromWhereTheyLie() throws IOException {
        String deep = "d/".repeat(120) + "0003.jpg";
        tar(
                "00001.tar",
                "0001.jpg",
                "first image",
                "0001.txt",
                "a dog",
                "../../etc/0002.JPG",
                "second",
                "0002.txt",
                "a cat",
                "0002.seg.jpg",
                "no image",
                deep,
                "third");

        List<SourceItem> images = items("*.tar", null, Modality.IMAGE);
        assertThat(images).extracting(item -> content(item.item())).containsExactly("first image", "second", "third");
        assertThat(images.get(1).label()).as("a name is a label").endsWith("00001.tar: ../../etc/0002.JPG");
        assertThat(texts("00001.tar", null)).containsExactly("a dog", "a cat");
        assertThat(items("00001.tar", "seg.jpg", Modality.IMAGE)).hasSize(1);
        assertThatThrownBy(() -> items("00001.tar", null, Modality.POINT))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("column: npy");
    }

    private static String content(Item item) {
        return new String(((Item.Bytes) item).content(), StandardCharsets.UTF_8);
    }

    @Test
    void aHostileArchiveIsRefusedWithoutFillingTheMemory() throws IOException {
        tar("cut.tar", "0001.jpg", "an image");
        Files.write(
                folder.resolve("cut.tar"), java.util.Arrays.copyOf(Files.readAllBytes(folder.resolve("cut.tar")), 515));
        write("text.tar", "this is no archive, but long enough to be taken for a header ".repeat(20));
        hugeHeader("header.tar", 'L');
        hugeMember("member.tar");

        assertThatThrownBy(() -> items("cut.tar", null, Modality.IMAGE).forEach(SourceItem::item))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cut.tar");
        assertThatThrownBy(() -> items("text.tar", null, Modality.IMAGE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("text.tar: is damaged, or no tar archive");
        assertThatThrownBy(() -> items("header.tar", null, Modality.IMAGE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("header.tar")
                .hasMessageContaining("larger than " + TarMembers.MAX_HEADERS);
        assertThatThrownBy(() -> items("member.tar", null, Modality.IMAGE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("at most " + TarMembers.MAX_MEMBER);
    }

    /** A long-name header of a gigabyte that takes no room on the disk. */
    private void hugeHeader(String name, char type) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry("././@LongLink", (byte) type);
        entry.setSize(1L << 30);
        header(name, entry, 1L << 30);
    }

    private void hugeMember(String name) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry("0001.jpg");
        entry.setSize(TarMembers.MAX_MEMBER + 1);
        header(name, entry, TarMembers.MAX_MEMBER + 1);
    }

    private void header(String name, TarArchiveEntry entry, long size) throws IOException {
        byte[] header = new byte[512];
        entry.writeEntryHeader(header);
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
            file.write(header);
            file.setLength(512 + size + 1024);
        }
    }

    @Test
    void anIdentityChangesWithContentAndNotWithThePlaceOfTheWhole() throws IOException {
        write("a/photos/1.jpg", "an image");
        Files.createDirectories(folder.resolve("b/photos"));
        Files.copy(
                folder.resolve("a/photos/1.jpg"),
                folder.resolve("b/photos/1.jpg"),
                java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        SourceItem here = items("a/photos", null, Modality.IMAGE).get(0);
        SourceItem there = items("b/photos", null, Modality.IMAGE).get(0);
        String before = here.identity(folder.resolve("a"));

        assertThat(there.identity(folder.resolve("b"))).isEqualTo(before);
        write("a/photos/1.jpg", "an image that was edited");
        assertThat(here.identity(folder.resolve("a"))).isNotEqualTo(before);
    }

    @Test
    void nothingThereIsAnError() {
        assertThatThrownBy(() -> items("photos/*.jpg", null, Modality.IMAGE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no file matches");
        assertThatThrownBy(() -> items("captions.txt.gz", null, Modality.TEXT)).isInstanceOf(DataException.class);
    }
}
