"""Compares how hard phantoms and real images are to compress; see scripts/check-realism."""

import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib
import warnings

import imagecodecs
import numpy
import pydicom
import scipy.ndimage
from pydicom.data import get_testdata_file
from pydicom.pixels import apply_color_lut

# Single-frame grey originals of the packages pydicom and pydicom-data; none was compressed with
# loss before. The palette of the ultrasound file is grey.
WHOLE = (slice(None), slice(None))
REAL = {
    "CT": {
        "CT_small.dcm": ("back, 5 mm, 128 x 128", WHOLE),
        "693_UNCR.dcm": ("head, 5 mm", WHOLE),
        "J2K_pixelrep_mismatch.dcm": ("skull base, 5 mm", WHOLE),
        "explicit_VR-UN.dcm": ("abdomen, contrast medium", WHOLE),
        "bad_sequence.dcm": ("spine, 1 mm", WHOLE),
    },
    "MR": {
        "MR_small.dcm": ("64 x 64", WHOLE),
        "MR2_UNCR.dcm": ("shoulder, interpolated", WHOLE),
        "MR-SIEMENS-DICOM-WithOverlays.dcm": ("abdomen, reformatted", WHOLE),
    },
    "CR": {
        "RG1_UNCR.dcm": ("chest", WHOLE),
        # The leg without the edges of the collimator.
        "RG3_UNCR.dcm": ("leg", (slice(None), slice(480, 1250))),
    },
    "US": {
        "JPGLosslessP14SV1_1s_1f_8b.dcm": ("heart", WHOLE),
        # One of two views, without its marks.
        "gdcm-US-ALOKA-16.dcm": ("pelvis", (slice(40, 400), slice(340, 630))),
    },
    "NM": {"JPEG-LL.dcm": ("whole-body bone scan", WHOLE)},
}
# Modalities of which phantoms must lie within the spread; there are too few files of the others.
HELD = ["CT", "MR", "CR"]
# Images of each phantom.
IMAGES = 2
RATIO = 10
# Last step of the search for a rate, in dB of the quality asked for.
SEARCH_DB = 0.02


def largest(mask: numpy.ndarray) -> numpy.ndarray:
    """The largest connected part."""
    labels, count = scipy.ndimage.label(mask)
    if count == 0:
        raise ValueError("no body found")
    sizes = numpy.bincount(labels.ravel())
    sizes[0] = 0
    return labels == sizes.argmax()


def filled(mask: numpy.ndarray, at_most: float) -> numpy.ndarray:
    """Without its holes of at most `at_most` of the image."""
    labels, _ = scipy.ndimage.label(scipy.ndimage.binary_fill_holes(mask) & ~mask)
    small = numpy.bincount(labels.ravel()) <= at_most * mask.size
    small[0] = False
    return mask | small[labels]


def body(values: numpy.ndarray, modality: str) -> numpy.ndarray:
    """The pixels of the body: a threshold on the smoothed image, opened, its largest part filled.

    CT: above -300 HU. MR and NM: above 5 % of the 99th percentile. US: above 3 % of white, so that
    the margin around a sector falls off. Projections: between 3 % and 97 % of the range, which
    leaves out the open field and what the collimator covers.
    """
    smooth = scipy.ndimage.uniform_filter(
        values.astype(float), {"US": 15, "NM": 5}.get(modality, 3), mode="nearest"
    )
    if modality == "CT":
        mask = smooth > -300 + 1024
    elif modality in ("MR", "NM"):
        mask = smooth > 0.05 * numpy.percentile(smooth, 99)
    elif modality == "US":
        mask = smooth > 0.03 * 255
    else:
        low, high = numpy.percentile(smooth, [0.5, 99.5])
        share = (smooth - low) / (high - low)
        mask = (share > 0.03) & (share < 0.97)
    # Cuts off tables and marks that touch the body by a bridge.
    opened = scipy.ndimage.binary_opening(mask, numpy.ones((3, 3)), 2)
    # A hole is a lung, or the open field between two legs.
    return filled(largest(opened), 0.01 if modality in ("CR", "MG", "XA") else 1.0)


def lossless(values: numpy.ndarray, bits: int) -> int:
    """Bytes of OpenJPEG's reversible 5/3 codestream."""
    return len(
        imagecodecs.jpeg2k_encode(
            values, level=0, reversible=True, codecformat="J2K", bitspersample=bits
        )
    )


def at_rate(values: numpy.ndarray, bits: int, size: float) -> numpy.ndarray:
    """The best image that OpenJPEG's irreversible 9/7 codestream holds in `size` bytes."""
    low, high, best = 10.0, 120.0, None
    while high - low > SEARCH_DB:
        level = (low + high) / 2
        stream = imagecodecs.jpeg2k_encode(
            values, level=level, reversible=False, codecformat="J2K", bitspersample=bits
        )
        if len(stream) <= size:
            low, best = level, stream
        else:
            high = level
    if best is None:
        raise ValueError(f"no codestream of {size:.0f} bytes")
    return imagecodecs.jpeg2k_decode(best)


@dataclasses.dataclass
class Figures:
    # Share of the image that is body.
    body: float
    # Bits that the values need.
    bits: float
    bits_per_pixel: float
    psnr_db: float


def mean(each: list[Figures]) -> Figures:
    return Figures(*numpy.mean([dataclasses.astuple(one) for one in each], axis=0))


