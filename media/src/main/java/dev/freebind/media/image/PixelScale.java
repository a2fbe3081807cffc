package dev.freebind.media.image;

/** How a pipeline takes 0…255 to 0…1 in float32; the two differ in the last bit. */
public enum PixelScale {
    /** Divides by 255 in float32: torchvision's ToTensor. */
    DIVIDED_BY_255 {
        @Override
        float apply(int level) {
            return level / 255f;
        }
    },
    /** Multiplies by 1/255 in float64, then rounds to float32: CLIPImageProcessor. */
    TIMES_ONE_255TH {
        @Override
        float apply(int level) {
            return (float) (level * (1 / 255.0));
        }
    };

    abstract float apply(int level);
}
