package dev.freebind.bonds;

import dev.freebind.bonds.configuration.Configuration;
import dev.freebind.bonds.configuration.ConfigurationReader;
import dev.freebind.bonds.graph.BondGraph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Configurations written as text in tests. */
public final class Configurations {

    /** The paper's setting: InternVL-like `vt`, CLAP-like `at1` and `at2`, ImageBind-like `unified`; every corpus is there. */
    public static final String PAPER = """
            name: vt-u-plusplus
            seed: 7
            spaces:
              unified: {modalities: [audio, image, text], dimension: 128, hub: image}
              vt: {modalities: [image, text], dimension: 96}
              at1: {modalities: [audio, text], dimension: 64}
              at2: {modalities: [audio, text], dimension: 48}
            corpora:
              texts: {modality: text, embeddings: {unified: t/u.npy, vt: t/vt.npy, at1: t/at1.npy, at2: t/at2.npy}}
              images: {modality: image, embeddings: {unified: i/u.npy, vt: i/vt.npy}}
              audios: {modality: audio, embeddings: {unified: a/u.npy, at1: a/at1.npy, at2: a/at2.npy}}
            bonds:
              vt-u:
                displace: unified
                into: vt
              vt-u-plusplus:
                combine: [at1, at2]
                into: vt-u
            presets:
              versatile: {vt-u-plusplus: {audio: 0.5, text: 0.1}}
              audio-text-expertise: {vt-u-plusplus: {audio: 0.8, text: 0.5}}
            """;

    private Configurations() {}

    public static Configuration read(String yaml) {
        return read(yaml, Map.of());
    }

    public static Configuration read(String yaml, Map<String, String> environment) {
        try {
            Path folder = Files.createTempDirectory("configuration");
            Path file = folder.resolve("bind.yaml");
            try {
                Files.writeString(file, yaml);
                return new ConfigurationReader(environment::get).read(file);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static BondGraph graph(String yaml) {
        return BondGraph.of(read(yaml));
    }
}
