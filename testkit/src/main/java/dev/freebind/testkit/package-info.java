/**
 * What the author of an encoder plugin tests it with: {@link dev.freebind.testkit.EncoderProviderContract} is inherited by a
 * test class of the plugin, which says how to open the encoder and which items to embed.
 *
 * <p>Depends on the API, the encoder interface and JUnit alone.
 */
@NullMarked
package dev.freebind.testkit;

import org.jspecify.annotations.NullMarked;
