package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import dev.freebind.formats.pickle.NumpyType;
import dev.freebind.formats.pickle.Unpickler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pickle in an npy file of objects: the names that NumPy rebuilds arrays and single numbers from, and no others. An
 * array's content stays as the pickle has it until somebody asks for its numbers, so that arrays of other types do no harm.
 */
final class NumpyUnpickler extends Unpickler {

    private static final int MAX_DIMENSIONS = 64;

    private static final int MAX_CODE_SHOWN = 20;

    /** What a pickle may mention. */
    private enum Name {
        /** {@code (class, shape, type)}: an array whose state follows. */
        RECONSTRUCT,
        /** The class of arrays, an argument of {@link #RECONSTRUCT}. */
        ARRAY,
        /** {@code (code, align, copy)}: a type of numbers, whose byte order follows. */
        TYPE,
        /** {@code (type, bytes)}: a single number, here an array without dimensions. */
        SCALAR
    }

    /** An array, empty until its state has arrived. */
    static final class PickledArray {

        private List<Long> lengths = List.of();
        private @Nullable NumpyType type;
        private boolean fortranOrder;
        private @Nullable Object content;

        /** The only element of an array of objects, or null if this is something else. */
        @Nullable
        Object object() {
            return content instanceof List<?> objects && objects.size() == 1 ? objects.get(0) : null;
        }

        /**
         * The numbers.
         *
         * @param origin how messages name the array
         * @throws DataException if it has none, is in Fortran order, or its shape and type need more or less bytes than it has
         */
        NpyArray numbers(String origin) {
            if (type == null || !(content instanceof byte[] bytes)) {
                throw new DataException(origin + ": is an array of Python objects, not of numbers");
            }
            ElementType elementType = NpyType.parse(type.code());
            if (elementType == null) {
                String code = type.code();
                String shown = code.length() <= MAX_CODE_SHOWN ? code : code.substring(0, MAX_CODE_SHOWN) + "…";
                throw new DataException(origin + ": dtype '" + shown.replaceAll("\\p{Cntrl}", "?")
                        + "' is not read; numbers are (f2, f4, f8, i1 to i8, u1 to u8, b1)");
            }
            Shape shape = shape(origin);
            if (fortranOrder && shape.dimensions() > 1) {
                throw new DataException(origin + ": is stored column by column (Fortran order); save"
                        + " np.ascontiguousarray(array) instead");
            }
            if (shape.bytes(elementType) != bytes.length) {
                throw new DataException(origin + ": shape " + shape + " of type " + type.code() + " needs "
                        + shape.bytes(elementType) + " bytes; " + bytes.length + " are there");
            }
            return new NpyArray(elementType, shape, ByteBuffer.wrap(bytes).order(type.order()), origin);
        }

        private Shape shape(String origin) {
            try {
                Shape shape = new Shape(lengths);
                shape.bytes(ElementType.F64);
                return shape;
            } catch (DataException e) {
                throw new DataException(origin + ": " + e.getMessage(), e);
            }
        }
    }

    private NumpyUnpickler(ByteBuffer pickle, String origin) {
        super(pickle, origin);
    }

    /**
     * Reads a pickle to its end.
     *
     * @param origin how messages name it
     * @return one of the values of {@link Unpickler} or a {@link PickledArray}
     * @throws DataException if it is damaged, too large, or mentions a name that is not allowed
     */
    static Object load(ByteBuffer pickle, String origin) {
        return new NumpyUnpickler(pickle, origin).load();
    }

    @Override
    protected @Nullable Object find(String name) {
        return switch (name) {
            case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct" -> Name.RECONSTRUCT;
            case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar" -> Name.SCALAR;
            case "numpy.ndarray" -> Name.ARRAY;
            case "numpy.dtype" -> Name.TYPE;
            default -> null;
        };
    }

    @Override
    protected String allowed() {
        return "NumPy's arrays are rebuilt from; nothing was executed. If you trust the file, save its arrays alone in"
                + " Python: numpy.savez(file, name=array, …)";
    }

    @Override
    protected Object call(Object called, List<Object> arguments) {
        if (called == Name.RECONSTRUCT && !arguments.isEmpty() && arguments.get(0) == Name.ARRAY) {
            return new PickledArray();
        }
        if (called == Name.TYPE && !arguments.isEmpty() && arguments.get(0) instanceof String code) {
            return new NumpyType(code);
        }
        if (called == Name.SCALAR && arguments.size() == 2 && arguments.get(0) instanceof NumpyType type) {
            PickledArray number = new PickledArray();
            number.type = type;
            number.content = arguments.get(1);
            return number;
        }
        throw damaged("calls " + inWords(called) + " with " + arguments.size()
                + " arguments, which is not how NumPy's arrays are rebuilt");
    }

    @Override
    protected void build(Object value, Object state) {
        if (value instanceof NumpyType type && type.build(state)) {
            return;
        }
        if (value instanceof PickledArray array
                && state instanceof Tuple tuple
                && tuple.items().size() == 5
                && tuple.items().get(1) instanceof Tuple shape
                && tuple.items().get(2) instanceof NumpyType type
                && tuple.items().get(3) instanceof Boolean fortranOrder) {
            array.lengths = lengths(shape);
            array.type = type;
            array.fortranOrder = fortranOrder;
            array.content = tuple.items().get(4);
            return;
        }
        throw damaged("gives " + inWords(value) + " a state that NumPy does not write");
    }

    private List<Long> lengths(Tuple shape) {
        if (shape.items().size() > MAX_DIMENSIONS) {
            throw damaged("has an array of " + shape.items().size() + " dimensions");
        }
        charge(shape.items().size());
        List<Long> lengths = new ArrayList<>();
        for (Object item : shape.items()) {
            if (!(item instanceof Long length)) {
                throw damaged("has " + inWords(item) + " among the lengths of an array");
            }
            lengths.add(length);
        }
        return lengths;
    }

    @Override
    protected String inWords(Object value) {
        return described(value);
    }

    /** A value in words; never its content, which may be endless. */
    public static String described(Object value) {
        if (value instanceof PickledArray) {
            return "an array";
        }
        return value instanceof Name ? "a name" : Unpickler.described(value);
    }
}
