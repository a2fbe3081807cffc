package dev.freebind.training.run;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Progress;
import dev.freebind.bonds.collection.CollectionPlan;
import dev.freebind.bonds.collection.CollectionPlan.SpaceModality;
import dev.freebind.bonds.configuration.Configuration.SpaceDeclaration;
import dev.freebind.bonds.execution.Hubness;
import dev.freebind.bonds.execution.NearestItems;
import dev.freebind.bonds.graph.BondGraph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Looks at collected pseudo pairs, on a seeded sample: after collection, from the same files, so that collection itself is as
 * fast as without.
 */
final class PairSurvey {

    /** Start items that are looked at, at most. */
    static final int SAMPLE = 2_000;

    /** Scores that a pass may take: with a million keys fewer items are looked at. */
    private static final long MOST_SCORES = 200_000_000;

    private static final int LEAST_SAMPLE = 64;
    private static final int SAMPLED_KEYS = 300;

    private final Path output;
    private final BondGraph graph;
    private final CorpusEmbeddings corpora;
    private final CorpusRows rows;
    private final PseudoPairs pairs;
    private final StepFingerprints fingerprints;
    private final NearestItems nearest;
    private final Progress progress;
    private final Map<Asked, RetrievedKeys> answers = new HashMap<>();

    /**
     * What the sampled rows of start corpora retrieve in one space. Bonds share passes, and one's pass is what another's is
     * compared with, so the same is asked many times.
     */
    private record Asked(
            String space, List<String> startCorpora, List<String> keyCorpora, int sampled, double temperature) {}

    /**
     * Reads what the others hold.
     *
     * @param output the bound space's folder: what an earlier run found is in its provenance, or in records of steps
     */
    PairSurvey(
            Path output,
            BondGraph graph,
            CorpusEmbeddings corpora,
            CorpusRows rows,
            PseudoPairs pairs,
            StepFingerprints fingerprints,
            NearestItems nearest,
            Progress progress) {
        this.output = output;
        this.fingerprints = fingerprints;
        this.progress = progress;
        this.graph = graph;
        this.corpora = corpora;
        this.rows = rows;
        this.pairs = pairs;
        this.nearest = nearest;
    }

    /**
     * The quality of all tuple sets of which something is known: that are collected, or were looked at earlier.
     */
    List<PairQuality> all(List<BindStep.Collect> steps) throws IOException {
        List<PairQuality> earlier =
                Provenance.read(output).map(Provenance::pairs).orElse(List.of());
        List<PairQuality> all = new ArrayList<>();
        try (Progress.Task bar = progress.start("quality of pseudo pairs", steps.size(), "tuple sets")) {
            for (BindStep.Collect step : steps) {
                known(step, earlier).ifPresent(all::add);
                bar.advance(1);
            }
        }
        return all;
    }

    private Optional<PairQuality> known(BindStep.Collect step, List<PairQuality> earlier) throws IOException {
        String fingerprint = fingerprints.of(step);
        Optional<PairQuality> before = earlier.stream()
                .filter(quality -> quality.fingerprint().equals(fingerprint))
                .findFirst();
        if (before.isPresent()) {
            return before.map(quality -> quality.of(step));
        }
        Path file = Files.createDirectories(output.resolve("work/records")).resolve("pairs-" + fingerprint + ".json");
        if (Files.exists(file)) {
            return Optional.of(Provenance.readJson(file, PairQuality.class).of(step));
        }
        if (!pairs.isCollected(step)) {
            return Optional.empty();
        }
        PairQuality quality = of(step, fingerprint);
        Provenance.writeJson(file, quality);
        return Optional.of(quality);
    }

    private PairQuality of(BindStep.Collect step, String fingerprint) throws IOException {
        long most = 1;
        for (int i = 0; i < step.keyCorpora().size(); i++) {
            most = Math.max(most, keyRows(step, i));
        }
        int count = (int) Math.min(step.rows(), Math.max(LEAST_SAMPLE, Math.min(SAMPLE, MOST_SCORES / most)));
        List<PairQuality.Pass> passes = new ArrayList<>();
        for (int i = 0; i < step.tuples().steps().size(); i++) {
            passes.add(pass(step, i, count));
        }
        return new PairQuality(
                step.bond(), step.source(), step.tuples().start().name(), fingerprint, step.rows(), count, passes);
    }

    private long keyRows(BindStep.Collect step, int pass) {
        return step.keyCorpora().get(pass).stream()
                .mapToLong(corpus -> corpora.rows(corpora.corpus(corpus)))
                .sum();
    }

