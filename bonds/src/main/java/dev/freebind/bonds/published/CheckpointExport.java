package dev.freebind.bonds.published;

import dev.freebind.api.DataException;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.bonds.published.PublishedLayout.EncoderPlace;
import dev.freebind.bonds.published.PublishedLayout.ProjectorPlace;
import dev.freebind.bonds.published.PublishedLayout.RouterPlace;
import dev.freebind.bonds.router.RouterFile;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.pytorch.PyTorchWriter;
import dev.freebind.formats.safetensors.NamedTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import dev.freebind.formats.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Writes the networks of a bound space as the files of a layout, under the official names. */
public final class CheckpointExport {

    private final Path boundSpace;
    private final PublishedLayout layout;
    private final Format format;

    /** What files are written as. */
    public enum Format {
        /** As {@code torch.save} writes a state dictionary. */
        PT(".pt"),
        /** As safetensors. */
        SAFETENSORS(".safetensors");

        private final String ending;

        Format(String ending) {
            this.ending = ending;
        }
    }

    /**
     * Of a bound space's networks into files of this layout.
     *
     * @param boundSpace its folder
     */
    public CheckpointExport(Path boundSpace, PublishedLayout layout, Format format) {
        this.boundSpace = boundSpace;
        this.layout = layout;
        this.format = format;
    }

    /**
     * Exports.
     *
     * @param output the folder, empty or not there yet
     * @return the files that were written
     * @throws InvalidRequestException if the output is in use
     * @throws DataException if a network is missing or damaged, or a file cannot be written
     */
    public List<Path> run(Path output) {
        if (Files.exists(output)) {
            try (Stream<Path> content = Files.isDirectory(output) ? Files.list(output) : Stream.of(output)) {
                if (content.findAny().isPresent()) {
                    throw new InvalidRequestException(output + " is not an empty folder; choose another");
                }
            } catch (IOException e) {
                throw FileErrors.cannotRead(output, e);
            }
        }
        List<Path> written = new ArrayList<>();
        for (String file : layout.files()) {
            Path target = output.resolve(file + format.ending);
            write(file, target);
            written.add(target);
        }
        return written;
    }

    private void write(String file, Path target) {
        List<SafetensorsFile> open = new ArrayList<>();
        try {
            List<NamedTensor> tensors = new ArrayList<>();
            for (ProjectorPlace place : layout.projectors()) {
                if (place.file().equals(file)) {
                    add(place.key().file(), place.prefix(), place.architecture().tensors(), open, tensors);
                }
            }
            for (RouterPlace place : layout.routers()) {
                if (place.file().equals(file)) {
                    add(place.key().file(), place.prefix(), RouterFile.names(), open, tensors);
                }
            }
            for (EncoderPlace place : layout.encoders()) {
                if (place.file().equals(file)) {
                    SafetensorsFile encoder = SafetensorsFile.open(boundSpace.resolve(place.network()));
                    open.add(encoder);
                    encoder.tensors().keySet().forEach(name -> add(encoder, place.prefix(), name, tensors));
                    place.constants()
                            .forEach((name, value) ->
                                    tensors.add(NamedTensor.of(place.prefix() + name, new float[] {value})));
                }
            }
            if (format == Format.PT) {
                PyTorchWriter.write(target, tensors);
            } else {
                SafetensorsWriter.write(target, tensors, Map.of());
            }
        } finally {
            open.forEach(SafetensorsFile::close);
        }
    }

    /** Adds the tensors of one network, each read when it is written. */
    private void add(
            String network, String prefix, List<String> names, List<SafetensorsFile> open, List<NamedTensor> tensors) {
        SafetensorsFile file = SafetensorsFile.open(boundSpace.resolve(network));
        open.add(file);
        names.forEach(name -> add(file, prefix, name, tensors));
    }

    private static void add(SafetensorsFile file, String prefix, String name, List<NamedTensor> tensors) {
        long[] shape = file.tensor(name).shape().lengths().stream()
                .mapToLong(Long::longValue)
                .toArray();
        tensors.add(
                file.tensor(name).type() == ElementType.I64
                        ? NamedTensor.of(prefix + name, file.longs(name), shape)
                        : NamedTensor.deferred(prefix + name, () -> file.floats(name), shape));
    }
}
