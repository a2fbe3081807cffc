package dev.freebind.tensorflow.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShiftedWindowsTest {

    @Test
    void windowsAreTakenRowByRow() {
        assertThat(new ShiftedWindows(4, 2, 0).order())
                .containsExactly(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
    }

    @Test
    void aShiftRollsTheSquareUpAndToTheLeftFirst() {
        assertThat(new ShiftedWindows(4, 2, 1).order())
                .containsExactly(5, 6, 9, 10, 7, 4, 11, 8, 13, 14, 1, 2, 15, 12, 3, 0);
    }

    @ParameterizedTest
    @CsvSource({"4, 2, 1", "8, 4, 2", "6, 3, 1", "8, 8, 0"})
    void theInverseUndoesTheOrder(int side, int window, int shift) {
        ShiftedWindows windows = new ShiftedWindows(side, window, shift);
        int[] order = windows.order();
        int[] inverse = windows.inverse();
        for (int i = 0; i < order.length; i++) {
            assertThat(inverse[order[i]]).isEqualTo(i);
        }
    }

    @Test
    void tokensAreKeptApartExactlyWhereTheRollingBroughtThemTogether() {
        ShiftedWindows windows = new ShiftedWindows(6, 3, 1);
        int[] order = windows.order();
        float[] mask = windows.mask();
        int tokens = windows.tokens();
        assertThat(mask).hasSize(windows.count() * tokens * tokens);
        for (int window = 0; window < windows.count(); window++) {
            for (int query = 0; query < tokens; query++) {
                for (int key = 0; key < tokens; key++) {
                    int from = order[window * tokens + query];
                    int to = order[window * tokens + key];
                    // In the square itself, tokens of one window are less than a window apart.
                    boolean together = Math.abs(from / 6 - to / 6) < 3 && Math.abs(from % 6 - to % 6) < 3;
                    assertThat(mask[(window * tokens + query) * tokens + key])
                            .as("window %d, %d and %d", window, from, to)
                            .isEqualTo(together ? 0f : -100f);
                }
            }
        }
    }

    @Test
    void withoutAShiftNothingIsKeptApart() {
        assertThat(new ShiftedWindows(4, 2, 0).mask()).containsOnly(0f);
    }

    @Test
    void relativePositionsCountDifferencesFromKeyToQuery() {
        // For windows of 2, differences −1, 0, 1 in each direction: 9 rows of the table, the middle for no difference.
        assertThat(ShiftedWindows.relativePositions(2)).containsExactly(4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4);
    }

    @ParameterizedTest
    @CsvSource({"4, 3, 0", "4, 0, 0", "4, 2, 2", "4, 2, -1", "2, 4, 0"})
    void windowsThatDoNotFitAreRefused(int side, int window, int shift) {
        assertThatThrownBy(() -> new ShiftedWindows(side, window, shift))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("square of " + side);
    }
}
