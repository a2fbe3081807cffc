package dev.freebind.benchmarks.jmh;

import dev.freebind.api.Modality;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Checkpoints, configurations and vocabularies of the three families, with one tower at the size of a ViT-B. */
final class SampleModels {

    /** Of the measured towers. */
    static final int WIDTH = 768;

    private static final int BLOCKS = 12;
    private static final int HEADS = 12;
    private static final int HIDDEN = 4 * WIDTH;
    private static final int GATED_HIDDEN = 2048;

    private static final int SMALL = 64;
    private static final int DIMENSION = 512;
    private static final int CLIP_IDS = 49_408;
    private static final int CLIP_MERGES = 48_894;
    private static final int HTSAT_WIDTH = 96;
    private static final List<Integer> HTSAT_DEPTHS = List.of(2, 2, 6, 2);
    private static final int WINDOW = 8;

    private SampleModels() {}

    /** Operations of a matrix product. */
    static double product(double rows, double inner, double columns) {
        return 2 * rows * inner * columns;
    }

    private static double attention(double tokens, double keys, double width) {
        return 4 * product(tokens, width, width) + 2 * product(tokens, width, keys);
    }

    /** Operations of the measured transformer for a sequence. */
    static double transformer(double tokens) {
        return BLOCKS * (attention(tokens, tokens, WIDTH) + 2 * product(tokens, WIDTH, HIDDEN));
    }

    /** The same with gated feed-forward layers. */
    static double gatedTransformer(double tokens) {
        return BLOCKS * (attention(tokens, tokens, WIDTH) + 3 * product(tokens, WIDTH, GATED_HIDDEN));
    }

    /** Operations of HTSAT-tiny for a sound. */
    static double htsat() {
        double tokens = 64 * 64;
        double width = HTSAT_WIDTH;
        double sum = product(tokens, 16, width);
        for (int depth : HTSAT_DEPTHS) {
            sum += depth * (attention(tokens, WINDOW * WINDOW, width) + 2 * product(tokens, width, 4 * width));
            if (width < 8 * HTSAT_WIDTH) {
                tokens /= 4;
                sum += product(tokens, 4 * width, 2 * width);
                width *= 2;
            }
        }
        return sum;
    }

    /** ImageBind with one large tower. */
    static Map<String, String> imageBind(Path folder, Modality large) throws IOException {
        RandomCheckpoint checkpoint = new RandomCheckpoint();
        Map<String, Integer> config = new HashMap<>();
        for (String tower : List.of("vision", "audio", "text")) {
            boolean isLarge = tower.equals(large.equals(Modality.IMAGE) ? "vision" : large.name());
            int width = isLarge ? WIDTH : SMALL;
            int blocks = isLarge ? BLOCKS : 1;
            config.put(tower + "_num_heads", isLarge ? HEADS : 1);
            String preprocessor = "modality_preprocessors." + tower;
            switch (tower) {
                case "vision" ->
                    checkpoint
                            .tensor(preprocessor + ".cls_token", 1, 1, width)
                            .tensor(preprocessor + ".rgbt_stem.proj.1.weight", width, 3, 2, 14, 14)
                            .tensor(preprocessor + ".pos_embedding_helper.pos_embed", 1, 257, width)
                            .norm("modality_trunks.vision.pre_transformer_layer.0", width);
                case "audio" ->
                    checkpoint
                            .tensor(preprocessor + ".cls_token", 1, 1, width)
                            .tensor(preprocessor + ".rgbt_stem.proj.weight", width, 1, 16, 16)
                            .norm(preprocessor + ".rgbt_stem.norm_layer", width)
                            .tensor(preprocessor + ".pos_embedding_helper.pos_embed", 1, 229, width)
                            .constant("modality_postprocessors.audio.1.log_logit_scale", 3);
                default ->
                    checkpoint
                            .tensor(preprocessor + ".token_embedding.weight", CLIP_IDS, width)
                            .tensor(preprocessor + ".pos_embed", 1, 77, width)
                            .constant(preprocessor + ".mask", 0, 77, 77)
                            .constant("modality_postprocessors.text.1.log_logit_scale", 3);
            }
            for (int i = 0; i < blocks; i++) {
                String block = "modality_trunks." + tower + ".blocks." + i;
                checkpoint
                        .norm(block + ".norm_1", width)
                        .tensor(block + ".attn.in_proj_weight", 3L * width, width)
                        .tensor(block + ".attn.in_proj_bias", 3L * width)
                        .linear(block + ".attn.out_proj", width, width)
                        .norm(block + ".norm_2", width)
                        .linear(block + ".mlp.fc1", width, 4L * width)
                        .linear(block + ".mlp.fc2", 4L * width, width);
                if (tower.equals("audio")) {
                    checkpoint.tensor(block + ".attn.bias_k", 1, 1, width).tensor(block + ".attn.bias_v", 1, 1, width);
                }
            }
            String head = "modality_heads." + tower + (tower.equals("text") ? ".proj" : "");
            checkpoint
                    .norm(head + ".0", width)
                    .tensor(head + (tower.equals("text") ? ".1" : ".2") + ".weight", DIMENSION, width);
        }
        checkpoint.write(folder.resolve("model.safetensors"));
        Files.writeString(folder.resolve("config.json"), json(config));
        Files.write(folder.resolve("merges.txt"), clipMerges());
        return Map.of("checkpoint", "model.safetensors", "config", "config.json", "vocabulary", "merges.txt");
    }

