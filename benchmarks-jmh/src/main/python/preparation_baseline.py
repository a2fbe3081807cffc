#!/usr/bin/env python3
"""What PreparationBenchmark is compared with: Pillow and torchaudio on one thread, on the same files.

    apt-get install python3-pil python3-torch python3-torchaudio
    python3 preparation_baseline.py IMAGE FOLDER        # decode, resize, crop, normalise
    python3 preparation_baseline.py FILTER_BANK FOLDER  # Kaldi features of the first 2 s at 16 kHz, as ImageBind
    python3 preparation_baseline.py MEL FOLDER          # mel spectrogram in dB of the first 10 s at 48 kHz, as CLAP

Prints the median processor time per item and a number to compare with the one the benchmark logs: a checksum of the
8-bit pixels for images, the mean of the features for sounds (samples are taken as if they had the rate in question).
"""

import io
import pathlib
import statistics
import sys
import time
import wave
import zlib

import numpy

PASSES = 30
SIDE = 224
MEAN = numpy.array((0.48145466, 0.4578275, 0.40821073), numpy.float32)[:, None, None]
STD = numpy.array((0.26862954, 0.26130258, 0.27577711), numpy.float32)[:, None, None]


def files(folder, endings):
    found = sorted(p for p in pathlib.Path(folder).iterdir() if p.suffix.lower() in endings)
    if not found:
        sys.exit(f"{folder} has no file that ends in {', '.join(endings)}")
    return found


def images(folder):
    from PIL import Image

    def crop(data):
        image = Image.open(io.BytesIO(data)).convert("RGB")
        width, height = image.size
        short = min(width, height)
        size = (SIDE * width // short, SIDE * height // short)
        image = image.resize(size, Image.BICUBIC)
        left, top = (round((length - SIDE) / 2.0) for length in size)
        return image.crop((left, top, left + SIDE, top + SIDE))

    def prepare(data):
        pixels = numpy.asarray(crop(data)).transpose(2, 0, 1).astype(numpy.float32)
        return (pixels / 255 - MEAN) / STD

    items = [p.read_bytes() for p in files(folder, (".jpg", ".jpeg", ".png"))]
    checksum = 0
    for item in items:
        checksum = zlib.crc32(crop(item).tobytes(), checksum)
    return items, prepare, f"checksum {checksum:08x}"


def sounds(folder, seconds, rate, features):
    import torch

    torch.set_num_threads(1)
    items = []
    for path in files(folder, (".wav",)):
        with wave.open(str(path)) as sound:
            frames = numpy.frombuffer(sound.readframes(seconds * rate), "<i2").reshape(-1, sound.getnchannels())
        samples = numpy.zeros((1, seconds * rate), numpy.float32)
        samples[0, : len(frames)] = frames[:, 0] / numpy.float32(32768)
        items.append(torch.from_numpy(samples))
    mean = statistics.fmean(float(features(item).double().mean()) for item in items)
    return items, features, f"mean {mean:.3f}"


def filter_bank(folder):
    from torchaudio.compliance import kaldi

    return sounds(
        folder,
        2,
        16_000,
        lambda samples: kaldi.fbank(
            samples,
            htk_compat=True,
            sample_frequency=16_000,
            use_energy=False,
            window_type="hanning",
            num_mel_bins=128,
            dither=0.0,
            frame_length=25,
            frame_shift=10,
        ),
    )


def mel(folder):
    import torchaudio

    spectrogram = torchaudio.transforms.MelSpectrogram(
        sample_rate=48_000, n_fft=1024, hop_length=480, f_min=50, f_max=14_000, n_mels=64, norm=None, mel_scale="htk"
    )
    decibels = torchaudio.transforms.AmplitudeToDB(top_db=None)
    return sounds(folder, 10, 48_000, lambda samples: decibels(spectrogram(samples)))


def main():
    kinds = {"IMAGE": images, "FILTER_BANK": filter_bank, "MEL": mel}
    if len(sys.argv) != 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    items, prepare, check = kinds[sys.argv[1]](sys.argv[2])
    times = []
    for _ in range(PASSES):
        start = time.thread_time()
        for item in items:
            prepare(item)
        times.append((time.thread_time() - start) / len(items))
    median = 1e3 * statistics.median(times)
    print(f"{sys.argv[1]}: median {median:.2f} ms of processor time an item over {len(items)} items, {check}")


if __name__ == "__main__":
    main()
