/**
 * From a user's file to the numbers an encoder's network takes: {@link dev.freebind.media.ItemContent} fetches the bytes,
 * {@code image}, {@code audio} and {@code point} decode and prepare them.
 *
 * <p>The steps equal those of the official pipelines (Pillow, torchvision, torchaudio, librosa) to the last bit where that
 * is possible; which steps with which constants make up a family's pipeline is said by the family's module. No networks and
 * no tokenizers here.
 */
@NullMarked
package dev.freebind.media;

import org.jspecify.annotations.NullMarked;
