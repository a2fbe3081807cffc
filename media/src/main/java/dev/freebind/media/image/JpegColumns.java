package dev.freebind.media.image;

import java.util.List;

/** The pixels of a decoded JPEG image: its components brought to one resolution and converted, when they are asked for. */
final class JpegColumns implements PixelColumns {

    private final JpegColours colours;
    private final JpegUpsampler[] upsamplers;
    private final int[][] levels;

    /**
     * Over components whose levels are there.
     *
     * @param maxHorizontal the finest horizontal sampling
     * @param maxVertical the finest vertical sampling
     */
    JpegColumns(
            List<JpegComponent> components,
            JpegColours colours,
            int maxHorizontal,
            int maxVertical,
            ImageRegion region) {
        this.colours = colours;
        this.upsamplers = components.stream()
                .map(component -> new JpegUpsampler(
                        component, maxHorizontal / component.horizontal, maxVertical / component.vertical, region))
                .toArray(JpegUpsampler[]::new);
        this.levels = new int[upsamplers.length][];
    }

    @Override
    public void read(int x, int[] red, int[] green, int[] blue) {
        for (int i = 0; i < levels.length; i++) {
            levels[i] = upsamplers[i].column(x);
        }
        colours.convert(levels, red, green, blue);
    }
}
