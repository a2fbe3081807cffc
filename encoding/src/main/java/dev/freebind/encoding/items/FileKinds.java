package dev.freebind.encoding.items;

import dev.freebind.api.Modality;
import java.util.List;
import java.util.Map;

/** The endings of files that hold an item of a modality. */
final class FileKinds {

    private static final Map<Modality, List<String>> ENDINGS = Map.of(
            Modality.IMAGE, List.of("jpg", "jpeg", "png", "webp"),
            Modality.AUDIO, List.of("wav", "flac"),
            Modality.TEXT, List.of("txt"));

    private FileKinds() {}

    /** In lower case; empty if nothing is known about the modality. */
    static List<String> endings(Modality modality) {
        return ENDINGS.getOrDefault(modality, List.of());
    }
}
