package dev.freebind.search.server;

import dev.freebind.api.Embeddings;
import dev.freebind.api.Modality;
import dev.freebind.search.Gallery;
import dev.freebind.search.SpaceSearch;
import dev.freebind.search.TinySpace;
import dev.freebind.search.metadata.JsonLines;
import dev.freebind.search.metadata.MetadataFiles;
import dev.freebind.search.metadata.MetadataRow;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;

/**
 * A server over a few real images and sounds whose embeddings are those of their files' content, and over texts; and things that
 * it must not show.
 */
final class ServedWorld implements AutoCloseable {

    static final int BODY_BYTES = 1 << 20;

    /** Markup in every field, to be shown as text. */
    static final String HOSTILE =
            "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

    static final List<String> TEXTS = List.of("a dog barks", "rain on a roof", HOSTILE);

    final Path folder;
    final SearchServer server;
    private final List<AutoCloseable> opened = new ArrayList<>();

    ServedWorld(Path folder) throws Exception {
        this.folder = folder.toRealPath();
        Path media = Files.createDirectories(this.folder.resolve("media"));
        List<String> images = new ArrayList<>();
        for (Color color : List.of(Color.RED, Color.GREEN, Color.BLUE)) {
            String name = "image-" + images.size() + ".png";
            Files.write(media.resolve(name), image(color));
            images.add(name);
        }
        Files.writeString(media.resolve("secret.txt"), "secret");
        Files.writeString(this.folder.resolve("outside.png"), "secret");
        Files.createSymbolicLink(media.resolve("link.png"), this.folder.resolve("outside.png"));
        Files.createSymbolicLink(media.resolve("secret.png"), media.resolve("secret.txt"));
        images.addAll(List.of(
                "../outside.png",
                "link.png",
                "secret.png",
                "secret.txt",
                this.folder.resolve("outside.png").toString(),
                "file:///etc/passwd",
                "nowhere.png",
                "a\u0000.png",
                HOSTILE + ".png"));
        List<String> sounds = new ArrayList<>();
        for (int hertz : List.of(220, 440)) {
            String name = "sound-" + sounds.size() + ".wav";
            Files.write(media.resolve(name), sound(hertz));
            sounds.add(name);
        }
        List<Gallery> galleries = List.of(
                gallery("photos", Modality.IMAGE, "path", images, media),
                gallery("sounds", Modality.AUDIO, "path", sounds, media),
                gallery("texts", Modality.TEXT, "text", TEXTS, media));
        SpaceSearch search = new SpaceSearch(new TinySpace("a"), galleries, 1);
        server = SearchServer.start(
                search,
                galleries.stream()
                        .map(gallery -> new ServedGallery(gallery, media))
                        .toList(),
                new ServerSettings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Set.of("Search.Example"),
                        List.of(media),
                        new ServerLimits(BODY_BYTES, 2, Duration.ofSeconds(20), Duration.ofSeconds(5))));
    }

    private Gallery gallery(String name, Modality modality, String field, List<String> values, Path media)
            throws IOException {
        List<String> lines = new ArrayList<>();
        float[] rows = new float[values.size() * TinySpace.DIMENSION];
        for (int row = 0; row < values.size(); row++) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put(field, values.get(row));
            fields.put("note", HOSTILE);
            fields.put("home", row == 0 ? "https://example.org/" : "javascript:document.title='owned'");
            lines.add(JsonLines.format(new MetadataRow(fields)));
            float[] direction = TinySpace.unit(content(modality, values.get(row), media));
            System.arraycopy(direction, 0, rows, row * direction.length, direction.length);
        }
        Path file = Files.write(folder.resolve(name + ".jsonl"), lines);
        var metadata = MetadataFiles.open(List.of(file));
        opened.add(metadata);
        return new Gallery(name, modality, Embeddings.of(rows, TinySpace.DIMENSION, name + ".npy"), metadata);
    }

    private static byte[] content(Modality modality, String value, Path media) throws IOException {
        return !modality.equals(Modality.TEXT) && value.matches("[a-z]+-[0-9]\\.[a-z]+")
                ? Files.readAllBytes(media.resolve(value))
                : value.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] image(Color color) throws IOException {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(color);
        graphics.fillOval(4, 4, 56, 40);
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    /** Half a second of a tone, 16 bits at 8 kHz. */
    static byte[] sound(int hertz) {
        int samples = 4000;
        ByteBuffer wav = ByteBuffer.allocate(44 + 2 * samples).order(ByteOrder.LITTLE_ENDIAN);
        wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + 2 * samples);
        wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
                .putInt(16)
                .putShort((short) 1)
                .putShort((short) 1);
        wav.putInt(8000).putInt(16_000).putShort((short) 2).putShort((short) 16);
        wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(2 * samples);
        for (int i = 0; i < samples; i++) {
            wav.putShort((short) (8000 * Math.sin(2 * Math.PI * hertz * i / 8000)));
        }
        return wav.array();
    }

    @Override
    public void close() throws Exception {
        server.close();
        for (AutoCloseable resource : opened) {
            resource.close();
        }
    }
}
