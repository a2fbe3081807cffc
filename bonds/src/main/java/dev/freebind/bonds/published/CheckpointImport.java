package dev.freebind.bonds.published;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.configuration.SpaceFile;
import dev.freebind.bonds.graph.BondGraph;
import dev.freebind.bonds.graph.Combination;
import dev.freebind.bonds.graph.TunedSpace;
import dev.freebind.bonds.projector.ProjectorFile;
import dev.freebind.bonds.projector.ProjectorWeights;
import dev.freebind.bonds.published.PublishedLayout.EncoderPlace;
import dev.freebind.bonds.published.PublishedLayout.ProjectorPlace;
import dev.freebind.bonds.published.PublishedLayout.RouterPlace;
import dev.freebind.bonds.router.RouterFile;
import dev.freebind.bonds.router.RouterLayout;
import dev.freebind.bonds.router.RouterWeights;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.checkpoint.Checkpoint;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes a bound space of published checkpoints, in whatever format they are. Every tensor of every file that is read has its
 * place or is refused by name; {@code space.yaml} is written last, so that a folder with one is whole.
 */
public final class CheckpointImport {

    private static final int SHOWN = 10;

    private final BondGraph graph;
    private final PublishedLayout layout;

    /** Of the networks of this layout into a space of this graph. */
    public CheckpointImport(BondGraph graph, PublishedLayout layout) {
        this.graph = graph;
        this.layout = layout;
    }

    /**
     * What was imported.
     *
     * @param projectors how many
     * @param routers how many
     * @param files the files that were read
     * @param leftAlone checkpoints beside them that are no part of the space
     */
    public record Outcome(int projectors, int routers, List<Path> files, List<Path> leftAlone) {
        /** Copies. */
        public Outcome {
            files = List.copyOf(files);
            leftAlone = List.copyOf(leftAlone);
        }
    }

    /**
     * Imports.
     *
     * @param source the folder of the checkpoints, or the file if there is one
     * @param output the bound space's folder, empty or not there yet
     * @throws InvalidRequestException if the source is not there or the output is in use
     * @throws DataException if a file or tensor is missing, a tensor has no place, is misshapen or not finite, or a network does
     *     not fit the spaces' dimensions, naming it
     */
    public Outcome run(Path source, Path output) {
        checkEmpty(output);
        CheckpointFiles files = new CheckpointFiles(source, layout);
        for (String file : layout.files()) {
            List<ProjectorPlace> projectors = layout.projectors().stream()
                    .filter(place -> place.file().equals(file))
                    .toList();
            List<RouterPlace> routers = layout.routers().stream()
                    .filter(place -> place.file().equals(file))
                    .toList();
            List<EncoderPlace> encoders = layout.encoders().stream()
                    .filter(place -> place.file().equals(file))
                    .toList();
            try (Checkpoint checkpoint = Checkpoint.open(files.file(file))) {
                checkNames(checkpoint, projectors, routers, encoders);
                projectors.forEach(place -> write(checkpoint, place, output));
                routers.forEach(place -> write(checkpoint, place, output));
                encoders.forEach(place -> write(checkpoint, place, output));
            }
        }
        SpaceFile.write(graph, output);
        return new Outcome(layout.projectors().size(), layout.routers().size(), files.all(), files.leftAlone());
    }

    private static void checkEmpty(Path output) {
        if (Files.isDirectory(output)) {
            try (Stream<Path> content = Files.list(output)) {
                if (content.findAny().isPresent()) {
                    throw new InvalidRequestException(output + " is not empty; choose another folder");
                }
            } catch (IOException e) {
                throw FileErrors.cannotRead(output, e);
            }
        } else if (Files.exists(output)) {
            throw new InvalidRequestException(output + " is a file; --output takes a folder");
        }
    }

    private static void checkNames(
            Checkpoint checkpoint,
            List<ProjectorPlace> projectors,
            List<RouterPlace> routers,
            List<EncoderPlace> encoders) {
        Set<String> expected = new LinkedHashSet<>();
        projectors.forEach(
                place -> place.architecture().tensors().forEach(name -> expected.add(place.prefix() + name)));
        routers.forEach(place -> RouterFile.names().forEach(name -> expected.add(place.prefix() + name)));
        Set<String> found = checkpoint.tensors().keySet();
        encoders.forEach(place -> expected.addAll(names(place, found)));
        List<String> extra =
                found.stream().filter(name -> !expected.contains(name)).toList();
        List<String> missing =
                expected.stream().filter(name -> !found.contains(name)).toList();
        if (!extra.isEmpty() || !missing.isEmpty()) {
            throw new DataException(checkpoint.origin() + ": the tensors are not those of "
                    + networks(projectors, routers, encoders)
                    + (missing.isEmpty() ? "" : "; missing: " + shortened(missing))
                    + (extra.isEmpty() ? "" : "; without a place: " + shortened(extra)));
        }
    }

