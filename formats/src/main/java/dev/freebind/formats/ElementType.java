package dev.freebind.formats;

/** The type of the numbers in an array. The names are those of safetensors. */
public enum ElementType {
    /** IEEE 754 half precision. */
    F16(2, Kind.FLOATING),
    /** The upper half of a {@link #F32}. */
    BF16(2, Kind.FLOATING),
    /** IEEE 754 single precision. */
    F32(4, Kind.FLOATING),
    /** IEEE 754 double precision. */
    F64(8, Kind.FLOATING),
    /** Signed, 8 bits. */
    I8(1, Kind.INTEGER),
    /** Signed, 16 bits. */
    I16(2, Kind.INTEGER),
    /** Signed, 32 bits. */
    I32(4, Kind.INTEGER),
    /** Signed, 64 bits. */
    I64(8, Kind.INTEGER),
    /** Unsigned, 8 bits. */
    U8(1, Kind.INTEGER),
    /** Unsigned, 16 bits. */
    U16(2, Kind.INTEGER),
    /** Unsigned, 32 bits. */
    U32(4, Kind.INTEGER),
    /** Unsigned, 64 bits. */
    U64(8, Kind.INTEGER),
    /** One byte, 0 or 1. */
    BOOL(1, Kind.INTEGER);

    private enum Kind {
        FLOATING,
        INTEGER
    }

    private final int bytes;
    private final Kind kind;

    ElementType(int bytes, Kind kind) {
        this.bytes = bytes;
        this.kind = kind;
    }

    /** Bytes of one element: 1, 2, 4 or 8. */
    public int bytes() {
        return bytes;
    }

    /** Says whether the elements are floating-point numbers; all others are whole numbers ({@link #BOOL}: 0 and 1). */
    public boolean isFloating() {
        return kind == Kind.FLOATING;
    }
}
