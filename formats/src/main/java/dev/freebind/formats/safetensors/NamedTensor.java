package dev.freebind.formats.safetensors;

import dev.freebind.api.InvalidRequestException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import java.util.function.Supplier;

/** A tensor to be written. The values are not copied and not to be changed before they are written. */
public sealed interface NamedTensor {

    /** Name in the file. */
    String name();

    /** Type the values are stored as. */
    ElementType type();

    /** Lengths of the dimensions; their product is the number of values. */
    Shape shape();

    /** Single-precision values, stored as F32. */
    static NamedTensor of(String name, float[] values, long... shape) {
        return new Floats(name, ElementType.F32, Shape.of(shape), values);
    }

    /** Single-precision values, stored as F32, that are asked for when it is their turn: all of a large model need no memory. */
    static NamedTensor deferred(String name, Supplier<float[]> values, long... shape) {
        return new Deferred(name, ElementType.F32, Shape.of(shape), values);
    }

    /** 64-bit integers, stored as I64. */
    static NamedTensor of(String name, long[] values, long... shape) {
        return new Integers(name, ElementType.I64, Shape.of(shape), values);
    }

    /**
     * Floating-point values.
     *
     * @param name name in the file
     * @param type F16 or BF16 (rounded to the nearest), F32 or F64
     * @param shape lengths of the dimensions
     * @param values in C order
     */
    record Floats(String name, ElementType type, Shape shape, float[] values) implements NamedTensor {
        /**
         * Checks.
         *
         * @throws InvalidRequestException if the values do not fill the shape, or the type is one of whole numbers
         */
        public Floats {
            check(name, type.isFloating(), type, shape, values.length);
        }
    }

    /**
     * Whole numbers.
     *
     * @param name name in the file
     * @param type any type of whole numbers; BOOL for 0 and 1
     * @param shape lengths of the dimensions
     * @param values in C order, each in the range of the type (U64: up to the largest {@code long})
     */
    record Integers(String name, ElementType type, Shape shape, long[] values) implements NamedTensor {
        /**
         * Checks.
         *
         * @throws InvalidRequestException if the values do not fill the shape, one is out of range, or the type is
         *     floating-point
         */
        public Integers {
            check(name, !type.isFloating(), type, shape, values.length);
            long least = switch (type) {
                case I8 -> Byte.MIN_VALUE;
                case I16 -> Short.MIN_VALUE;
                case I32 -> Integer.MIN_VALUE;
                case I64 -> Long.MIN_VALUE;
                default -> 0;
            };
            long most = switch (type) {
                case BOOL -> 1;
                case I8 -> Byte.MAX_VALUE;
                case U8 -> 0xff;
                case I16 -> Short.MAX_VALUE;
                case U16 -> 0xffff;
                case I32 -> Integer.MAX_VALUE;
                case U32 -> 0xffffffffL;
                default -> Long.MAX_VALUE;
            };
            for (long value : values) {
                if (value < least || value > most) {
                    throw new InvalidRequestException(
                            "tensor '" + name + "': " + value + " is not in the range of " + type);
                }
            }
        }
    }

    /**
     * Floating-point values that are asked for when they are written.
     *
     * @param name name in the file
     * @param type F16 or BF16 (rounded to the nearest), F32 or F64
     * @param shape lengths of the dimensions
     * @param source gives the values in C order; asked once
     */
    record Deferred(String name, ElementType type, Shape shape, Supplier<float[]> source) implements NamedTensor {
        /**
         * Asks for the values.
         *
         * @throws InvalidRequestException if they do not fill the shape
         */
        public Floats values() {
            return new Floats(name, type, shape, source.get());
        }
    }

    private static void check(String name, boolean typeFits, ElementType type, Shape shape, int values) {
        if (!typeFits) {
            throw new InvalidRequestException("tensor '" + name + "': such values cannot be stored as " + type);
        }
        if (shape.elements() != values) {
            throw new InvalidRequestException(
                    "tensor '" + name + "': " + values + " values do not fill shape " + shape);
        }
    }
}
