package dev.freebind.training.projector;

import dev.freebind.bonds.projector.BatchNormWeights;
import dev.freebind.bonds.projector.ProjectorWeights;
import java.util.Arrays;
import java.util.List;

/** The float tensors of a projector under their official names, and what training does with each. */
enum ProjectorTensor {
    FIRST_WEIGHT("mlps.0.weight", true),
    FIRST_BIAS("mlps.0.bias", false),
    FIRST_NORM_WEIGHT("mlps.1.weight", true),
    FIRST_NORM_BIAS("mlps.1.bias", true),
    FIRST_RUNNING_MEAN("mlps.1.running_mean", false),
    FIRST_RUNNING_VARIANCE("mlps.1.running_var", false),
    SECOND_WEIGHT("mlps.3.weight", true),
    SECOND_BIAS("mlps.3.bias", false),
    SECOND_NORM_WEIGHT("mlps.4.weight", true),
    SECOND_NORM_BIAS("mlps.4.bias", true),
    SECOND_RUNNING_MEAN("mlps.4.running_mean", false),
    SECOND_RUNNING_VARIANCE("mlps.4.running_var", false);

    /** Every tensor. */
    static final List<ProjectorTensor> ALL = List.of(values());

    /** The tensors that Adam updates; the linear biases are held (see {@link ProjectorTrainingGraph}). */
    static final List<ProjectorTensor> TRAINED =
            Arrays.stream(values()).filter(ProjectorTensor::trained).toList();

    private final String officialName;
    private final boolean trained;

    ProjectorTensor(String officialName, boolean trained) {
        this.officialName = officialName;
        this.trained = trained;
    }

    /** The name below the checkpoint's prefix, for example {@code mlps.0.weight}. */
    String officialName() {
        return officialName;
    }

    /** Says whether Adam updates it. */
    boolean trained() {
        return trained;
    }

    /** This tensor of a projector, row by row; not a copy. */
    float[] of(ProjectorWeights weights) {
        return switch (this) {
            case FIRST_WEIGHT -> weights.firstWeight();
            case FIRST_BIAS -> weights.firstBias();
            case FIRST_NORM_WEIGHT -> weights.firstNorm().weight();
            case FIRST_NORM_BIAS -> weights.firstNorm().bias();
            case FIRST_RUNNING_MEAN -> weights.firstNorm().runningMean();
            case FIRST_RUNNING_VARIANCE -> weights.firstNorm().runningVariance();
            case SECOND_WEIGHT -> weights.secondWeight();
            case SECOND_BIAS -> weights.secondBias();
            case SECOND_NORM_WEIGHT -> weights.secondNorm().weight();
            case SECOND_NORM_BIAS -> weights.secondNorm().bias();
            case SECOND_RUNNING_MEAN -> weights.secondNorm().runningMean();
            case SECOND_RUNNING_VARIANCE -> weights.secondNorm().runningVariance();
        };
    }

    /** The tensor's shape for a projector of this size. */
    long[] shape(int input, int hidden, int output) {
        return switch (this) {
            case FIRST_WEIGHT -> new long[] {hidden, input};
            case SECOND_WEIGHT -> new long[] {output, hidden};
            case FIRST_BIAS, FIRST_NORM_WEIGHT, FIRST_NORM_BIAS, FIRST_RUNNING_MEAN, FIRST_RUNNING_VARIANCE ->
                new long[] {hidden};
            case SECOND_BIAS, SECOND_NORM_WEIGHT, SECOND_NORM_BIAS, SECOND_RUNNING_MEAN, SECOND_RUNNING_VARIANCE ->
                new long[] {output};
        };
    }

    /**
     * Puts a projector together.
     *
     * @throws dev.freebind.api.DataException if a tensor has the wrong length
     */
    static ProjectorWeights assemble(
            int input, int hidden, int output, PerTensor<float[]> tensors, long batchesTracked) {
        return new ProjectorWeights(
                input,
                hidden,
                output,
                tensors.of(FIRST_WEIGHT),
                tensors.of(FIRST_BIAS),
                new BatchNormWeights(
                        tensors.of(FIRST_NORM_WEIGHT),
                        tensors.of(FIRST_NORM_BIAS),
                        tensors.of(FIRST_RUNNING_MEAN),
                        tensors.of(FIRST_RUNNING_VARIANCE),
                        batchesTracked),
                tensors.of(SECOND_WEIGHT),
                tensors.of(SECOND_BIAS),
                new BatchNormWeights(
                        tensors.of(SECOND_NORM_WEIGHT),
                        tensors.of(SECOND_NORM_BIAS),
                        tensors.of(SECOND_RUNNING_MEAN),
                        tensors.of(SECOND_RUNNING_VARIANCE),
                        batchesTracked));
    }
}
