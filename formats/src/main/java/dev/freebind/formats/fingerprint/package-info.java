/**
 * How results know what they were made from: {@link dev.freebind.formats.fingerprint.Fingerprint}s of values, and {@link
 * dev.freebind.formats.fingerprint.FileHashes} of the files they were read from. What enters a fingerprint is decided by those
 * who make the results.
 */
@NullMarked
package dev.freebind.formats.fingerprint;

import org.jspecify.annotations.NullMarked;
