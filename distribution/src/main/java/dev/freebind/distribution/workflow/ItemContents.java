package dev.freebind.distribution.workflow;

import dev.freebind.api.Item;
import dev.freebind.api.Modality;
import dev.freebind.bonds.configuration.Configuration.RawItems;
import dev.freebind.encoding.items.ItemCursor;
import dev.freebind.encoding.items.ItemSource;
import dev.freebind.encoding.items.SourceItem;
import dev.freebind.evaluation.leak.ContentHashes;
import dev.freebind.formats.FileErrors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Reads raw items as encoding does, and hashes what they contain. */
public final class ItemContents implements ContentHashes {

    private static final int BUFFER = 1 << 16;

    @Override
    public void read(RawItems items, Modality modality, Consumer consumer) {
        MessageDigest digest = sha256();
        try (ItemCursor cursor =
                ItemSource.of(items.path().absolute(), items.column(), modality).open()) {
            long number = 0;
            for (SourceItem item = cursor.next(); item != null; item = cursor.next()) {
                consumer.accept(number++, HexFormat.of().formatHex(hash(item.item(), digest)));
            }
        }
    }

    private static byte[] hash(Item item, MessageDigest digest) {
        if (item instanceof Item.Text text) {
            return digest.digest(text.text().strip().getBytes(StandardCharsets.UTF_8));
        }
        return item instanceof Item.Bytes bytes
                ? digest.digest(bytes.content())
                : hash(((Item.File) item).path(), digest);
    }

    private static byte[] hash(Path file, MessageDigest digest) {
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return digest.digest();
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
