package dev.freebind.formats.npy;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import java.nio.ByteOrder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** NumPy's names for element types, such as {@code <f4}. */
final class NpyType {

    private static final Map<String, ElementType> TYPES = Map.ofEntries(
            Map.entry("f2", ElementType.F16),
            Map.entry("f4", ElementType.F32),
            Map.entry("f8", ElementType.F64),
            Map.entry("i1", ElementType.I8),
            Map.entry("i2", ElementType.I16),
            Map.entry("i4", ElementType.I32),
            Map.entry("i8", ElementType.I64),
            Map.entry("u1", ElementType.U8),
            Map.entry("u2", ElementType.U16),
            Map.entry("u4", ElementType.U32),
            Map.entry("u8", ElementType.U64),
            Map.entry("b1", ElementType.BOOL));

    private NpyType() {}

    /** The type of a code with its byte order cut off, or null if it is not one. */
    static @Nullable ElementType parse(String code) {
        return TYPES.get(code);
    }

    /** Whether a type can be stored in npy; NumPy has no bfloat16. */
    static boolean has(ElementType type) {
        return TYPES.containsValue(type);
    }

    /** The code with its byte order. */
    static String code(ElementType type, ByteOrder order) {
        for (Map.Entry<String, ElementType> entry : TYPES.entrySet()) {
            if (entry.getValue() == type) {
                String mark = type.bytes() == 1 ? "|" : order == ByteOrder.LITTLE_ENDIAN ? "<" : ">";
                return mark + entry.getKey();
            }
        }
        throw new InvalidRequestException("npy files cannot hold " + type + "; use F16 or F32");
    }
}
