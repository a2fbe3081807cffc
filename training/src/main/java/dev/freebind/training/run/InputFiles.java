package dev.freebind.training.run;

import dev.freebind.api.Item;
import dev.freebind.api.Progress;
import dev.freebind.bonds.configuration.Configuration.Corpus;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.formats.fingerprint.FileHashes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that a run reads, with their hashes, as provenance lists them.
 *
 * @param plan what is done with them
 * @param corpora where embeddings are
 * @param rows where items are
 * @param hashes of what was read already; the rest is hashed
 * @param progress tells how far hashing is
 */
record InputFiles(BindPlan plan, CorpusEmbeddings corpora, CorpusRows rows, FileHashes hashes, Progress progress) {

    /** Those of all corpora, then those of the pairs that spaces are tuned on. */
    List<Provenance.Input> all() {
        List<Provenance.Input> inputs = new ArrayList<>();
        for (Corpus corpus : plan.graph().configuration().corpora().values()) {
            for (String space : corpus.data().embeddings().keySet()) {
                add(space, corpus.name(), corpora.files(space, corpus.name()), inputs);
            }
        }
        for (BindStep.Tune step : plan.steps(BindStep.Tune.class)) {
            addPairs(step.tuned(), inputs);
        }
        return inputs;
    }

    private void addPairs(TunedSpace tuned, List<Provenance.Input> inputs) {
        tuned.pairs().forEach((modality, data) -> {
            String name = tuned.pairs(modality);
            if (tuned.hasEncoder(modality)) {
                List<Path> files = rows.items(name).stream()
                        .filter(Item.File.class::isInstance)
                        .map(item -> ((Item.File) item).path())
                        .toList();
                add(tuned.name(), name, files, inputs);
            } else {
                data.embeddings().keySet().forEach(space -> add(space, name, corpora.files(space, name), inputs));
            }
        });
    }

    private void add(String space, String corpus, List<Path> files, List<Provenance.Input> inputs) {
        for (Path file : files) {
            FileHashes.Known hash = hashes.of(file, progress);
            inputs.add(new Provenance.Input(space, corpus, file.toString(), hash.size(), hash.sha256()));
        }
    }
}
