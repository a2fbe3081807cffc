package dev.freebind.formats.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import dev.freebind.formats.pytorch.PickleAssembler;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PickledDictionaryTest {

    @Test
    void anArrayIsReadAsNumpyWroteIt() {
        PickledDictionary dictionary = read(pickled("numpy.core.multiarray", p -> array(p, "f4", 8, List.of(1L, 2L))));

        assertThat(dictionary.keys()).containsExactly("xyz");
        assertThat(dictionary.array("xyz").shape().lengths()).containsExactly(1L, 2L);
        assertThat(dictionary.array("xyz").floats()).hasSize(2);
    }

    @Test
    void newNumpyNamesItsModulesOtherwise() {
        PickledDictionary dictionary = read(pickled("numpy._core.multiarray", p -> array(p, "f4", 8, List.of(2L))));

        assertThat(dictionary.array("xyz").shape().lengths()).containsExactly(2L);
    }

    @Test
    void onlyTheHeaderTellsObjectsFromNumbers() {
        byte[] numbers = new byte[NpyArray.of(new float[2], 2).encoded().remaining()];
        NpyArray.of(new float[2], 2).encoded().get(numbers);

        assertThat(PickledDictionary.isIn(ByteBuffer.wrap(numbers), "a.npy")).isFalse();
        assertThat(PickledDictionary.isIn(ByteBuffer.wrap(file(new byte[0])), "a.npy"))
                .isTrue();
        assertThatThrownBy(() -> read(numbers)).hasMessageContaining("holds an array of numbers");
    }

    @ParameterizedTest
    @CsvSource({
        "os,system",
        "builtins,eval",
        "numpy,load",
        "numpy.core.multiarray,fromfile",
        "numpy._core.numeric,_frombuffer"
    })
    void anyNameButThoseOfArraysIsRefusedBeforeItIsUsed(String module, String name) {
        byte[] file = pickled(
                "numpy.core.multiarray",
                p -> p.global(module, name).op("(").text("touch x").op("tR"));

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("a.npy: mentions '" + module + "." + name + "'")
                .hasMessageContaining("nothing was executed");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 1L << 40, Long.MAX_VALUE, -1})
    void aShapeThatLiesTakesNoMemory(long rows) {
        PickledDictionary dictionary =
                read(pickled("numpy.core.multiarray", p -> array(p, "f4", 8, List.of(rows, 1L))));

        assertThatThrownBy(() -> dictionary.array("xyz"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("a.npy, 'xyz'");
    }

    @Test
    void aTypeThatIsNotOfNumbersIsRefusedOnlyWhenAskedFor() {
        PickledDictionary dictionary = read(pickled("numpy.core.multiarray", p -> array(p, "U2", 8, List.of(1L))));

        assertThatThrownBy(() -> dictionary.array("xyz")).hasMessageContaining("dtype 'U2' is not read");
    }

    @Test
    void aMissingKeyAndAValueThatIsNoArrayAreNamed() {
        PickledDictionary dictionary = read(pickled("numpy.core.multiarray", p -> p.text("points")));

        assertThatThrownBy(() -> dictionary.array("xyz")).hasMessage("a.npy: 'xyz' is a text, not an array");
        assertThatThrownBy(() -> dictionary.array("rgb")).hasMessage("a.npy: has no key 'rgb'");
    }

    @Test
    void whatIsNotADictionaryInAnArrayIsRefused() {
        assertThatThrownBy(() -> read(file(new PickleAssembler().op("}").stop())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("not one dictionary of arrays");
        assertThatThrownBy(
                        () -> read(file(new PickleAssembler().text("x").op("Q").stop())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("refers to something outside");
    }

    @Test
    void aDictionaryThatContainsItselfAndDeepNestingDoNoHarm() {
        byte[] circle = pickled(
                "numpy.core.multiarray", p -> p.op("}q\u0007").text("self").op("h\u0007s"));
        byte[] deep = pickled("numpy.core.multiarray", p -> {
            p.op("]".repeat(100_000));
            return p.op("a".repeat(99_999));
        });

        assertThatThrownBy(() -> read(circle).array("xyz")).hasMessageContaining("is a dictionary");
        assertThatThrownBy(() -> read(deep).array("xyz")).hasMessageContaining("is a list");
    }

    private static PickledDictionary read(byte[] file) {
        return PickledDictionary.read(ByteBuffer.wrap(file), "a.npy");
    }

    /** An array of one dictionary whose key xyz has the value. */
    private static byte[] pickled(String module, UnaryOperator<PickleAssembler> value) {
        PickleAssembler pickle = reconstruct(new PickleAssembler(), module);
        pickle.op("(").number(1).op(")");
        type(pickle, "O8").raw(0x89).op("]}").text("xyz");
        value.apply(pickle).op("sa");
        return file(pickle.op("tb").stop());
    }

    private static PickleAssembler reconstruct(PickleAssembler pickle, String module) {
        return pickle.global(module, "_reconstruct")
                .global("numpy", "ndarray")
                .number(0)
                .raw(0x85)
                .op("C\u0001b")
                .raw(0x87)
                .op("R");
    }

    private static PickleAssembler type(PickleAssembler pickle, String code) {
        return pickle.global("numpy", "dtype")
                .text(code)
                .raw(0x89, 0x88, 0x87)
                .op("R(")
                .number(3)
                .text("<")
                .op("NNNtb");
    }

    private static PickleAssembler array(PickleAssembler pickle, String code, int bytes, List<Long> shape) {
        reconstruct(pickle, "numpy.core.multiarray").op("(").number(1).numbers(shape);
        return type(pickle, code)
                .raw(0x89)
                .op("C")
                .raw(bytes)
                .op("\u0000".repeat(bytes))
                .op("tb");
    }

    private static byte[] file(byte[] pickle) {
        String dictionary = "{'descr': '|O', 'fortran_order': False, 'shape': (), }\n";
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) dictionary.length(), 0});
        file.writeBytes(dictionary.getBytes(StandardCharsets.ISO_8859_1));
        file.writeBytes(pickle);
        return file.toByteArray();
    }
}
