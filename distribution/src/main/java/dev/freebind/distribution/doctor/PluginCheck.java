package dev.freebind.distribution.doctor;

import dev.freebind.spi.encoders.EncoderDescription;
import dev.freebind.spi.encoders.EncoderRegistry;
import dev.freebind.spi.encoders.EncoderRegistry.Installed;
import jakarta.inject.Provider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The folders of plugins, and the encoders found in them and in the installation itself. */
record PluginCheck(Surroundings surroundings, Provider<EncoderRegistry> registry) implements Check {

    @Override
    public List<Finding> run() {
        EncoderRegistry found = registry.get();
        List<Finding> findings = new ArrayList<>();
        for (Path folder : surroundings.pluginFolders()) {
            findings.add(
                    Files.isDirectory(folder)
                            ? Finding.ok(
                                    "Plugins",
                                    folder + ": "
                                            + names(found.installed().stream()
                                                    .filter(encoder -> isIn(folder, encoder))))
                            : Finding.note(
                                    "Plugins",
                                    folder + " does not exist",
                                    "make it, or set FREEBIND_PLUGINS to another folder"));
        }
        findings.add(Finding.ok("Encoders", names(found.installed().stream())));
        for (EncoderRegistry.Broken plugin : found.broken()) {
            if (!surroundings.pluginFolders().contains(Path.of(plugin.origin()))) {
                findings.add(Finding.problem(
                        "Encoders",
                        plugin.origin() + ": " + plugin.reason(),
                        "remove the plugin, or get another build of it"));
            }
        }
        for (String conflict : found.conflicts()) {
            findings.add(Finding.problem("Encoders", conflict, "until then neither is used"));
        }
        return findings;
    }

    private static boolean isIn(Path folder, Installed encoder) {
        return Path.of(encoder.origin()).startsWith(folder);
    }

    private static String names(Stream<Installed> encoders) {
        String names = encoders.map(Installed::description)
                .map(EncoderDescription::name)
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "no encoders" : names;
    }
}
