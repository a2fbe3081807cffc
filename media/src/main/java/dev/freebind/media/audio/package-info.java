/**
 * Sounds: {@link dev.freebind.media.audio.SoundDecoder} makes a {@link dev.freebind.media.audio.Sound} of a WAV or FLAC file,
 * {@link dev.freebind.media.audio.Resampler} changes its rate, and two pipelines prepare it:
 * {@link dev.freebind.media.audio.FilterBankClips} (clips through a Kaldi filter bank, as ImageBind) and
 * {@link dev.freebind.media.audio.FixedLengthWaveform} with {@link dev.freebind.media.audio.LogMelSpectrogram} and
 * {@link dev.freebind.media.audio.FusionSpectrogram} (one fixed length, as CLAP).
 *
 * <p>The numbers equal those of torchaudio and librosa within float32 noise; spectra are computed in float64. Sums and
 * spectra need no native library.
 */
@NullMarked
package dev.freebind.media.audio;

import org.jspecify.annotations.NullMarked;
