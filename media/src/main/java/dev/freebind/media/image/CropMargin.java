package dev.freebind.media.image;

/** How a centre crop splits an odd margin. */
public enum CropMargin {
    /** {@code round((size − crop) / 2)}, halves to even: torchvision's CenterCrop. */
    HALF_TO_EVEN {
        @Override
        public long before(long size, int crop) {
            return (long) Math.rint((size - crop) / 2.0);
        }
    },
    /** {@code (size − crop) / 2}, rounded down: CLIPImageProcessor. */
    FLOOR {
        @Override
        public long before(long size, int crop) {
            return (size - crop) / 2;
        }
    };

    /**
     * The pixels left out before the crop.
     *
     * @param size pixels of the axis, at least {@code crop}
     * @param crop pixels kept
     */
    public abstract long before(long size, int crop);
}
