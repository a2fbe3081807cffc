package dev.freebind.media.image;

/** An image whose size is known and whose pixels are yet to be computed, where they are wanted. */
interface PixelSource {

    /** Size of the whole image. */
    ImageSize size();

    /**
     * The pixels of a region; to be called once.
     *
     * @throws dev.freebind.api.DataException if the image is damaged, naming it
     */
    PixelColumns columns(ImageRegion region);
}