    private static String json(Map<String, ?> values) {
        return values.entrySet().stream()
                .map(entry -> "\"" + entry.getKey() + "\": " + entry.getValue())
                .collect(Collectors.joining(", ", "{", "}"));
    }

    /** As many merges as CLIP's vocabulary has, of bytes that no text has. */
    private static List<String> clipMerges() {
        List<String> symbols =
                List.of("\u00C0 \u00C1 \u00F5 \u00F6 \u00F7 \u00F8 \u00F9 \u00FA \u00FB \u00FC \u00FD \u00FE \u00FF"
                        .split(" "));
        List<String> lines = new ArrayList<>(List.of("#version: 0.2"));
        List<String> known = new ArrayList<>(symbols);
        for (int i = 0; lines.size() <= CLIP_MERGES; i++) {
            for (int j = 0; j < symbols.size() && lines.size() <= CLIP_MERGES; j++) {
                lines.add(known.get(i) + " " + symbols.get(j));
                known.add(known.get(i) + symbols.get(j));
            }
        }
        return lines;
    }

    /** CLAP without fusion, with one large tower. */
    static Map<String, String> clap(Path folder, Modality large) throws IOException {
        RandomCheckpoint checkpoint = new RandomCheckpoint();
        boolean audio = large.equals(Modality.AUDIO);
        htsat(checkpoint, audio ? HTSAT_DEPTHS : List.of(1));
        List<String> tokens = new ArrayList<>(List.of("<s>", "<pad>", "</s>", "<unk>"));
        for (char letter = 'a'; letter <= 'z'; letter++) {
            tokens.add(String.valueOf(letter));
        }
        tokens.add("<mask>");
        roberta(checkpoint, audio ? SMALL : WIDTH, audio ? 1 : BLOCKS, tokens.size());
        checkpoint.write(folder.resolve("model.safetensors"));
        Map<String, Integer> ids = new HashMap<>();
        tokens.forEach(token -> ids.put(token, ids.size()));
        Files.writeString(folder.resolve("vocab.json"), json(ids));
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nq q\n");
        return Map.of("checkpoint", "model.safetensors", "vocabulary", ".");
    }

    private static void htsat(RandomCheckpoint checkpoint, List<Integer> depths) {
        String branch = "audio_branch.";
        int width = HTSAT_WIDTH;
        checkpoint
                .batchNorm(branch + "bn0", 64)
                .tensor(branch + "patch_embed.proj.weight", width, 1, 4, 4)
                .tensor(branch + "patch_embed.proj.bias", width)
                .norm(branch + "patch_embed.norm", width);
        for (int i = 0; i < depths.size(); i++) {
            String layer = branch + "layers." + i + ".";
            int heads = 4 << i;
            for (int j = 0; j < depths.get(i); j++) {
                String block = layer + "blocks." + j;
                checkpoint
                        .norm(block + ".norm1", width)
                        .tensor(block + ".attn.relative_position_bias_table", 225, heads)
                        .linear(block + ".attn.qkv", width, 3L * width)
                        .linear(block + ".attn.proj", width, width)
                        .norm(block + ".norm2", width)
                        .linear(block + ".mlp.fc1", width, 4L * width)
                        .linear(block + ".mlp.fc2", 4L * width, width);
            }
            if (i + 1 < depths.size()) {
                checkpoint
                        .norm(layer + "downsample.norm", 4L * width)
                        .tensor(layer + "downsample.reduction.weight", 2L * width, 4L * width);
                width *= 2;
            }
        }
        checkpoint
                .norm(branch + "norm", width)
                .linear("audio_projection.0", width, DIMENSION)
                .linear("audio_projection.2", DIMENSION, DIMENSION);
    }

    private static void roberta(RandomCheckpoint checkpoint, int width, int blocks, int ids) {
        String branch = "text_branch.";
        checkpoint
                .tensor(branch + "embeddings.word_embeddings.weight", ids, width)
                .tensor(branch + "embeddings.position_embeddings.weight", 514, width)
                .tensor(branch + "embeddings.token_type_embeddings.weight", 1, width)
                .norm(branch + "embeddings.LayerNorm", width);
        for (int i = 0; i < blocks; i++) {
            String layer = branch + "encoder.layer." + i;
            for (String part : List.of("query", "key", "value")) {
                checkpoint.linear(layer + ".attention.self." + part, width, width);
            }
            checkpoint
                    .linear(layer + ".attention.output.dense", width, width)
                    .norm(layer + ".attention.output.LayerNorm", width)
                    .linear(layer + ".intermediate.dense", width, 4L * width)
                    .linear(layer + ".output.dense", 4L * width, width)
                    .norm(layer + ".output.LayerNorm", width);
        }
        checkpoint
                .linear(branch + "pooler.dense", width, width)
                .linear("text_projection.0", width, DIMENSION)
                .linear("text_projection.2", DIMENSION, DIMENSION);
    }

