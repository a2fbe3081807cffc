package dev.freebind.encoding.items;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.formats.FilePattern;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The files below a folder that hold an item of the modality. */
final class ItemFolder {

    private ItemFolder() {}

    static ItemCursor open(Path folder, Modality modality) {
        if (modality.equals(Modality.TEXT)) {
            throw new InvalidRequestException(
                    folder + " is a folder; name the files that hold the texts, one in each line," + " for example "
                            + folder + "/*.txt");
        }
        List<String> endings = FileKinds.endings(modality);
        List<Path> files = new FilePattern(escaped(folder) + "/**")
                .files().stream().filter(file -> hasEnding(file, endings)).toList();
        if (files.isEmpty()) {
            throw new DataException(folder + ": no file below it ends in " + String.join(", ", endings));
        }
        return ItemCursor.of(
                files.stream().map(file -> new SourceItem.OfFile(file, null)).iterator());
    }

    private static boolean hasEnding(Path file, List<String> endings) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return endings.isEmpty() || endings.stream().anyMatch(ending -> name.endsWith("." + ending));
    }

    /** The folder as a pattern that matches nothing else. */
    private static String escaped(Path folder) {
        return folder.toString().replaceAll("[*?\\[{\\\\]", "\\\\$0");
    }
}
