package dev.freebind.formats.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.BFloat16;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Float16;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes {@code .safetensors} files, atomically; the same tensors and metadata give the same bytes.
 *
 * <p>Metadata is ordered by name, because a map's own order may change from one run of Java to the next. Tensors keep the given
 * order in the header. So does the data, unless a tensor would then not lie at a multiple of its element size,
 * which PyTorch needs to share memory with the file: then the data is ordered by falling element size.
 */
public final class SafetensorsWriter {

    private static final String METADATA = "__metadata__";
    private static final int ALIGNMENT = 8;
    private static final int CHUNK_BYTES = 1 << 17;
    private static final JsonFactory JSON = new JsonFactory();

    private SafetensorsWriter() {}

    /**
     * Writes a file.
     *
     * @param target the file's name
     * @param tensors in the order of the header, names unique
     * @param metadata texts to store; may be empty
     * @throws InvalidRequestException if two tensors have one name, or one has the name {@code __metadata__}
     * @throws dev.freebind.api.DataException if the file cannot be written, naming file and cause
     */
    public static void write(Path target, List<NamedTensor> tensors, Map<String, String> metadata) {
        List<NamedTensor> inDataOrder = dataOrder(tensors);
        byte[] header = header(tensors, offsets(target, inDataOrder), metadata);
        try (AtomicFile file = AtomicFile.create(target)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            file.write(buffer.putLong(header.length).flip());
            buffer.clear();
            file.write(ByteBuffer.wrap(header));
            for (NamedTensor tensor : inDataOrder) {
                write(file, buffer, tensor);
            }
            flush(file, buffer);
            file.commit();
        }
    }

    private static List<NamedTensor> dataOrder(List<NamedTensor> tensors) {
        long offset = 0;
        boolean aligned = true;
        for (NamedTensor tensor : tensors) {
            aligned &= offset % tensor.type().bytes() == 0;
            offset += tensor.shape().bytes(tensor.type());
        }
        List<NamedTensor> ordered = new ArrayList<>(tensors);
        if (!aligned) {
            ordered.sort(Comparator.comparingInt(tensor -> -tensor.type().bytes()));
        }
        return ordered;
    }

    private static Map<String, Long> offsets(Path target, List<NamedTensor> inDataOrder) {
        Map<String, Long> offsets = new HashMap<>();
        long offset = 0;
        for (NamedTensor tensor : inDataOrder) {
            if (tensor.name().equals(METADATA) || offsets.put(tensor.name(), offset) != null) {
                throw new InvalidRequestException(
                        target + ": tensor name '" + tensor.name() + "' is used twice or reserved");
            }
            offset += tensor.shape().bytes(tensor.type());
        }
        return offsets;
    }

    private static byte[] header(List<NamedTensor> tensors, Map<String, Long> offsets, Map<String, String> metadata) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart(METADATA);
                for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            for (NamedTensor tensor : tensors) {
                long begin = offsets.getOrDefault(tensor.name(), 0L);
                json.writeObjectFieldStart(tensor.name());
                json.writeStringField("dtype", tensor.type().name());
                json.writeArrayFieldStart("shape");
                for (long length : tensor.shape().lengths()) {
                    json.writeNumber(length);
                }
                json.writeEndArray();
                json.writeArrayFieldStart("data_offsets");
                json.writeNumber(begin);
                json.writeNumber(begin + tensor.shape().bytes(tensor.type()));
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        while (bytes.size() % ALIGNMENT != 0) {
            bytes.write(' ');
        }
        return bytes.toByteArray();
    }

    private static void write(AtomicFile file, ByteBuffer buffer, NamedTensor tensor) {
        int size = tensor.type().bytes();
        if (tensor instanceof NamedTensor.Deferred deferred) {
            write(file, buffer, deferred.values());
        } else if (tensor instanceof NamedTensor.Floats floats) {
            for (float value : floats.values()) {
                makeRoom(file, buffer, size);
                put(buffer, tensor.type(), value);
            }
        } else if (tensor instanceof NamedTensor.Integers integers) {
            for (long value : integers.values()) {
                makeRoom(file, buffer, size);
                put(buffer, size, value);
            }
        }
    }

    private static void put(ByteBuffer buffer, ElementType type, float value) {
        switch (type) {
            case F16 -> buffer.putShort(Float16.fromFloat(value));
            case BF16 -> buffer.putShort(BFloat16.fromFloat(value));
            case F32 -> buffer.putFloat(value);
            default -> buffer.putDouble(value);
        }
    }

    private static void put(ByteBuffer buffer, int size, long value) {
        switch (size) {
            case 1 -> buffer.put((byte) value);
            case 2 -> buffer.putShort((short) value);
            case 4 -> buffer.putInt((int) value);
            default -> buffer.putLong(value);
        }
    }

    private static void makeRoom(AtomicFile file, ByteBuffer buffer, int size) {
        if (buffer.remaining() < size) {
            flush(file, buffer);
        }
    }

    private static void flush(AtomicFile file, ByteBuffer buffer) {
        file.write(buffer.flip());
        buffer.clear();
    }
}
