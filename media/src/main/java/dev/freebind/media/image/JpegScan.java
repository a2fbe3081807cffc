package dev.freebind.media.image;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entropy-coded data of one scan: sequential blocks that are wanted become levels at once, those of a progressive image are
 * collected in the components' coefficients (ITU T.81, annexes F.2 and G.2).
 */
final class JpegScan {

    /**
     * What a scan's header says of a progressive image; a sequential scan has 0, 63, 0, 0.
     *
     * @param start first coefficient, in file order
     * @param end last coefficient
     * @param high bits of precision that earlier scans gave, 0 in a first scan
     * @param low bits of precision still missing after this scan
     */
    record Band(int start, int end, int high, int low) {}

    /** Damaged data; the message continues "the image …". */
    static final class DamagedScanException extends Exception {
        private static final long serialVersionUID = 1L;

        DamagedScanException(String message) {
            super(message);
        }
    }

    private final JpegBits bits;
    private final List<JpegComponent> components;
    private final Band band;
    private final boolean progressive;
    private final int restartInterval;
    private final int[] block = new int[64];
    private int endOfBandRun;

    JpegScan(JpegBits bits, List<JpegComponent> components, Band band, boolean progressive, int restartInterval) {
        this.bits = bits;
        this.components = components;
        this.band = band;
        this.progressive = progressive;
        this.restartInterval = restartInterval;
    }

