/**
 * What the author of an encoder plugin implements, {@link dev.freebind.spi.encoders.EncoderProvider}, and how installed
 * providers are found, {@link dev.freebind.spi.encoders.EncoderRegistry}. {@link dev.freebind.spi.encoders.TowerEncoder} is a
 * frame for encoders that have a network for each modality.
 *
 * <p>Depends on the API alone; a plugin needs no other module of this project.
 */
@NullMarked
package dev.freebind.spi.encoders;

import org.jspecify.annotations.NullMarked;
