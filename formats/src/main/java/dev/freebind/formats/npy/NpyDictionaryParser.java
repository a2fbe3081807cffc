package dev.freebind.formats.npy;

import dev.freebind.api.DataException;
import dev.freebind.formats.ElementType;
import dev.freebind.formats.Shape;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses the Python dictionary in an npy header: exactly the keys {@code descr}, {@code fortran_order} and {@code shape}, each
 * once, in any order. Nothing else of Python is understood, and nothing nests, so the time is linear in the length.
 */
final class NpyDictionaryParser {

    /** NumPy's own limit is 64. */
    private static final int MAX_DIMENSIONS = 64;

    private static final int SHOWN = 60;

    private final String text;
    private final String origin;
    private int at;

    private boolean objects;
    private @Nullable ElementType type;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private @Nullable Boolean fortranOrder;
    private @Nullable Shape shape;

    NpyDictionaryParser(String text, String origin) {
        this.text = text;
        this.origin = origin;
    }

    /** The header of an array of numbers. */
    NpyHeader parse(long dataOffset) {
        parseEntries();
        if (objects) {
            throw new DataException(
                    origin + ": holds pickled Python objects (dtype 'O'), which are not read here because they can"
                            + " run code; save numbers, for example np.stack(array).astype('float32')");
        }
        if (type == null || fortranOrder == null || shape == null) {
            throw lacking();
        }
        return new NpyHeader(type, order, fortranOrder, shape, dataOffset);
    }

    /** Whether this is the header of an array of pickled objects. */
    boolean holdsObjects() {
        parseEntries();
        if ((type == null && !objects) || fortranOrder == null || shape == null) {
            throw lacking();
        }
        return objects;
    }

    private DataException lacking() {
        return damaged("lacks one of 'descr', 'fortran_order' and 'shape'");
    }

    private void parseEntries() {
        expect('{');
        while (!accept('}')) {
            String key = string();
            expect(':');
            switch (key) {
                case "descr" -> descr();
                case "fortran_order" -> fortranOrder();
                case "shape" -> shape();
                default -> throw damaged("has an unknown key '" + shown(key) + "'");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skipBlanks();
        if (at < text.length()) {
            throw damaged("has something after its end");
        }
    }

    private void descr() {
        if (type != null || objects) {
            throw damaged("gives 'descr' twice");
        }
        skipBlanks();
        if (at < text.length() && text.charAt(at) == '[') {
            throw new DataException(origin + ": holds a structured array; save plain numbers, for example"
                    + " array.astype('float32')");
        }
        String code = string();
        char mark = code.isEmpty() ? ' ' : code.charAt(0);
        if (code.equals("O") || code.startsWith("O", 1)) {
            objects = true;
            return;
        }
        ElementType found = code.isEmpty() ? null : NpyType.parse(code.substring(1));
        if (found == null || "<>|=".indexOf(mark) < 0 || (mark == '|' && found.bytes() > 1)) {
            throw new DataException(origin + ": dtype '" + shown(code)
                    + "' is not read; numbers are (f2, f4, f8, i1 to i8, u1 to u8, b1)");
        }
        type = found;
        order = mark == '>' ? ByteOrder.BIG_ENDIAN : mark == '=' ? ByteOrder.nativeOrder() : ByteOrder.LITTLE_ENDIAN;
    }

    private void fortranOrder() {
        if (fortranOrder != null) {
            throw damaged("gives 'fortran_order' twice");
        }
        skipBlanks();
        if (text.startsWith("True", at)) {
            at += "True".length();
            fortranOrder = true;
        } else if (text.startsWith("False", at)) {
            at += "False".length();
            fortranOrder = false;
        } else {
            throw damaged("has a 'fortran_order' that is neither True nor False");
        }
    }

    private void shape() {
        if (shape != null) {
            throw damaged("gives 'shape' twice");
        }
        List<Long> lengths = new ArrayList<>();
        expect('(');
        while (!accept(')')) {
            if (lengths.size() == MAX_DIMENSIONS) {
                throw damaged("has a shape of more than " + MAX_DIMENSIONS + " dimensions");
            }
            lengths.add(integer());
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        try {
            shape = new Shape(lengths);
        } catch (DataException e) {
            throw new DataException(origin + ": " + e.getMessage(), e);
        }
    }

    private long integer() {
        skipBlanks();
        int start = at;
        if (at < text.length() && text.charAt(at) == '-') {
            at++;
        }
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        String digits = text.substring(start, at);
        if (at < text.length() && text.charAt(at) == 'L') {
            at++; // Python 2 marked long integers.
        }
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw damaged("has the length '" + shown(digits) + "' in its shape");
        }
    }

    private String string() {
        skipBlanks();
        if (at >= text.length() || (text.charAt(at) != '\'' && text.charAt(at) != '"')) {
            throw damaged("lacks a quoted string");
        }
        int end = text.indexOf(text.charAt(at), at + 1);
        if (end < 0 || text.substring(at, end).indexOf('\\') >= 0) {
            throw damaged("has a string that is not closed or has a backslash");
        }
        String string = text.substring(at + 1, end);
        at = end + 1;
        return string;
    }

    private void expect(char wanted) {
        if (!accept(wanted)) {
            throw damaged("lacks a '" + wanted + "'");
        }
    }

    private boolean accept(char wanted) {
        skipBlanks();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void skipBlanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private DataException damaged(String how) {
        return new DataException(
                origin + ": the npy header " + how + " (at character " + at + " of \"" + shown(text.strip()) + "\")");
    }

    private static String shown(String text) {
        String cut = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
