"""Drives both sides of scripts/bench-codecs in alternate rounds and prints medians."""

import io
import pathlib
import statistics
import sys
import tempfile
import time
from typing import Callable

import imagecodecs
import numpy
from codec_peer import Ours, image, read, write
from PIL import Image

SIDE = 512
BITS = 12
RATIOS = [5, 8, 10, 12, 15, 20, 30, 50, 80, 120, 200]


def psnr(first: numpy.ndarray, second: numpy.ndarray) -> float:
    error = numpy.mean((first.astype(float) - second.astype(float)) ** 2)
    return 10 * numpy.log10((2**BITS - 1) ** 2 / error)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def jpeg2000_level(pixels: numpy.ndarray, level: float, decode: bool) -> None:
    file = imagecodecs.jpeg2k_encode(
        pixels,
        level=level,
        codecformat="j2k",
        bitspersample=BITS,
        reversible=False,
        numthreads=1,
    )
    if decode:
        imagecodecs.jpeg2k_decode(file, numthreads=1)


def bisect_quality(grey: Image.Image, budget: int) -> bytes:
    low, high, best = 1, 100, b""
    while low <= high:
        quality = (low + high) // 2
        saved = io.BytesIO()
        grey.save(saved, "JPEG", quality=quality, optimize=True)
        if len(saved.getvalue()) <= budget:
            best, low = saved.getvalue(), quality + 1
        else:
            high = quality - 1
    return best


def main() -> None:
    ours, rounds = Ours(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        native = image(SIDE, SIDE, BITS, 10, 1)
        # A window of 120 around soft tissue, 8 bit.
        display = numpy.clip((native.astype(float) - 1004) / 120 * 255 + 0.5, 0, 255)
        windowed = display.astype("u1")
        files = {
            "native": write(folder / "native", native),
            "windowed": write(folder / "windowed", windowed),
        }

        # The peer takes decibels: those that each of our levels has, so that it writes about as
        # many bytes. Its cost hardly depends on them.
        levels = []
        for ratio in RATIOS:
            file = folder / "level"
            source = files["native"]
            ours.ask("encode", "jpeg2000", BITS, SIDE, SIDE, source, file, f"ratio={ratio}")
            levels.append(psnr(native, read(f"{file}.raw", SIDE, SIDE)))

        def ladder(codec: str, kind: str, what: str, ratios: list[int]) -> float:
            bits = BITS if kind == "native" else 8
            every = ",".join(str(ratio) for ratio in ratios)
            return float(ours.ask("ladder", codec, bits, SIDE, SIDE, files[kind], what, every))

        grey = Image.fromarray(windowed)
        budgets = [SIDE * SIDE * 8 // (8 * ratio) for ratio in RATIOS]
        sides = {
            "jpeg2000 ladder, ours": lambda: ladder("jpeg2000", "native", "all", RATIOS),
            "jpeg2000 levels, imagecodecs": lambda: seconds(
                lambda: [jpeg2000_level(native, level, True) for level in levels]
            ),
            "jpeg2000 layered encode, ours": lambda: ladder(
                "jpeg2000", "native", "encode", RATIOS
            ),
            "jpeg2000 encodes, imagecodecs": lambda: seconds(
                lambda: [jpeg2000_level(native, level, False) for level in levels]
            ),
            "jpeg2000 single encode, ours": lambda: ladder(
                "jpeg2000", "native", "encode", RATIOS[:1]
            ),
            "jpeg ladder, ours": lambda: ladder("jpeg", "windowed", "encode", RATIOS),
            "jpeg bisections, Pillow": lambda: seconds(
                lambda: [bisect_quality(grey, budget) for budget in budgets]
            ),
            "jpeg12 ladder, ours": lambda: ladder("jpeg12", "native", "encode", RATIOS),
        }
        times = {side: [] for side in sides}
        for _ in range(rounds + 1):
            for side, work in sides.items():
                times[side].append(work())
    # The first round warms up.
    median = {side: statistics.median(of[1:]) for side, of in times.items()}
    for side, value in median.items():
        print(f"{side:32} {1000 * value:8.1f} ms")
    ratios = {
        "ladder_jpeg2000": ("jpeg2000 levels, imagecodecs", "jpeg2000 ladder, ours"),
        "encode_jpeg2000": ("jpeg2000 encodes, imagecodecs", "jpeg2000 layered encode, ours"),
        "ladder_jpeg": ("jpeg bisections, Pillow", "jpeg ladder, ours"),
        "layered": ("jpeg2000 layered encode, ours", "jpeg2000 single encode, ours"),
    }
    print(" ".join(f"{name}={median[a] / median[b]:.2f}" for name, (a, b) in ratios.items()))


if __name__ == "__main__":
    main()
