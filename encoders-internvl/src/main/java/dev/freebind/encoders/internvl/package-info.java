/**
 * InternVL-C (Chen et al., CVPR 2024, arXiv 2312.14238): the contrastive image and text encoders of InternVL-14B-224px as one
 * encoder, found by the name {@code internvl} through {@link dev.freebind.encoders.internvl.InternVlProvider}.
 *
 * <p>The image tower is InternViT-6B with an attention pooling head; the text tower is QLLaMA, a LLaMA read at the end token.
 * {@link dev.freebind.encoders.internvl.InternVlNetwork} takes both from one checkpoint and checks that nothing is missing or
 * left over; what only the generative InternVL-G needs (query tokens, cross-attention, matching head) is declared unused.
 * Decoding and preparation of pixels and words are in the modules {@code media} and {@code text}; the layers that other
 * families have too are in {@code tensorflow}.
 */
@NullMarked
package dev.freebind.encoders.internvl;

import org.jspecify.annotations.NullMarked;
