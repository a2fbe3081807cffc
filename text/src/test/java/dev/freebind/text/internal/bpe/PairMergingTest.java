package dev.freebind.text.internal.bpe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.freebind.text.internal.bpe.PairMerging.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PairMergingTest {

    private record Rule(int rank, int result) {}

    @ParameterizedTest
    @EnumSource(Order.class)
    void randomRulesGiveWhatTheDefinitionGives(Order order) {
        Random random = new Random(31);
        for (int trial = 0; trial < 3000; trial++) {
            int letters = 1 + random.nextInt(4);
            int rules = random.nextInt(30);
            Map<Long, Rule> table = new HashMap<>();
            PairMerging.Builder builder = new PairMerging.Builder();
            for (int i = 0; i < rules; i++) {
                int left = random.nextInt(letters + i);
                int right = random.nextInt(letters + i);
                // ranks in no order, so that a join can enable one of a lower rank; ties only where the order allows
                // them
                int rank = order == Order.BEST_FIRST ? random.nextInt(10) : (i * 17) % 31;
                Rule rule = new Rule(rank, letters + i);
                if (table.putIfAbsent((long) left << 32 | right, rule) == null) {
                    builder.addPair(left, right, builder.addRule(rule.rank(), rule.result()));
                }
            }
            int[] symbols = random.ints(random.nextInt(60), 0, letters).toArray();
            assertThat(builder.build(order).merge(symbols)).containsExactly(byDefinition(symbols, table, order));
        }
    }

    @Test
    void aMillionSymbolsAreJoinedInTime() {
        PairMerging.Builder builder = new PairMerging.Builder();
        for (int i = 0; i < 20; i++) {
            builder.addPair(i, i, builder.addRule(i, i + 1));
        }
        for (Order order : Order.values()) {
            int[] merged = assertTimeout(
                    Duration.ofMinutes(3), () -> builder.build(order).merge(new int[1 << 20]));
            assertThat(merged).containsExactly(20);
        }
    }

    @Test
    void theGivenSymbolsAreLeftAlone() {
        PairMerging.Builder builder = new PairMerging.Builder();
        builder.addPair(0, 0, builder.addRule(0, 1));
        int[] symbols = {0, 0};
        assertThat(builder.build(Order.BEST_FIRST).merge(symbols)).containsExactly(1);
        assertThat(symbols).containsExactly(0, 0);
    }

    private static int[] byDefinition(int[] symbols, Map<Long, Rule> table, Order order) {
        List<Integer> word = new ArrayList<>();
        for (int symbol : symbols) {
            word.add(symbol);
        }
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < word.size(); i++) {
                Rule rule = at(word, i, table);
                if (rule != null
                        && (best < 0 || rule.rank() < at(word, best, table).rank())) {
                    best = i;
                }
            }
            if (best < 0) {
                return word.stream().mapToInt(Integer::intValue).toArray();
            }
            Rule rule = at(word, best, table);
            List<Integer> joined = new ArrayList<>();
            for (int i = 0; i < word.size(); i++) {
                boolean here = order == Order.BEST_FIRST ? i == best : rule.equals(at(word, i, table));
                joined.add(here ? rule.result() : word.get(i));
                i += here ? 1 : 0;
            }
            word = joined;
        }
    }

    private static Rule at(List<Integer> word, int i, Map<Long, Rule> table) {
        return i + 1 < word.size() ? table.get((long) word.get(i) << 32 | word.get(i + 1)) : null;
    }
}
