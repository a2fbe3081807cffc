package dev.freebind.distribution.sample;

import dev.freebind.formats.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

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

    private static final List<Medium> MEDIA = List.of(Medium.SOUND, Medium.PICTURE, Medium.TEXT);

    private final SampleSize size;
    private final RandomStreams streams;
    private final SampleItems items;

    /** A world of this size; the seed decides everything in it. */
    public SampleWorld(SampleSize size, long seed) {
        this.size = size;
        streams = new RandomStreams(seed);
        items = new SampleItems(
                size,
                streams,
                List.of(
                        SampleSpace.of("unified", 128, 0.75, 0.3, 1.2, streams),
                        SampleSpace.of("vt", 96, SampleSpace.NONE, 0.2, 0.3, streams),
                        SampleSpace.of("at1", 64, 0.62, SampleSpace.NONE, 0.35, streams),
                        SampleSpace.of("at2", 64, 0.67, SampleSpace.NONE, 0.4, streams)));
    }

    /**
     * Writes all embedding files and, last, the configuration {@code freebind.yaml} that binds and evaluates them.
     *
     * @param folder made if missing; files of an earlier world of the same kind are replaced
     * @return the configuration file
     * @throws dev.freebind.api.DataException if a file cannot be written
     */
    public Path writeTo(Path folder) {
        for (Medium medium : MEDIA) {
            items.writeUnpaired(folder, medium);
            items.writePaired(folder, medium);
        }
        List<Integer> classOfSound = classOfSound();
        items.write(folder, "classes", Medium.SOUND, sounds(classOfSound));
        items.write(folder, "classes", Medium.TEXT, wordings());
        AtomicFile.writeString(folder.resolve("classes/names.txt"), lines(CLASSES, i -> "class " + (i + 1)));
        AtomicFile.writeString(
                folder.resolve("classes/labels.txt"), lines(classOfSound.size(), i -> "" + classOfSound.get(i)));
        Path configuration = folder.resolve("freebind.yaml");
        AtomicFile.writeString(configuration, SampleConfiguration.yaml(size, streams.seed(), TEMPLATES));
        return configuration;
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
