/**
 * What encoding leaves on the disk: where shards, lists of items and manifests of a corpus go ({@link
 * dev.freebind.encoding.output.EncodedFiles}), what a manifest says ({@link dev.freebind.encoding.output.EncodingManifest}), and
 * what each row is ({@link dev.freebind.encoding.output.ItemsFile}).
 */
@NullMarked
package dev.freebind.encoding.output;

import org.jspecify.annotations.NullMarked;
