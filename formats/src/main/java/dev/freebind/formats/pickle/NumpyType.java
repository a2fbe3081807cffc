package dev.freebind.formats.pickle;

import java.nio.ByteOrder;

/** A {@code numpy.dtype} on its way through an {@link Unpickler}: its byte order arrives as a state after it was made. */
public final class NumpyType {

    private final String code;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    /**
     * A little-endian type.
     *
     * @param code kind and bytes, such as {@code f4}; not checked
     */
    public NumpyType(String code) {
        this.code = code;
    }

    /** Kind and bytes, such as {@code f4}, whatever the pickle says. */
    public String code() {
        return code;
    }

    /** Order of the bytes of one number. */
    public ByteOrder order() {
        return order;
    }

    /** Takes the byte order from {@code (version, order, …)}; says whether the state has that form. */
    public boolean build(Object state) {
        if (state instanceof Unpickler.Tuple tuple
                && tuple.items().size() > 1
                && tuple.items().get(1) instanceof String mark) {
            order = mark.equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            return true;
        }
        return false;
    }
}
