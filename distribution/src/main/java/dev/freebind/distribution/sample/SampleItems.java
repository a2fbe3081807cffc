package dev.freebind.distribution.sample;

import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The items of a sample world and the files that hold what its spaces see of them. */
final class SampleItems {

    private final SampleSize size;
    private final RandomStreams streams;
    private final List<SampleSpace> spaces;

    SampleItems(SampleSize size, RandomStreams streams, List<SampleSpace> spaces) {
        this.size = size;
        this.streams = streams;
        this.spaces = List.copyOf(spaces);
    }

    /** Writes a corpus whose items are about other things than those of any other medium. */
    void writeUnpaired(Path folder, Medium medium) {
        Random random = streams.stream("items/train/" + medium.name());
        List<double[]> items = new ArrayList<>();
        for (int i = 0; i < size.corpusItems(); i++) {
            items.add(Concept.item(Concept.random(random), random));
        }
        write(folder, "train", medium, items);
    }

    /** Writes test items: row i of every medium is about the same. */
    void writePaired(Path folder, Medium medium) {
        Random concepts = streams.stream("concepts/test");
        Random peculiarities = streams.stream("items/test/" + medium.name());
        List<double[]> items = new ArrayList<>();
        for (int i = 0; i < size.testItems(); i++) {
            items.add(Concept.item(Concept.random(concepts), peculiarities));
        }
        write(folder, "test", medium, items);
    }

    /** Writes the items as every space that knows their modality sees them, to {@code <set>/<space>/<medium>.npy}. */
    void write(Path folder, String set, Medium medium, List<double[]> items) {
        for (SampleSpace space : spaces) {
            if (!space.knows(medium.modality())) {
                continue;
            }
            SampleSpace.Eye eye = space.eye(medium);
            Random noise = streams.stream("noise/" + set + "/" + space.name() + "/" + medium.name());
            Path file = folder.resolve(set + "/" + space.name() + "/" + medium.name() + ".npy");
            try (NpyWriter writer = NpyWriter.create(file, space.dimension(), ElementType.F32)) {
                for (double[] item : items) {
                    writer.append(FloatBuffer.wrap(eye.embed(item, noise)));
                }
                writer.commit();
            }
        }
    }
}
