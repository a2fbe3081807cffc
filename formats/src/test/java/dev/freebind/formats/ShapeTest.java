package dev.freebind.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freebind.api.DataException;
import org.junit.jupiter.api.Test;

class ShapeTest {

    @Test
    void elementsAreTheProductOfTheLengths() {
        assertThat(Shape.of().elements()).isEqualTo(1);
        assertThat(Shape.of(3, 4).elements()).isEqualTo(12);
        assertThat(Shape.of(3, 0, 4).elements()).isZero();
        assertThat(Shape.of(3, 4).bytes(ElementType.F16)).isEqualTo(24);
    }

    @Test
    void itReadsAsInPython() {
        assertThat(Shape.of()).hasToString("()");
        assertThat(Shape.of(5)).hasToString("(5,)");
        assertThat(Shape.of(3, 4)).hasToString("(3, 4)");
    }

    @Test
    void negativeAndOverflowingShapesAreRefused() {
        assertThatThrownBy(() -> Shape.of(3, -1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("negative");
        assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40)).isInstanceOf(DataException.class);
        assertThatThrownBy(() -> Shape.of(0, 1L << 40, 1L << 40)).isInstanceOf(DataException.class);
        assertThatThrownBy(() -> Shape.of(1L << 62).bytes(ElementType.F32)).isInstanceOf(DataException.class);
    }
}
