package dev.freebind.formats.pytorch;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.AtomicFile;
import dev.freebind.formats.BFloat16;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Float16;
import dev.freebind.formats.safetensors.NamedTensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/**
 * Writes a state dictionary as {@code torch.save} would, atomically: an ordered dictionary of contiguous tensors on the CPU,
 * each with a storage of its own. The same tensors give the same bytes.
 *
 * <p>What it writes needs nothing but {@code collections.OrderedDict} and the tensor functions, so that {@code torch.load} reads
 * it with {@code weights_only=True} as well.
 */
public final class PyTorchWriter {

    /** A larger file, or more entries, would need ZIP64. */
    private static final long MOST_BYTES = 0xffff_fff0L;

    private static final int MOST_TENSORS = 65_000;
    private static final int ALIGNMENT = 64;
    private static final int CHUNK_BYTES = 1 << 17;

    private PyTorchWriter() {}

    /**
     * Writes a file.
     *
     * @param target the file's name
     * @param tensors in the order of the dictionary, names unique
     * @throws InvalidRequestException if two tensors have one name, a type has no PyTorch storage, or the file would be larger
     *     than 4 GiB
     * @throws dev.freebind.api.DataException if the file cannot be written, naming file and cause
     */
    public static void write(Path target, List<NamedTensor> tensors) {
        check(target, tensors);
        String root = root(target);
        try (AtomicFile file = AtomicFile.create(target)) {
            Archive archive = new Archive(file);
            archive.add(root + "/data.pkl", pickle(tensors));
            for (int i = 0; i < tensors.size(); i++) {
                NamedTensor tensor = tensors.get(i);
                archive.add(
                        root + "/data/" + i,
                        tensor instanceof NamedTensor.Deferred deferred ? deferred.values() : tensor);
            }
            archive.add(root + "/version", "3\n".getBytes(StandardCharsets.US_ASCII));
            archive.finish();
            file.commit();
        }
    }

