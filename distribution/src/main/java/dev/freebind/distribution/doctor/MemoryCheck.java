package dev.freebind.distribution.doctor;

import java.util.List;

/** The heap and the memory outside it, where tensors live. */
record MemoryCheck(Surroundings surroundings) implements Check {

    private static final long ENOUGH_HEAP = 512L << 20;
    private static final long ENOUGH_MEMORY = 4L << 30;

    @Override
    public List<Finding> run() {
        String heap = "up to " + Bytes.text(surroundings.maximumHeap()) + " of Java heap";
        Finding heapFinding = surroundings.maximumHeap() >= ENOUGH_HEAP
                ? Finding.ok("Heap", heap)
                : Finding.note("Heap", heap, "give Java more, for example FREEBIND_OPTS=-Xmx1g");
        if (surroundings.physicalMemory() == 0) {
            return List.of(heapFinding);
        }
        String memory =
                Bytes.text(surroundings.physicalMemory()) + ", " + Bytes.text(surroundings.freeMemory()) + " unused";
        Finding memoryFinding = surroundings.physicalMemory() >= ENOUGH_MEMORY
                ? Finding.ok("Memory", memory)
                : Finding.note(
                        "Memory",
                        memory,
                        "training keeps its tensors outside the heap: use a smaller batch if it runs short");
        return List.of(heapFinding, memoryFinding);
    }
}
