"""Our side as a process, and the images that scripts/check-codecs and bench-codecs compress."""

import pathlib
import subprocess

import numpy


class Ours:
    """benches/codec_peer.rs, answering one line per order."""

    def __init__(self, binary: str) -> None:
        self.process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *words: object) -> str:
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise RuntimeError(f"{words}: {answer or 'no answer'}")
        return answer


def image(rows: int, columns: int, bits: int, sigma: float, seed: int) -> numpy.ndarray:
    """Noisy ellipses in `bits` bits; sigma as a share of 4095."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[:rows, :columns] + 0.5
    values = numpy.full((rows, columns), 0.01)
    for size, grey in [(0.45, 0.5), (0.42, 0.26)]:
        inside = ((y / rows - 0.5) / size) ** 2 + ((x / columns - 0.5) / (0.85 * size)) ** 2 <= 1
        values[inside] = grey
    for _ in range(12):
        cy, cx = random.uniform(0.25, 0.75, 2)
        a, b = random.uniform(0.01, 0.08, 2)
        inside = ((y / rows - cy) / a) ** 2 + ((x / columns - cx) / b) ** 2 <= 1
        values[inside] = random.uniform(0.25, 0.28)
    values += random.normal(0, sigma / 4095, values.shape)
    peak = 2**bits - 1
    return numpy.clip(numpy.rint(values * peak), 0, peak).astype("<u2")


def write(path: pathlib.Path, pixels: numpy.ndarray) -> pathlib.Path:
    pixels.astype("<u2").tofile(path)
    return path


def read(path: object, rows: int, columns: int) -> numpy.ndarray:
    return numpy.fromfile(path, "<u2").reshape(rows, columns)