    private static String networks(
            List<ProjectorPlace> projectors, List<RouterPlace> routers, List<EncoderPlace> encoders) {
        String kinds = projectors.stream()
                .map(place -> place.architecture().name())
                .distinct()
                .collect(Collectors.joining(" and "));
        return projectors.size() + (projectors.size() == 1 ? " projector" : " projectors") + " of kind " + kinds
                + (routers.isEmpty() ? "" : " and " + routers.size() + " routers")
                + (encoders.isEmpty() ? "" : " and a tuned encoder");
    }

    private static String shortened(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
                + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
    }

    private void write(Checkpoint checkpoint, ProjectorPlace place, Path output) {
        ProjectorWeights weights =
                ProjectorFile.read(checkpoint, place.prefix(), place.architecture(), place.adapted());
        String source = graph.bond(place.key().bond()) instanceof TunedSpace tuned
                ? graph.displacement(tuned).unified()
                : place.key().source();
        int input = graph.space(source).dimension();
        int result = graph.space(place.key().bond()).dimension();
        if (weights.inputDimension() != input || weights.outputDimension() != result) {
            throw new DataException(checkpoint.origin() + ": " + place.prefix()
                    + place.architecture().blocks().get(0).linear() + " and what follows map dimension "
                    + weights.inputDimension() + " to " + weights.outputDimension() + ", but '"
                    + source + "' has dimension " + input + " and '"
                    + place.key().bond() + "' " + result + "; these are projectors of other spaces");
        }
        ProjectorFile.write(
                output.resolve(place.key().file()),
                weights,
                Map.of("freebind.projector", place.key().toString()));
    }

    private void write(Checkpoint checkpoint, RouterPlace place, Path output) {
        RouterWeights weights = RouterFile.read(checkpoint, place.prefix());
        Combination combination = (Combination) graph.bond(place.key().bond());
        if (combination.routing() != null) {
            RouterLayout expected = RouterLayout.of(
                    graph, combination, combination.routing(), place.key().modality());
            int input = expected.inputDimension(graph);
            int sources = expected.sources().size();
            if (weights.inputDimension() != input || weights.sources() != sources) {
                throw new DataException(checkpoint.origin() + ": the router " + place.prefix()
                        + " reads rows of length "
                        + weights.inputDimension() + " and weighs " + weights.sources() + " sources, but here are "
                        + input + " (" + String.join(", ", expected.inputs()) + ") and " + sources
                        + "; it belongs to other spaces");
            }
        }
        RouterFile.write(
                output.resolve(place.key().file()),
                weights,
                Map.of("freebind.router", place.key().toString()));
    }

    /** The names of an encoder's tensors: those of ImageBind's audio tower where it is that, else whatever goes with it. */
    private static Set<String> names(EncoderPlace place, Set<String> found) {
        return place.constants().isEmpty()
                ? found.stream()
                        .filter(name -> name.startsWith(place.prefix()))
                        .filter(name -> !name.startsWith(PublishedLayout.HEADS))
                        .collect(Collectors.toCollection(LinkedHashSet::new))
                : ImageBindAudio.names(place.prefix(), found);
    }

    private static void write(Checkpoint checkpoint, EncoderPlace place, Path output) {
        Set<String> names = names(place, checkpoint.tensors().keySet());
        place.constants().forEach((name, value) -> {
            float found = checkpoint.floats(place.prefix() + name)[0];
            if (Math.abs(found - value) > 1e-4f) {
                throw new DataException(checkpoint.origin() + ": " + place.prefix() + name + " is " + found
                        + ", but the published class leaves it at " + value);
            }
            names.remove(place.prefix() + name);
        });
        List<NamedTensor> tensors = new ArrayList<>();
        checkpoint.tensors().forEach((name, tensor) -> {
            if (names.contains(name)) {
                tensors.add(NamedTensor.deferred(
                        name.substring(place.prefix().length()),
                        () -> finite(checkpoint, name),
                        tensor.shape().lengths().stream()
                                .mapToLong(Long::longValue)
                                .toArray()));
            }
        });
        SafetensorsWriter.write(
                output.resolve(place.network()),
                tensors,
                Map.of("freebind.encoder", place.network().replaceAll("^encoders/|\\.safetensors$", "")));
    }

    private static float[] finite(Checkpoint checkpoint, String name) {
        float[] values = checkpoint.floats(name);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new DataException(checkpoint.origin() + ": tensor " + name + " has a value that is " + value);
            }
        }
        return values;
    }
}