    private PairQuality.Pass pass(BindStep.Collect step, int number, int count) throws IOException {
        CollectionPlan.Step pass = step.tuples().steps().get(number);
        double temperature = graph.pseudoPairBond(step.bond()).collection().temperature();
        List<String> start = step.startCorpora();
        List<String> keyCorpora = step.keyCorpora().get(number);
        RetrievedKeys retrieved;
        List<PairQuality.Agreement> agreement = new ArrayList<>();
        if (pass.query().modality().equals(step.tuples().start())) {
            retrieved = retrieved(new Asked(pass.query().space(), start, keyCorpora, count, temperature));
            for (String other : witnesses(step, pass, keyCorpora)) {
                agreement.add(
                        retrieved.agreement(other, retrieved(new Asked(other, start, keyCorpora, count, temperature))));
            }
        } else {
            retrieved = retrieved(
                    sampled(pairs.queries(step, pass), start, count),
                    corpusRows(pass.keys().space(), keyCorpora),
                    keyCorpora,
                    temperature);
        }
        List<PairQuality.Alignment> alignment = new ArrayList<>();
        for (String space : pass.values()) {
            if (step.tuples().nativeSpaces().contains(space)) {
                Embeddings collected = pairs.collected(
                        step, new SpaceModality(space, pass.keys().modality()));
                alignment.add(new PairQuality.Alignment(
                        space,
                        meanCosine(sampled(corpusRows(space, start), start, count), sampled(collected, start, count))));
            }
        }
        long keys = keyRows(step, number);
        return new PairQuality.Pass(
                pass.query().toString(),
                pass.keys().toString(),
                keys,
                retrieved.effectiveKeys(),
                retrieved.largestWeight(),
                Hubness.of(retrieved.nearest(), retrieved.kept(), Math.toIntExact(keys)),
                agreement,
                alignment);
    }

    /** The other pre-trained spaces that embed both the start items and the keys. */
    private List<String> witnesses(BindStep.Collect step, CollectionPlan.Step pass, List<String> keyCorpora) {
        List<String> corporaOfBoth = new ArrayList<>(step.startCorpora());
        corporaOfBoth.addAll(keyCorpora);
        return graph.configuration().spaces().values().stream()
                .filter(space -> space.modalities().contains(pass.query().modality())
                        && space.modalities().contains(pass.keys().modality()))
                .map(SpaceDeclaration::name)
                .filter(space -> !space.equals(pass.query().space()))
                .filter(space -> corporaOfBoth.stream()
                        .allMatch(corpus ->
                                corpora.corpus(corpus).data().embeddings().containsKey(space)))
                .toList();
    }

    private Embeddings corpusRows(String space, List<String> names) throws IOException {
        List<Embeddings> parts = new ArrayList<>();
        for (String corpus : names) {
            parts.add(rows.rows(space, corpus));
        }
        return Embeddings.concatenation(parts);
    }

    private RetrievedKeys retrieved(Asked asked) throws IOException {
        RetrievedKeys answer = answers.get(asked);
        if (answer == null) {
            List<String> start = asked.startCorpora();
            answer = retrieved(
                    sampled(corpusRows(asked.space(), start), start, asked.sampled()),
                    corpusRows(asked.space(), asked.keyCorpora()),
                    asked.keyCorpora(),
                    asked.temperature());
            answers.put(asked, answer);
        }
        return answer;
    }

    private RetrievedKeys retrieved(Embeddings queries, Embeddings keys, List<String> keyCorpora, double temperature) {
        int[] compared = Arrays.stream(
                        sample(keys.rows(), (int) Math.min(SAMPLED_KEYS, keys.rows()), seed(keyCorpora) + 1))
                .mapToInt(Math::toIntExact)
                .toArray();
        RetrievedKeys retrieved =
                new RetrievedKeys(Math.toIntExact(queries.rows()), Math.toIntExact(keys.rows()), compared, temperature);
        nearest.scores(queries, keys, retrieved::accept, Progress.SILENT.start("", 0, ""));
        return retrieved;
    }

    private static double meanCosine(Embeddings first, Embeddings second) {
        FloatBuffer a = FloatBuffer.allocate(first.dimension());
        FloatBuffer b = FloatBuffer.allocate(first.dimension());
        Embeddings unit = first.normalised();
        Embeddings other = second.normalised();
        double sum = 0;
        for (long row = 0; row < first.rows(); row++) {
            unit.read(row, 1, a.clear());
            other.read(row, 1, b.clear());
            for (int i = 0; i < a.capacity(); i++) {
                sum += (double) a.get(i) * b.get(i);
            }
        }
        return sum / first.rows();
    }

    /** Rows of the start corpora, in memory; the same ones in every space and for every tuple set. */
    private Embeddings sampled(Embeddings all, List<String> startCorpora, int count) {
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(count, all.dimension()));
        for (long row : sample(all.rows(), count, seed(startCorpora))) {
            all.read(row, 1, values);
        }
        return Embeddings.of(values.array(), all.dimension(), all.origin());
    }

    private long seed(List<String> names) {
        return graph.configuration().seed() ^ names.hashCode();
    }

    /** Ascending rows, none twice, every choice alike. */
    private static long[] sample(long total, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] rows = new long[count];
        int taken = 0;
        for (long row = 0; taken < count; row++) {
            if (random.nextDouble() * (total - row) < count - taken) {
                rows[taken++] = row;
            }
        }
        return rows;
    }
}
