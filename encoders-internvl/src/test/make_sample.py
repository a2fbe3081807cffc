"""Makes the test resources from the shared goldens: the used tensors of tiny_bf16 as one file, and what it computes.

    python3 make_sample.py GOLDENS/internvl src/test/resources/dev/freebind/encoders/internvl/sample

Origin and licence of the goldens: section 5 of their MANIFEST.md; weights, pictures and captions were made for tests.
"""

import json
import pathlib
import shutil
import struct
import sys

UNUSED = ("query_tokens", "logit_scale", "qllama.lm_head", "clip_projector2", "itm_head")


def tensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        yield name, entry["dtype"], entry["shape"], data[8 + length + begin : 8 + length + end]


def used(name):
    return not name.startswith(UNUSED) and not (name.startswith("qllama.") and ".cross_attn." in name)


def main(goldens, target):
    target.mkdir(parents=True, exist_ok=True)
    header, values = {"__metadata__": {"format": "pt"}}, b""
    for shard in sorted((goldens / "tiny_bf16").glob("*.safetensors")):
        for name, dtype, shape, data in tensors(shard):
            if used(name):
                offsets = [len(values), len(values) + len(data)]
                header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
                values += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (target / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + values)
    config = json.loads((goldens / "tiny_bf16/config.json").read_text())
    keep = {
        "": ["attn_pool_num_heads", "clip_embed_dim", "model_type"],
        "vision_config": ["hidden_size", "num_hidden_layers", "num_attention_heads", "layer_norm_eps",
                          "qk_normalization", "qkv_bias", "hidden_act"],
        "qllama_config": ["hidden_size", "num_hidden_layers", "num_attention_heads", "rms_norm_eps", "hidden_act"],
    }
    small = {key: config[key] for key in keep.pop("")}
    small.update({section: {key: config[section][key] for key in keys} for section, keys in keep.items()})
    (target / "config.json").write_text(json.dumps(small, indent=2) + "\n")
    for source in (
        "tiny/tokenizer.model",
        "inputs/texts.json",
        "inputs/image1_rgb_320x240.png",
        "inputs/image3_grey_180x131.png",
        "tiny_bf16/image/image_features_normalized.npy",
        "tiny_bf16/text/text_features_normalized.npy",
    ):
        shutil.copyfile(goldens / source, target / pathlib.Path(source).name)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
