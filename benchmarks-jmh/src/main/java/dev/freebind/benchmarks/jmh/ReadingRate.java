package dev.freebind.benchmarks.jmh;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The yardstick of work that memory bounds: how fast all cores together read half a gigabyte. They compare equal buffers, which
 * the virtual machine does with its widest vectors and which writes nothing.
 */
final class ReadingRate implements AutoCloseable {

    private static final int BYTES = 1 << 29;

    private final int threads = Runtime.getRuntime().availableProcessors();
    private final int half = BYTES / 2 / threads;
    private final List<ByteBuffer> left = new ArrayList<>();
    private final List<ByteBuffer> right = new ArrayList<>();
    private final ExecutorService executor = Executors.newFixedThreadPool(threads);

    /** Takes the memory, and reads it a few times to warm up. */
    ReadingRate() {
        for (int i = 0; i < threads; i++) {
            left.add(ByteBuffer.allocateDirect(half));
            right.add(ByteBuffer.allocateDirect(half));
        }
        for (int i = 0; i < 3; i++) {
            measure();
        }
    }

    /** Reads once; bytes per second. */
    double measure() {
        long start = System.nanoTime();
        List<Future<Integer>> parts = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            ByteBuffer one = left.get(i);
            ByteBuffer other = right.get(i);
            parts.add(executor.submit(() -> one.mismatch(other)));
        }
        for (Future<Integer> part : parts) {
            if (result(part) != -1) {
                throw new IllegalStateException("equal buffers differ");
            }
        }
        return 2.0 * half * threads / (System.nanoTime() - start) * 1e9;
    }

    private static int result(Future<Integer> part) {
        try {
            return part.get();
        } catch (ExecutionException failure) {
            throw new IllegalStateException(failure.getCause());
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interruption);
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
