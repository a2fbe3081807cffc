package dev.freebind.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes SentencePiece models, right and wrong ones, field by field. */
public final class ModelFile {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A model as LLaMA's: unknown and control pieces and the 256 bytes, BPE, no normalisation. */
    public static ModelFile like() {
        ModelFile model = new ModelFile()
                .message(2, new ModelFile().varint(3, 2).varint(35, 1))
                .message(3, new ModelFile().varint(4, 0))
                .piece("<unk>", 0, 2)
                .piece("<s>", 0, 3)
                .piece("</s>", 0, 3);
        for (int b = 0; b < 256; b++) {
            model.piece(String.format("<0x%02X>", b), 0, 6);
        }
        return model;
    }

    public ModelFile piece(String text, float score, int type) {
        return message(
                1,
                new ModelFile()
                        .bytes(1, text.getBytes(StandardCharsets.UTF_8))
                        .float32(2, score)
                        .varint(3, type));
    }

    public ModelFile message(int field, ModelFile message) {
        return bytes(field, message.toBytes());
    }

    public ModelFile bytes(int field, byte[] value) {
        number((long) field << 3 | 2);
        number(value.length);
        out.writeBytes(value);
        return this;
    }

    public ModelFile float32(int field, float value) {
        number((long) field << 3 | 5);
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
        return this;
    }

    public ModelFile varint(int field, long value) {
        number((long) field << 3);
        number(value);
        return this;
    }

    public ModelFile raw(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    public byte[] toBytes() {
        return out.toByteArray();
    }

    private void number(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
