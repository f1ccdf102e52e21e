"""Compares the metrics of `phantom-limit compress` with those of scikit-image.

MS-SSIM is compared with a transcription of the authors' MATLAB program (Wang's msssim.m: Gaussian
window, valid positions, `imfilter` with a 2×2 mean and symmetric border, every second pixel) into
scipy: scikit-image has none.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import skimage
from scipy import ndimage, signal
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

TOLERANCE = 1e-4
WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
RATIOS = "4,10,30,100"


def images() -> dict[str, tuple[int, np.ndarray]]:
    """Photographs, a phantom and noise of several depths and sizes, as stored values."""
    rng = np.random.default_rng(5)
    camera = skimage.data.camera().astype(float) / 255
    moon = skimage.data.moon().astype(float) / 255
    phantom = skimage.data.shepp_logan_phantom()
    rows, columns = np.mgrid[:331, :257]
    waves = 0.5 + 0.25 * np.sin(rows / 7.0) + 0.2 * np.cos(rows * columns / 900.0)
    found = {}
    for name, bits, image, noise in [
        ("camera", 8, camera, 0.0),
        ("moon", 8, moon[:401, :407], 0.0),
        ("phantom", 12, phantom, 0.01),
        ("camera", 12, camera, 0.003),
        ("waves", 10, waves, 0.02),
        ("moon", 16, moon, 0.001),
        ("waves", 16, waves, 0.0),
        ("noise", 12, np.full((200, 300), 0.4), 0.1),
    ]:
        peak = 2**bits - 1
        stored = np.clip(np.rint((image + noise * rng.standard_normal(image.shape)) * peak), 0, peak)
        found[f"{name}-{bits}"] = bits, stored.astype(np.uint8 if bits == 8 else np.uint16)
    return found


def ms_ssim(first: np.ndarray, second: np.ndarray, peak: float) -> float:
    offsets = np.arange(-5, 6)
    line = np.exp(-(offsets**2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2

    def mean(values: np.ndarray) -> np.ndarray:
        return signal.convolve2d(values, window, mode="valid")

    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        a, b = mean(first), mean(second)
        variances = mean(first**2) - a**2 + mean(second**2) - b**2
        contrast = (2 * (mean(first * second) - a * b) + c2) / (variances + c2)
        if scale + 1 == len(WEIGHTS):
            luminance = (2 * a * b + c1) / (a**2 + b**2 + c1)
            return product * max(np.mean(luminance * contrast), 0) ** weight
        product *= max(np.mean(contrast), 0) ** weight
        # imfilter's 2×2 kernel reaches one pixel onward; symmetric beyond the border.
        halves = [
            ndimage.correlate(image, np.full((2, 2), 0.25), mode="reflect", origin=-1)[::2, ::2]
            for image in (first, second)
        ]
        first, second = halves
    raise AssertionError


def main() -> None:
    binary = sys.argv[1]
    worst: dict[str, float] = {}
    levels = 0
    with tempfile.TemporaryDirectory() as place:
        for name, (bits, stored) in images().items():
            path = pathlib.Path(place) / f"{name}.npy"
            np.save(path, stored)
            out = pathlib.Path(place) / f"out-{name}"
            codecs = "jpeg2000,jpeg" if bits == 8 else "jpeg2000"
            command = [binary, "compress", path, "--bits-stored", str(bits), "--codec", codecs]
            command += ["--ratio", RATIOS, "--keep", "difference", "--out", out, "--json", "--quiet"]
            result = subprocess.run(command, check=True, capture_output=True, text=True)
            peak = 2**bits - 1
            for text in result.stdout.splitlines():
                line = json.loads(text)
                [kept] = out.glob(f"*/{line['codec']}-native-{line['target']:g}-stored.diff.npy")
                first = stored.astype(float)
                second = first + np.load(kept)
                levels += 1
                expected = {
                    "psnr_db": peak_signal_noise_ratio(first, second, data_range=peak),
                    "max_error": np.abs(first - second).max(),
                    "ssim": structural_similarity(
                        first, second, data_range=peak, gaussian_weights=True, sigma=1.5,
                        use_sample_covariance=False,
                    ),
                    "ssim_uniform": structural_similarity(first, second, data_range=peak),
                    "ms_ssim": ms_ssim(first, second, peak),
                }
                for metric, value in expected.items():
                    difference = abs(line[metric] - value)
                    worst[metric] = max(worst.get(metric, 0.0), difference)
                    if difference > TOLERANCE:
                        print(f"{name} {line['codec']} {line['target']}:1: {metric} is "
                              f"{line[metric]} instead of {value}")
    print(f"scikit-image {skimage.__version__}: {levels} levels; largest differences "
          + " ".join(f"{metric}={value:.1e}" for metric, value in worst.items()))
    if not levels or max(worst.values()) > TOLERANCE:
        sys.exit(1)


if __name__ == "__main__":
    main()