    /**
     * Reads the scan.
     *
     * @param unitColumns interleaved units per row, for a scan of several components
     * @param unitRows rows of such units
     */
    void read(int unitColumns, int unitRows) throws DamagedScanException {
        boolean single = components.size() == 1;
        JpegComponent first = components.get(0);
        int columns = single ? first.blockColumns : unitColumns;
        int rows = single ? first.blockRows : unitRows;
        int untilRestart = restartInterval;
        int restarts = 0;
        reset();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                if (restartInterval > 0 && untilRestart == 0) {
                    restart(restarts++);
                    untilRestart = restartInterval;
                }
                untilRestart--;
                if (single) {
                    readBlock(first, row, column);
                    continue;
                }
                for (JpegComponent component : components) {
                    for (int v = 0; v < component.vertical; v++) {
                        for (int h = 0; h < component.horizontal; h++) {
                            readBlock(component, row * component.vertical + v, column * component.horizontal + h);
                        }
                    }
                }
            }
            if (bits.overrun()) {
                throw ended(row, rows);
            }
        }
        bits.align();
    }

    private DamagedScanException ended(int row, int rows) {
        return new DamagedScanException(
                bits.position >= bits.content.length
                        ? "is truncated: the data ends in row " + row + " of " + rows + " rows of blocks"
                        : "is damaged: a scan ends early, in row " + row + " of " + rows + " rows of blocks");
    }

    private void reset() {
        for (JpegComponent component : components) {
            component.prediction = 0;
        }
        endOfBandRun = 0;
    }

    private void restart(int index) throws DamagedScanException {
        if (bits.overrun()) {
            throw ended(0, 0);
        }
        bits.align();
        int expected = 0xD0 + (index & 7);
        while (bits.position + 2 < bits.content.length && (bits.content[bits.position + 1] & 0xFF) == 0xFF) {
            bits.position++;
        }
        if (bits.position + 2 > bits.content.length) {
            throw new DamagedScanException("is truncated: restart marker " + index + " is missing");
        }
        int found = bits.content[bits.position + 1] & 0xFF;
        if (found != expected) {
            throw new DamagedScanException("is damaged: restart marker " + Integer.toHexString(expected)
                    + " is expected at byte " + bits.position + ", found is " + Integer.toHexString(found));
        }
        bits.position += 2;
        reset();
    }

    private void readBlock(JpegComponent component, int row, int column) throws DamagedScanException {
        if (!progressive) {
            readSequential(component, row, column);
            return;
        }
        short[] coefficients = component.coefficients;
        if (coefficients == null) {
            throw new IllegalStateException("a progressive component has no room for coefficients");
        }
        int at = (row * component.paddedColumns + column) * 64;
        if (band.start() == 0) {
            if (band.high() == 0) {
                component.prediction += difference(component);
                coefficients[at] = (short) (component.prediction << band.low());
            } else if (bits.take(1) != 0) {
                coefficients[at] |= (short) (1 << band.low());
            }
        } else if (band.high() == 0) {
            readFirst(component, coefficients, at);
        } else {
            refine(component, coefficients, at);
        }
    }

    private int difference(JpegComponent component) throws DamagedScanException {
        int size = bits.symbol(table(component.dc));
        if (size < 0 || size > 15) {
            throw badCode();
        }
        return bits.takeSigned(size);
    }

    private DamagedScanException badCode() {
        return new DamagedScanException("is damaged: an unknown code stands near byte " + bits.position);
    }

    private static JpegHuffmanTable table(@Nullable JpegHuffmanTable table) {
        if (table == null) {
            throw new IllegalStateException("the scan header was not checked");
        }
        return table;
    }

    private void readSequential(JpegComponent component, int row, int column) throws DamagedScanException {
        int[] factors = component.factors;
        if (factors == null) {
            throw new IllegalStateException("the scan header was not checked");
        }
        component.prediction += difference(component);
        int dc = component.prediction * factors[0];
        JpegHuffmanTable table = table(component.ac);
        int[] order = JpegComponent.NATURAL_ORDER;
        int[] coefficients = block;
        int columns = 0;
        int used = 0;
        int k = 1;
        long next = bits.bits;
        int count = bits.count;
        while (k < 64) {
            if (count < 32) {
                bits.bits = next;
                bits.count = count;
                bits.refill();
                next = bits.bits;
                count = bits.count;
            }
            int look = (int) (next >>> (64 - JpegHuffmanTable.LOOKUP_BITS));
            int found = table.coefficients[look];
            int value;
            if (found != 0) {
                k += found >> 8 & 0xFF;
                int length = found & 0xFF;
                next <<= length;
                count -= length;
                value = found >> 16;
            } else {
                found = table.lookup[look];
                if (found == 0) {
                    found = table.longCode((int) (next >>> 48));
                    if (found == 0) {
                        throw badCode();
                    }
                }
                int length = found & 0xFF;
                next <<= length;
                count -= length;
                int size = found >> 8 & 15;
                int zeros = found >> 12 & 15;
                if (size == 0) {
                    if (zeros != 15) {
                        break;
                    }
                    k += 16;
                    continue;
                }
                k += zeros;
                value = (int) (next >>> (64 - size));
                if (value < 1 << (size - 1)) {
                    value -= (1 << size) - 1;
                }
                next <<= size;
                count -= size;
            }
            if (k > 63) {
                throw badCode();
            }
            int natural = order[k];
            if (natural >= 8) {
                columns |= 1 << (natural & 7);
            }
            coefficients[natural] = value * factors[k];
            used = 1;
            k++;
        }
        bits.bits = next;
        bits.count = count;
        if (component.keeps(row, column)) {
            int target = component.offset(row, column);
            if (used == 0) {
                InverseDct.constant(dc, component.plane, target, component.stride);
            } else {
                coefficients[0] = dc;
                InverseDct.transform(coefficients, columns, component.plane, target, component.stride);
            }
        }
        if (used != 0) {
            Arrays.fill(coefficients, 0);
        }
    }

    /** The first scan of a band of a progressive image. */
    private void readFirst(JpegComponent component, short[] coefficients, int at) throws DamagedScanException {
        if (endOfBandRun > 0) {
            endOfBandRun--;
            return;
        }
        JpegHuffmanTable table = table(component.ac);
        int k = band.start();
        while (k <= band.end()) {
            int symbol = bits.symbol(table);
            if (symbol < 0) {
                throw badCode();
            }
            int zeros = symbol >> 4;
            int size = symbol & 15;
            if (size == 0) {
                if (zeros < 15) {
                    endOfBandRun = (1 << zeros) - 1 + bits.take(zeros);
                    return;
                }
                k += 16;
                continue;
            }
            k += zeros;
            if (k > 63) {
                throw badCode();
            }
            coefficients[at + JpegComponent.NATURAL_ORDER[k]] = (short) (bits.takeSigned(size) << band.low());
            k++;
        }
    }

    /** A later scan of a band: one more bit of every coefficient that is not 0, and new ones between them. */
    private void refine(JpegComponent component, short[] coefficients, int at) throws DamagedScanException {
        short bit = (short) (1 << band.low());
        int k = band.start();
        if (endOfBandRun == 0) {
            JpegHuffmanTable table = table(component.ac);
            while (k <= band.end()) {
                int symbol = bits.symbol(table);
                if (symbol < 0) {
                    throw badCode();
                }
                int zeros = symbol >> 4;
                int size = symbol & 15;
                short value = 0;
                if (size == 0) {
                    if (zeros < 15) {
                        endOfBandRun = (1 << zeros) + bits.take(zeros);
                        break;
                    }
                } else {
                    value = bits.take(1) != 0 ? bit : (short) -bit;
                }
                for (; k <= band.end(); k++) {
                    int index = at + JpegComponent.NATURAL_ORDER[k];
                    if (coefficients[index] != 0) {
                        refineOne(coefficients, index, bit);
                    } else if (zeros-- == 0) {
                        coefficients[index] = value;
                        k++;
                        break;
                    }
                }
            }
        }
        if (endOfBandRun > 0) {
            for (; k <= band.end(); k++) {
                int index = at + JpegComponent.NATURAL_ORDER[k];
                if (coefficients[index] != 0) {
                    refineOne(coefficients, index, bit);
                }
            }
            endOfBandRun--;
        }
    }

    private void refineOne(short[] coefficients, int index, short bit) {
        if (bits.take(1) != 0 && (coefficients[index] & bit) == 0) {
            coefficients[index] += coefficients[index] >= 0 ? bit : (short) -bit;
        }
    }
}
