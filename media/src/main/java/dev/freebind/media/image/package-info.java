/**
 * Images: {@link dev.freebind.media.image.ImageDecoder} makes an {@link dev.freebind.media.image.RgbImage} of a PNG, JPEG or
 * WebP file, {@link dev.freebind.media.image.BicubicResampler} resizes it, and {@link dev.freebind.media.image.ImagePipeline}
 * puts decoding, resizing, centre crop and normalisation together, decoding no more of a JPEG image than the crop needs.
 *
 * <p>Pixels equal those of Pillow 9.4: its decoders, its {@code convert('RGB')} (alpha is dropped, not composed) and its
 * fixed-point bicubic resampling. As in the official pipelines, EXIF orientation and colour profiles are ignored. Decoders
 * trust nothing: whatever the bytes, they end in an image or in a {@link dev.freebind.api.DataException} that names the item.
 */
@NullMarked
package dev.freebind.media.image;

import org.jspecify.annotations.NullMarked;
