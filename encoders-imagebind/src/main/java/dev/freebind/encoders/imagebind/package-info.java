/**
 * ImageBind (Girdhar et al., CVPR 2023): the image, audio and text towers of the official checkpoint as one encoder, found by
 * the name {@code imagebind} through {@link dev.freebind.encoders.imagebind.ImageBindProvider}.
 *
 * <p>A tower is a stem that makes tokens, a pre-norm transformer, and a head; {@link
 * dev.freebind.encoders.imagebind.ImageBindNetwork} takes all three from one checkpoint and checks that nothing is missing or
 * left over. Depth, thermal and motion are declared unused. Decoding and preparation of pixels, sounds and words are in the
 * modules {@code media} and {@code text}; the layers are in {@code tensorflow}.
 */
@NullMarked
package dev.freebind.encoders.imagebind;

import org.jspecify.annotations.NullMarked;