def measure(values: numpy.ndarray, modality: str) -> Figures:
    """What it takes to store the body; what lies outside is set to one value and costs nothing."""
    bits = 12 if modality == "CT" else needed(values)
    mask = body(values, modality)
    rows, columns = (numpy.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    outside = numpy.median(values[~mask]) if (~mask).any() else 0
    flat = numpy.where(mask, values, outside)[box].astype(values.dtype)
    flat, mask = numpy.ascontiguousarray(flat), mask[box]
    pixels = mask.sum()
    decoded = at_rate(flat, bits, bits * pixels / RATIO / 8)
    error = (decoded.astype(float) - flat)[mask]
    low, high = numpy.percentile(flat[mask], [0.5, 99.5])
    # CT numbers have a scale of their own; that of other modalities is arbitrary.
    peak = 4095 if modality == "CT" else high - low
    return Figures(
        body=pixels / values.size,
        bits=bits,
        bits_per_pixel=8 * lossless(flat, bits) / pixels,
        psnr_db=20 * numpy.log10(peak / numpy.sqrt((error**2).mean())),
    )


def needed(values: numpy.ndarray) -> int:
    """The bits that the values need: many files say 16 where 12 are used."""
    return max(int(values.max()).bit_length(), 8)


def real(name: str, modality: str) -> numpy.ndarray:
    file = pydicom.dcmread(get_testdata_file(name, download=False))
    values = file.pixel_array.astype(int)
    if modality == "CT":
        # All on the scale of the phantoms: HU + 1024 in 12 bits; padding is air.
        offset = int(file.get("RescaleIntercept", 0)) + 1024
        return numpy.clip(values * int(file.get("RescaleSlope", 1)) + offset, 0, 4095).astype(
            numpy.uint16
        )
    if file.PhotometricInterpretation == "PALETTE COLOR":
        return (apply_color_lut(file.pixel_array, file)[..., 1] >> 8).astype(numpy.uint8)
    values = numpy.maximum(values, 0)
    # At most the 12 bits that phantoms store.
    values >>= max(needed(values) - 12, 0)
    return values.astype(numpy.uint8 if needed(values) == 8 else numpy.uint16)


def phantoms(binary: str, names: list[str], work: pathlib.Path):
    """Name, modality and images of each phantom: those of the library that show a body, or those
    that are named, by id or file."""
    if not names:
        listed = json.loads(subprocess.check_output([binary, "list", "--json"]))
        names = [phantom["id"] for phantom in listed if phantom["anatomy"] != "none"]
    for number, name in enumerate(names):
        out = work / str(number)
        command = [binary, "generate", name, "--count", str(IMAGES), "--seed", "1"]
        command += ["--format", "npy", "--quiet", "--out", str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        source = json.loads((out / "dataset.json").read_text())["phantom_source"]
        # Masks lie beside their images.
        paths = [path for path in sorted(out.glob("*/*.npy")) if "." not in path.stem]
        images = [numpy.load(path) for path in paths]
        yield name, tomllib.loads(source)["modality"], images


def line(kind: str, name: str, note: str, found: Figures) -> str:
    return (
        f"{kind:8} {name:34} {found.body:5.2f} {found.bits:5.1f} {found.bits_per_pixel:8.2f}"
        f" {found.bits / found.bits_per_pixel:6.2f} {found.psnr_db:8.2f}   {note}"
    )


def beside(found: Figures, spread: list[Figures]) -> tuple[str, bool]:
    """Both figures over the middle of the real ones, and whether they lie within their spread."""
    words, inside = [], True
    for key, unit in (("bits_per_pixel", ""), ("psnr_db", " dB")):
        values = [getattr(one, key) for one in spread]
        low, high, value = min(values), max(values), getattr(found, key)
        middle = numpy.median(values)
        words.append(f"x {value / middle:.2f}" if not unit else f"{value - middle:+.1f} dB")
        inside &= low <= value <= high
    return f"{', '.join(words)}  {'inside' if inside else 'OUTSIDE'}", inside


def main() -> None:
    binary, *names = sys.argv[1:]
    print(f"{'':8} {'image':34} {'body':>5} {'bits':>5} {'bits/px':>8} {'ratio':>6} {'PSNR':>8}")
    spread: dict[str, list[Figures]] = {}
    with warnings.catch_warnings():
        # pydicom remarks on files that do not keep to the standard.
        warnings.simplefilter("ignore")
        for modality, files in REAL.items():
            for name, (note, crop) in files.items():
                found = measure(real(name, modality)[crop], modality)
                spread.setdefault(modality, []).append(found)
                print(line(f"real {modality}", name, note, found), flush=True)
    for modality, all_found in spread.items():
        ranges = []
        for key in ("bits_per_pixel", "psnr_db"):
            values = [getattr(found, key) for found in all_found]
            ranges.append(f"{min(values):.2f} to {max(values):.2f}")
        print(f"{modality}, {len(all_found)} real: bits/px {ranges[0]}, PSNR {ranges[1]}")
    outside = []
    with tempfile.TemporaryDirectory() as work:
        for name, modality, images in phantoms(binary, names, pathlib.Path(work)):
            found = mean([measure(image, modality) for image in images])
            said, inside = "no real file", True
            if modality in spread:
                said, inside = beside(found, spread[modality])
            print(line(modality, name, said, found), flush=True)
            if not inside and modality in HELD:
                outside.append(name)
    if outside:
        sys.exit(f"outside the spread of the real images: {', '.join(outside)}")
    print(f"the phantoms of {', '.join(HELD)} lie within the spread of the real images")


if __name__ == "__main__":
    main()