    /** InternVL-C with one large tower. */
    static Map<String, String> internVl(Path folder, Modality large) throws IOException {
        RandomCheckpoint checkpoint = new RandomCheckpoint();
        boolean image = large.equals(Modality.IMAGE);
        byte[] vocabulary = sentencePieces();
        internVit(checkpoint, image ? WIDTH : SMALL, image ? BLOCKS : 1);
        llama(checkpoint, image ? SMALL : WIDTH, image ? 1 : BLOCKS, image ? SMALL : GATED_HIDDEN);
        checkpoint.write(folder.resolve("model.safetensors"));
        Files.write(folder.resolve("tokenizer.model"), vocabulary);
        Files.writeString(
                folder.resolve("config.json"),
                "{\"attn_pool_num_heads\": 1, \"vision_config\": {\"num_attention_heads\": " + (image ? HEADS : 1)
                        + "}, \"qllama_config\": {\"num_attention_heads\": " + (image ? 1 : HEADS) + "}}");
        return Map.of("checkpoint", "model.safetensors");
    }

    private static void internVit(RandomCheckpoint checkpoint, int width, int blocks) {
        String embeddings = "vision_model.embeddings.";
        checkpoint
                .tensor(embeddings + "class_embedding", 1, 1, width)
                .tensor(embeddings + "patch_embedding.weight", width, 3, 14, 14)
                .tensor(embeddings + "patch_embedding.bias", width)
                .tensor(embeddings + "position_embedding", 1, 257, width);
        for (int i = 0; i < blocks; i++) {
            String layer = "vision_model.encoder.layers." + i;
            checkpoint
                    .constant(layer + ".norm1.weight", 1, width)
                    .tensor(layer + ".attn.qkv.weight", 3L * width, width)
                    .constant(layer + ".attn.q_norm.weight", 1, width)
                    .constant(layer + ".attn.k_norm.weight", 1, width)
                    .linear(layer + ".attn.proj", width, width)
                    .constant(layer + ".ls1", 0.1f, width)
                    .constant(layer + ".norm2.weight", 1, width)
                    .linear(layer + ".mlp.fc1", width, 4L * width)
                    .linear(layer + ".mlp.fc2", 4L * width, width)
                    .constant(layer + ".ls2", 0.1f, width);
        }
        for (String part : List.of("q", "k", "v")) {
            checkpoint
                    .norm("clip_projector.norm1_" + part, width)
                    .tensor("clip_projector.cross_attn." + part + ".weight", width, width)
                    .tensor("clip_projector.cross_attn." + part + "_bias", width);
        }
        checkpoint.linear("clip_projector.cross_attn.proj", width, DIMENSION);
    }

    private static void llama(RandomCheckpoint checkpoint, int width, int blocks, int hidden) {
        String model = "qllama.model.";
        checkpoint.tensor(model + "embed_tokens.weight", 259, width);
        for (int i = 0; i < blocks; i++) {
            String layer = model + "layers." + i;
            for (String part : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
                checkpoint.tensor(layer + ".self_attn." + part + ".weight", width, width);
            }
            checkpoint
                    .constant(layer + ".input_layernorm.weight", 1, width)
                    .constant(layer + ".post_attention_layernorm.weight", 1, width)
                    .tensor(layer + ".mlp.gate_proj.weight", hidden, width)
                    .tensor(layer + ".mlp.up_proj.weight", hidden, width)
                    .tensor(layer + ".mlp.down_proj.weight", width, hidden);
        }
        checkpoint.constant(model + "norm.weight", 1, width).tensor("text_projection", width, DIMENSION);
    }

    /** A SentencePiece model of nothing but control pieces and the 256 bytes. */
    private static byte[] sentencePieces() {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        piece(model, "<unk>", 2);
        piece(model, "<s>", 3);
        piece(model, "</s>", 3);
        for (int b = 0; b < 256; b++) {
            piece(model, String.format(Locale.ROOT, "<0x%02X>", b), 6);
        }
        // The trainer's settings: kind BPE, byte fallback; the normaliser's: no dummy prefix.
        model.writeBytes(new byte[] {2 << 3 | 2, 5, 3 << 3, 2, (byte) (((35 << 3) & 0x7F) | 0x80), 35 >> 4, 1});
        model.writeBytes(new byte[] {3 << 3 | 2, 2, 4 << 3, 0});
        return model.toByteArray();
    }

    private static void piece(ByteArrayOutputStream model, String text, int kind) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer piece = ByteBuffer.allocate(2 + utf8.length + 5 + 2).order(ByteOrder.LITTLE_ENDIAN);
        piece.put((byte) (1 << 3 | 2)).put((byte) utf8.length).put(utf8);
        piece.put((byte) (2 << 3 | 5)).putFloat(0);
        piece.put((byte) (3 << 3)).put((byte) kind);
        model.writeBytes(new byte[] {1 << 3 | 2, (byte) piece.capacity()});
        model.writeBytes(piece.array());
    }
}
