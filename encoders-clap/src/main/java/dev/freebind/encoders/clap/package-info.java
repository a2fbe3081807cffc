/**
 * LAION-CLAP (Wu et al., ICASSP 2023, arXiv 2211.06687): the audio and text towers of the official checkpoints as one encoder,
 * found by the name {@code clap} through {@link dev.freebind.encoders.clap.ClapProvider}.
 *
 * <p>The audio tower is HTSAT, a Swin transformer on a log-mel spectrogram that is folded into a square; with feature fusion
 * it also looks at three chunks of sounds longer than ten seconds. The text tower is RoBERTa. {@link
 * dev.freebind.encoders.clap.ClapNetwork} takes both from one checkpoint and checks that nothing is missing or left over;
 * whether there is fusion, and all sizes but the number of the text tower's heads, are read off the tensors. The heads that are
 * used in training only are declared unused. Decoding of sounds and their spectrograms are in the module {@code media}, the
 * tokenizer is in {@code text}, the layers are in {@code tensorflow}.
 */
@NullMarked
package dev.freebind.encoders.clap;

import org.jspecify.annotations.NullMarked;
