package dev.freebind.training.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freebind.bonds.projector.ProjectorWeights;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import org.junit.jupiter.api.Test;

class ProjectorInitialisationTest {

    @Test
    void linearWeightsAreUniformWithinXaviersBoundAndTheRestIsNeutral() {
        ProjectorWeights weights = ProjectorInitialisation.xavierUniform(200, 300, 100, 5);
        DescriptiveStatistics first = new DescriptiveStatistics();
        for (float weight : weights.stage(0).linear().weight()) {
            first.addValue(weight);
        }
        double bound = Math.sqrt(6.0 / 500);
        assertThat(first.getMax()).isLessThanOrEqualTo(bound).isGreaterThan(0.999 * bound);
        assertThat(first.getMin()).isGreaterThanOrEqualTo(-bound).isLessThan(-0.999 * bound);
        assertThat(first.getMean()).isCloseTo(0, within(0.01 * bound));
        assertThat(first.getVariance()).isCloseTo(bound * bound / 3, within(0.01 * bound * bound));
        assertThat(weights.stage(0).linear().bias()).containsOnly(0);
        assertThat(weights.stage(1).linear().bias()).containsOnly(0);
        assertThat(weights.stage(0).norm().weight()).containsOnly(1);
        assertThat(weights.stage(0).norm().runningVariance()).containsOnly(1);
        assertThat(weights.stage(1).norm().bias()).containsOnly(0);
        assertThat(weights.stage(1).norm().runningMean()).containsOnly(0);
        assertThat(weights.stage(1).norm().batchesTracked()).isZero();
    }

    @Test
    void theSeedDecidesTheWeights() {
        float[] once = ProjectorInitialisation.xavierUniform(3, 4, 2, 5)
                .stage(0)
                .linear()
                .weight();
        assertThat(ProjectorInitialisation.xavierUniform(3, 4, 2, 5)
                        .stage(0)
                        .linear()
                        .weight())
                .isEqualTo(once);
        assertThat(ProjectorInitialisation.xavierUniform(3, 4, 2, 6)
                        .stage(0)
                        .linear()
                        .weight())
                .isNotEqualTo(once);
    }
}
