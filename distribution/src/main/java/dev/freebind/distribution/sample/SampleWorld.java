package dev.freebind.distribution.sample;

import dev.freebind.api.Modality;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.npy.NpyWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * A sample world in the manner of the paper: one unified audio-image-text space that is good at images and weak at
 * audio-text, one strong image-text expert and two strong audio-text experts; unpaired corpora of texts, images and sounds
 * (different items), a paired test set, and a classification of sounds by class names.
 */
public final class SampleWorld {

    private static final int CLASSES = 20;
    private static final int TEMPLATES = 3;

    /** How far a sound of a class strays from the class, and how far a template's wording does, beside a class's 1. */
    private static final double SOUND_SPREAD = 1.6;

    private static final double WORDING_SPREAD = 0.4;

    private static final List<Modality> MEDIA = List.of(Modality.AUDIO, Modality.IMAGE, Modality.TEXT);

    private final SampleSize size;
    private final RandomStreams streams;
    private final List<SampleSpace> spaces;

    /** A world of this size; the seed decides everything in it. */
    public SampleWorld(SampleSize size, long seed) {
        this.size = size;
        streams = new RandomStreams(seed);
        spaces = List.of(
                space("unified", 128, 0.75, 0.3, 1.2),
                space("vt", 96, NONE, 0.2, 0.3),
                space("at1", 64, 0.62, NONE, 0.35),
                space("at2", 64, 0.67, NONE, 0.4));
    }

    /** The noise of a space for a medium it does not embed. */
    private static final double NONE = -1;

    private SampleSpace space(String name, int dimension, double audioNoise, double imageNoise, double textNoise) {
        Map<Modality, Double> noise = new LinkedHashMap<>();
        double[] noises = {audioNoise, imageNoise, textNoise};
        for (int i = 0; i < noises.length; i++) {
            if (noises[i] != NONE) {
                noise.put(MEDIA.get(i), noises[i]);
            }
        }
        return new SampleSpace(name, dimension, noise, streams);
    }

    /**
     * Writes all embedding files and, last, the configuration {@code freebind.yaml} that binds and evaluates them.
     *
     * @param folder made if missing; files of an earlier world of the same kind are replaced
     * @return the configuration file
     * @throws dev.freebind.api.DataException if a file cannot be written
     */
    public Path writeTo(Path folder) {
        for (Modality medium : MEDIA) {
            write(folder, "train", medium, () -> unpaired(medium));
            write(folder, "test", medium, () -> paired(medium));
        }
        List<Integer> classOfSound = classOfSound();
        write(folder, "classes", Modality.AUDIO, () -> sounds(classOfSound));
        write(folder, "classes", Modality.TEXT, this::wordings);
        AtomicFile.writeString(folder.resolve("classes/names.txt"), lines(CLASSES, i -> "class " + (i + 1)));
        AtomicFile.writeString(
                folder.resolve("classes/labels.txt"), lines(classOfSound.size(), i -> "" + classOfSound.get(i)));
        Path configuration = folder.resolve("freebind.yaml");
        AtomicFile.writeString(configuration, SampleConfiguration.yaml(size, streams.seed(), TEMPLATES));
        return configuration;
    }

    /** Writes the items as every space that knows their medium sees them, to {@code <set>/<space>/<medium>.npy}. */
    private void write(Path folder, String set, Modality medium, Supplier<List<double[]>> source) {
        List<double[]> items = source.get();
        for (SampleSpace space : spaces) {
            if (!space.knows(medium)) {
                continue;
            }
            SampleSpace.Eye eye = space.eye(medium);
            Random noise = streams.stream("noise/" + set + "/" + space.name() + "/" + medium);
            Path file = folder.resolve(set + "/" + space.name() + "/" + medium + ".npy");
            try (NpyWriter writer = NpyWriter.create(file, space.dimension(), ElementType.F32)) {
                for (double[] item : items) {
                    writer.append(FloatBuffer.wrap(eye.embed(item, noise)));
                }
                writer.commit();
            }
        }
    }

    private List<double[]> unpaired(Modality medium) {
        Random random = streams.stream("items/train/" + medium);
        List<double[]> items = new ArrayList<>();
        for (int i = 0; i < size.corpusItems(); i++) {
            items.add(Concept.item(Concept.random(random), random));
        }
        return items;
    }

    private List<double[]> paired(Modality medium) {
        Random concepts = streams.stream("concepts/test");
        Random peculiarities = streams.stream("items/test/" + medium);
        List<double[]> items = new ArrayList<>();
        for (int i = 0; i < size.testItems(); i++) {
            items.add(Concept.item(Concept.random(concepts), peculiarities));
        }
        return items;
    }

    private List<double[]> classCentres() {
        Random random = streams.stream("concepts/classes");
        List<double[]> centres = new ArrayList<>();
        for (int i = 0; i < CLASSES; i++) {
            centres.add(Concept.random(random));
        }
        return centres;
    }

    private List<Integer> classOfSound() {
        Random random = streams.stream("labels/classes");
        List<Integer> labels = new ArrayList<>();
        for (int i = 0; i < size.classItems(); i++) {
            labels.add(random.nextInt(CLASSES));
        }
        return labels;
    }

    private List<double[]> sounds(List<Integer> classOfSound) {
        Random random = streams.stream("items/classes/audio");
        List<double[]> centres = classCentres();
        List<double[]> items = new ArrayList<>();
        for (int label : classOfSound) {
            items.add(near(centres.get(label), SOUND_SPREAD, random));
        }
        return items;
    }

    private List<double[]> wordings() {
        Random random = streams.stream("items/classes/text");
        List<double[]> items = new ArrayList<>();
        for (double[] centre : classCentres()) {
            for (int i = 0; i < TEMPLATES; i++) {
                items.add(near(centre, WORDING_SPREAD, random));
            }
        }
        return items;
    }

    private static double[] near(double[] centre, double spread, Random random) {
        double[] item = Concept.gaussian(random, spread);
        for (int i = 0; i < item.length; i++) {
            item[i] += centre[i];
        }
        return item;
    }

    private static String lines(int count, java.util.function.IntFunction<String> line) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(line.apply(i)).append('\n');
        }
        return lines.toString();
    }
}
