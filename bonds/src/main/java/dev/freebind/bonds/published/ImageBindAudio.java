package dev.freebind.bonds.published;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The tensors of ImageBind's audio tower under their official names, as the class that FreeBind's fine-tuned file is loaded into
 * has them.
 */
final class ImageBindAudio {

    private static final String BLOCKS = "modality_trunks.audio.blocks.";

    private static final List<String> BEFORE = List.of(
            "modality_preprocessors.audio.cls_token",
            "modality_preprocessors.audio.rgbt_stem.proj.weight",
            "modality_preprocessors.audio.rgbt_stem.norm_layer.weight",
            "modality_preprocessors.audio.rgbt_stem.norm_layer.bias",
            "modality_preprocessors.audio.pos_embedding_helper.pos_embed");

    private static final List<String> OF_BLOCK = List.of(
            "attn.in_proj_weight",
            "attn.in_proj_bias",
            "attn.bias_k",
            "attn.bias_v",
            "attn.out_proj.weight",
            "attn.out_proj.bias",
            "norm_1.weight",
            "norm_1.bias",
            "mlp.fc1.weight",
            "mlp.fc1.bias",
            "mlp.fc2.weight",
            "mlp.fc2.bias",
            "norm_2.weight",
            "norm_2.bias");

    private static final List<String> AFTER = List.of(
            "modality_heads.audio.0.weight",
            "modality_heads.audio.0.bias",
            "modality_heads.audio.2.weight",
            "modality_postprocessors.audio.1.log_logit_scale");

    private ImageBindAudio() {}

    /**
     * The names of a tower of as many blocks as a file shows, at least one.
     *
     * @param prefix stands before them
     * @param found the names of the file
     */
    static Set<String> names(String prefix, Set<String> found) {
        long blocks = found.stream()
                .filter(name -> name.startsWith(prefix + BLOCKS))
                .map(name -> name.substring((prefix + BLOCKS).length()).replaceAll("\\..*", ""))
                .distinct()
                .count();
        Set<String> names = new LinkedHashSet<>();
        BEFORE.forEach(name -> names.add(prefix + name));
        for (long block = 0; block < Math.max(1, blocks); block++) {
            for (String name : OF_BLOCK) {
                names.add(prefix + BLOCKS + block + "." + name);
            }
        }
        AFTER.forEach(name -> names.add(prefix + name));
        return names;
    }
}
