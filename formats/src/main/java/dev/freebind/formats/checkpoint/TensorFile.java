package dev.freebind.formats.checkpoint;

import dev.freebind.api.DataException;
import dev.freebind.formats.FileErrors;
import dev.freebind.formats.pytorch.PyTorchFile;
import dev.freebind.formats.pytorch.PyTorchTensor;
import dev.freebind.formats.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** One open file of a checkpoint. */
sealed interface TensorFile extends TensorSource, AutoCloseable {

    /** Bytes in front of a safetensors header: its length. */
    int LENGTH_BYTES = 8;

    /**
     * Opens a file in the format that its first bytes show, whatever its name.
     *
     * @throws DataException if it is missing or damaged, or in another format
     */
    static TensorFile open(Path path, TensorSelection selection) {
        byte[] beginning;
        try (InputStream input = Files.newInputStream(path)) {
            beginning = input.readNBytes(LENGTH_BYTES + 1);
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e);
        }
        if (beginning.length > LENGTH_BYTES && beginning[LENGTH_BYTES] == '{') {
            return Safetensors.open(path, selection);
        }
        return PyTorch.open(path, selection);
    }

    Path path();

    @Override
    default String origin() {
        return path().toString();
    }

    @Override
    void close();

    /** A safetensors file; a dictionary chosen explicitly is the common beginning of names. */
    record Safetensors(SafetensorsFile file, String begin, Map<String, TensorSummary> tensors) implements TensorFile {

        static Safetensors open(Path path, TensorSelection selection) {
            SafetensorsFile file = SafetensorsFile.open(path);
            Map<String, TensorSummary> all = new LinkedHashMap<>();
            file.tensors().forEach((name, tensor) -> all.put(name, new TensorSummary(tensor.type(), tensor.shape())));
            String dictionary = selection.dictionary();
            String begin = dictionary == null || dictionary.isEmpty() ? "" : dictionary + ".";
            return new Safetensors(file, begin, below(begin, all));
        }

        @Override
        public Path path() {
            return file.path();
        }

        @Override
        public void read(String name, FloatBuffer target) {
            file.read(begin + name, target);
        }

        @Override
        public void readRows(String name, long first, long count, FloatBuffer target) {
            file.readRows(begin + name, first, count, target);
        }

        @Override
        public void readBytes(String name, ByteBuffer target) {
            file.readBytes(begin + name, target);
        }

        @Override
        public float[] floats(String name) {
            return file.floats(begin + name);
        }

        @Override
        public long[] longs(String name) {
            return file.longs(begin + name);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** A file of {@code torch.save}. */
    record PyTorch(PyTorchFile file, String begin, Map<String, TensorSummary> tensors) implements TensorFile {

        static PyTorch open(Path path, TensorSelection selection) {
            PyTorchFile file = PyTorchFile.open(path);
            Map<String, TensorSummary> all = new LinkedHashMap<>();
            file.tensors().forEach((name, tensor) -> all.put(name, new TensorSummary(tensor.type(), tensor.shape())));
            String dictionary = selection.dictionary() != null ? selection.dictionary() : usualDictionary(file);
            String begin = dictionary.isEmpty() ? "" : dictionary + ".";
            return new PyTorch(file, begin, below(begin, all));
        }

        private static String usualDictionary(PyTorchFile file) {
            if (file.value() instanceof Map<?, ?> top
                    && top.values().stream().noneMatch(PyTorchTensor.class::isInstance)) {
                for (String name : TensorSelection.USUAL_DICTIONARIES) {
                    if (top.get(name) instanceof Map) {
                        return name;
                    }
                }
            }
            return "";
        }

        @Override
        public Path path() {
            return file.path();
        }

        @Override
        public void read(String name, FloatBuffer target) {
            file.read(begin + name, target);
        }

        @Override
        public void readRows(String name, long first, long count, FloatBuffer target) {
            file.readRows(begin + name, first, count, target);
        }

        @Override
        public void readBytes(String name, ByteBuffer target) {
            file.readBytes(begin + name, target);
        }

        @Override
        public float[] floats(String name) {
            return file.floats(begin + name);
        }

        @Override
        public long[] longs(String name) {
            return file.longs(begin + name);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    private static Map<String, TensorSummary> below(String begin, Map<String, TensorSummary> all) {
        Map<String, TensorSummary> below = new LinkedHashMap<>();
        all.forEach((name, tensor) -> {
            if (name.startsWith(begin)) {
                below.put(name.substring(begin.length()), tensor);
            }
        });
        return Collections.unmodifiableMap(below);
    }
}