    private static void check(Path target, List<NamedTensor> tensors) {
        Set<String> names = new HashSet<>();
        long bytes = 1 << 20;
        for (NamedTensor tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new InvalidRequestException(target + ": tensor name '" + tensor.name() + "' is used twice");
            }
            storage(tensor);
            bytes += tensor.shape().bytes(tensor.type()) + 1024;
        }
        if (bytes > MOST_BYTES || tensors.size() > MOST_TENSORS) {
            throw new InvalidRequestException(target + ": " + tensors.size() + " tensors of " + (bytes >> 20)
                    + " MiB do not fit a PyTorch file of 4 GiB; write safetensors instead");
        }
    }

    /** The folder in the archive, which PyTorch names after the file. */
    private static String root(Path target) {
        String name = target.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static String storage(NamedTensor tensor) {
        return switch (tensor.type()) {
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            case F32 -> "FloatStorage";
            case F64 -> "DoubleStorage";
            case I64 -> "LongStorage";
            case I32 -> "IntStorage";
            case I16 -> "ShortStorage";
            case I8 -> "CharStorage";
            case U8 -> "ByteStorage";
            case BOOL -> "BoolStorage";
            default ->
                throw new InvalidRequestException(
                        "tensor '" + tensor.name() + "': PyTorch has no storage of type " + tensor.type());
        };
    }

    // ---- the pickle, protocol 2

    private static byte[] pickle(List<NamedTensor> tensors) {
        Pickle pickle = new Pickle();
        pickle.operation(0x80).operation(2);
        pickle.global("collections", "OrderedDict").operation(')').operation('R');
        pickle.operation('(');
        for (int i = 0; i < tensors.size(); i++) {
            NamedTensor tensor = tensors.get(i);
            List<Long> shape = tensor.shape().lengths();
            pickle.text(tensor.name());
            pickle.global("torch._utils", "_rebuild_tensor_v2").operation('(');
            pickle.operation('(')
                    .text("storage")
                    .global("torch", storage(tensor))
                    .text(Integer.toString(i))
                    .text("cpu")
                    .number(tensor.shape().elements())
                    .operation('t')
                    .operation('Q');
            pickle.number(0).numbers(shape).numbers(strides(shape)).operation(0x89);
            pickle.global("collections", "OrderedDict").operation(')').operation('R');
            pickle.operation('t').operation('R');
        }
        pickle.operation('u').operation('.');
        return pickle.bytes.toByteArray();
    }

    private static List<Long> strides(List<Long> shape) {
        List<Long> strides = new ArrayList<>();
        long stride = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            strides.add(0, stride);
            stride *= shape.get(i);
        }
        return strides;
    }

    /** Opcodes of the pickle language, one method each for those with operands. */
    private static final class Pickle {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Pickle operation(int code) {
            bytes.write(code);
            return this;
        }

        Pickle global(String module, String name) {
            bytes.write('c');
            bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
            return this;
        }

        Pickle text(String value) {
            byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
            bytes.write('X');
            bytes.writeBytes(little(4).putInt(encoded.length).array());
            bytes.writeBytes(encoded);
            return this;
        }

        Pickle number(long value) {
            if (value <= Integer.MAX_VALUE) {
                bytes.write('J');
                bytes.writeBytes(little(4).putInt((int) value).array());
            } else {
                bytes.write(0x8a);
                bytes.write(8);
                bytes.writeBytes(little(8).putLong(value).array());
            }
            return this;
        }

        Pickle numbers(List<Long> values) {
            operation('(');
            values.forEach(this::number);
            return operation('t');
        }
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    // ---- the archive: stored entries whose data lies at multiples of 64

    /** Bytes that are sent twice: for the checksum in front of them, and to the file. */
    private interface Content {
        void send(Consumer<ByteBuffer> receiver);
    }

    private static final class Archive {
        private final AtomicFile file;
        private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
        private long at;
        private int entries;

        Archive(AtomicFile file) {
            this.file = file;
        }

        void add(String name, byte[] bytes) {
            add(name, bytes.length, receiver -> receiver.accept(ByteBuffer.wrap(bytes)));
        }

        void add(String name, NamedTensor tensor) {
            add(name, tensor.shape().bytes(tensor.type()), receiver -> send(tensor, receiver));
        }

        private void add(String name, long size, Content content) {
            CRC32 checksum = new CRC32();
            content.send(checksum::update);
            byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
            // an extra field "FB" fills up to the alignment, as PyTorch does it
            int padding = (int) (ALIGNMENT - (at + 30 + encoded.length + 4) % ALIGNMENT) % ALIGNMENT;
            long header = at;
            ByteBuffer local = little(30 + encoded.length + 4 + padding);
            local.putInt(0x04034b50);
            common(local, checksum, size, encoded.length);
            local.putShort((short) (4 + padding)).put(encoded);
            local.putShort((short) 0x4246).putShort((short) padding);
            at += local.capacity() + size;
            file.write(local.rewind());
            content.send(file::write);

            ByteBuffer central = little(46 + encoded.length);
            central.putInt(0x02014b50).putShort((short) 0);
            common(central, checksum, size, encoded.length);
            central.putShort((short) 0).putShort((short) 0).putShort((short) 0).putShort((short) 0);
            central.putInt(0).putInt((int) header).put(encoded);
            byte[] described = new byte[central.capacity()];
            central.rewind().get(described);
            directory.writeBytes(described);
            entries++;
        }

        /** The part that local header and directory have in common. */
        private static void common(ByteBuffer header, CRC32 checksum, long size, int nameLength) {
            // version 0, names in UTF-8, stored, midnight of 1 January 1980 as PyTorch writes it
            header.putShort((short) 0)
                    .putShort((short) 0x800)
                    .putShort((short) 0)
                    .putInt(0);
            header.putInt((int) checksum.getValue()).putInt((int) size).putInt((int) size);
            header.putShort((short) nameLength);
        }

        void finish() {
            byte[] central = directory.toByteArray();
            file.write(ByteBuffer.wrap(central));
            ByteBuffer end = little(22).putInt(0x06054b50).putInt(0);
            end.putShort((short) entries).putShort((short) entries);
            end.putInt(central.length).putInt((int) at).putShort((short) 0);
            file.write(end.rewind());
        }
    }

    private static void send(NamedTensor tensor, Consumer<ByteBuffer> receiver) {
        ByteBuffer buffer = little(CHUNK_BYTES);
        if (tensor instanceof NamedTensor.Floats floats) {
            for (float value : floats.values()) {
                makeRoom(buffer, receiver);
                put(buffer, tensor.type(), value);
            }
        } else if (tensor instanceof NamedTensor.Integers integers) {
            for (long value : integers.values()) {
                makeRoom(buffer, receiver);
                put(buffer, tensor.type().bytes(), value);
            }
        }
        receiver.accept(buffer.flip());
    }

    private static void makeRoom(ByteBuffer buffer, Consumer<ByteBuffer> receiver) {
        if (buffer.remaining() < Long.BYTES) {
            receiver.accept(buffer.flip());
            buffer.clear();
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
}
