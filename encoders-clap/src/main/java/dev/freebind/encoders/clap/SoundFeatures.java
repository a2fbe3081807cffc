package dev.freebind.encoders.clap;

import org.jspecify.annotations.Nullable;

/**
 * A sound as the audio tower takes it.
 *
 * @param whole the sound, or the whole of it shrunk: {@code [frames, bins]} float32, decibels
 * @param chunks front, middle and back of a sound that is to be fused: {@code [3, frames, bins]}; null for all others
 */
record SoundFeatures(float[] whole, float @Nullable [] chunks) {}
