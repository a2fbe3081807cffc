package dev.freebind.formats.pytorch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes pickles opcode by opcode, also ones that Python never would. */
public final class PickleAssembler {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Begins with the protocol that {@code torch.save} uses. */
    public PickleAssembler() {
        raw(0x80, 2);
    }

    /** Opcodes and arguments as they are. */
    public PickleAssembler raw(int... values) {
        for (int value : values) {
            bytes.write(value);
        }
        return this;
    }

    /** Characters as opcodes. */
    public PickleAssembler op(String opcodes) {
        bytes.writeBytes(opcodes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    public PickleAssembler global(String module, String name) {
        return op("c" + module + "\n" + name + "\n");
    }

    public PickleAssembler text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        op("X").little(utf8.length, 4);
        bytes.writeBytes(utf8);
        return this;
    }

    public PickleAssembler number(long value) {
        return raw(0x8a, 8).little(value, 8);
    }

    private PickleAssembler little(long value, int count) {
        byte[] all = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        bytes.write(all, 0, count);
        return this;
    }

    public PickleAssembler numbers(List<Long> values) {
        op("(");
        values.forEach(this::number);
        return op("t");
    }

    /** A storage that was on a GPU. */
    public PickleAssembler storage(String type, String key, long elements) {
        return op("(").text("storage")
                .global("torch", type)
                .text(key)
                .text("cuda:3")
                .number(elements)
                .op("tQ");
    }

    public PickleAssembler tensor(
            String type, String key, long stored, long offset, List<Long> shape, List<Long> strides) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .op("(")
                .storage(type, key, stored)
                .number(offset)
                .numbers(shape)
                .numbers(strides)
                .raw(0x89)
                .global("collections", "OrderedDict")
                .op(")RtR");
    }

    /** A contiguous vector that is its storage. */
    public PickleAssembler vector(String type, String key, long elements) {
        return tensor(type, key, elements, 0, List.of(elements), List.of(1L));
    }

    public byte[] stop() {
        return op(".").bytes.toByteArray();
    }
}
