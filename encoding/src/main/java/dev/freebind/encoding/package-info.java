/**
 * Raw items to embedding files: {@link dev.freebind.encoding.EncodingRun} encodes what is missing or has changed, one space in
 * memory at a time, in shards that appear whole or not at all. {@code items} finds the items, {@code output} knows the files.
 *
 * <p>Networks are the encoders' affair ({@link dev.freebind.api.Encoder}); what is bound from the files is not decided here.
 */
@NullMarked
package dev.freebind.encoding;

import org.jspecify.annotations.NullMarked;
