package com.example.colours;

import dev.freebind.api.DataException;
import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.Encoder;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Embeds an image by how much of it has each basic colour, and a text by the colours it names.
 *
 * <p>A row holds the square roots of those shares. As shares add up to one, its length is one, and the product of two rows is
 * the Bhattacharyya coefficient of the two distributions of colours.
 */
final class ColourEncoder implements Encoder {

    private final EmbeddingSpace space;
    private final BasicColours colours;
    private final ColourWords words;
    private final ImagePart part;
    private volatile boolean closed;

    ColourEncoder(EmbeddingSpace space, BasicColours colours, ColourWords words, ImagePart part) {
        this.space = space;
        this.colours = colours;
        this.words = words;
        this.part = part;
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public float[][] encode(Modality modality, List<? extends Item> items) {
        if (closed) {
            throw new IllegalStateException("the encoder of space '" + space.name() + "' is closed");
        }
        if (!space.knows(modality)) {
            throw new InvalidRequestException(
                    "space '" + space.name() + "' embeds " + space.modalities() + ", not " + modality);
        }
        float[][] rows = new float[items.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = modality.equals(Modality.TEXT) ? text(items.get(i)) : image(items.get(i));
        }
        return rows;
    }

    private float[] text(Item item) {
        if (!(item instanceof Item.Text text)) {
            throw new InvalidRequestException(item.label() + ": a file is given where a text is expected");
        }
        double[] shares = new double[space.dimension()];
        for (int rgb : words.in(text.text())) {
            colours.add(rgb, 1, shares);
        }
        return row(shares);
    }

    private float[] image(Item item) {
        BufferedImage image = decode(item);
        double[] shares = new double[space.dimension()];
        part.histogram(image).forEach((rgb, pixels) -> colours.add(rgb, pixels, shares));
        return row(shares);
    }

    private static BufferedImage decode(Item item) {
        byte[] content = content(item);
        BufferedImage image;
        try {
            image = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(content)));
        } catch (IOException | RuntimeException e) { // the JDK's decoders throw both for damaged files
            throw new DataException(item.label() + ": the image is damaged: " + e.getMessage(), e);
        }
        if (image == null) {
            throw new DataException(item.label() + ": neither PNG nor JPEG, GIF or BMP");
        }
        return image;
    }

    private static byte[] content(Item item) {
        if (item instanceof Item.Bytes bytes) {
            return bytes.content();
        }
        if (item instanceof Item.File file) {
            try {
                return Files.readAllBytes(file.path());
            } catch (IOException e) {
                throw new DataException(item.label() + ": cannot be read", e);
            }
        }
        throw new InvalidRequestException(item.label() + ": a text is given where an image is expected");
    }

    /** The unit row of some shares; without any colour, all are as likely. */
    private static float[] row(double[] shares) {
        double sum = 0;
        for (double share : shares) {
            sum += share;
        }
        float[] row = new float[shares.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) Math.sqrt(sum == 0 ? 1.0 / row.length : shares[i] / sum);
        }
        return row;
    }

    @Override
    public void close() {
        closed = true;
    }
}
