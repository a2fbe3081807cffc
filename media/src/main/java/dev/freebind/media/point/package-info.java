/**
 * Point clouds: {@link dev.freebind.media.point.PointCloudDecoder} makes a {@link dev.freebind.media.point.PointCloud} of a
 * NumPy file, for the encoder plugins that embed {@link dev.freebind.api.Modality#POINT}; FreeBind has no such encoder of its own.
 */
@NullMarked
package dev.freebind.media.point;

import org.jspecify.annotations.NullMarked;
