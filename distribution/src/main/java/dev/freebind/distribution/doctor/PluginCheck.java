package dev.freebind.distribution.doctor;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.spi.encoders.EncoderRegistry;
import jakarta.inject.Provider;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The plugin folders and the encoders found in them and on the class path. */
record PluginCheck(Surroundings surroundings, Provider<EncoderRegistry> registry) implements Check {

    /** The launcher puts the plugin folders here, joined like a class path. */
    static final String FOLDERS = "freebind.plugins";

    @Override
    public List<Finding> run() {
        List<Finding> findings = new ArrayList<>();
        for (String folder : surroundings.properties().getProperty(FOLDERS, "").split(File.pathSeparator, -1)) {
            if (!folder.isEmpty()) {
                findings.add(
                        Files.isDirectory(Path.of(folder))
                                ? Finding.ok("Plugins", folder)
                                : Finding.note(
                                        "Plugins", folder + " does not exist", "make it, or unset FREEBIND_PLUGINS"));
            }
        }
        try {
            EncoderRegistry found = registry.get();
            findings.add(Finding.ok("Encoders", found.installed().size() + " installed"));
            for (EncoderRegistry.Broken plugin : found.broken()) {
                findings.add(Finding.problem(
                        "Encoders",
                        plugin.origin() + ": " + plugin.reason(),
                        "remove the plugin, or get another build of it"));
            }
        } catch (InvalidRequestException e) {
            findings.add(Finding.problem("Encoders", String.valueOf(e.getMessage()), "remove one of the two"));
        }
        return findings;
    }
}
