"""Compares what `compress` reads of real DICOM files with pydicom; see scripts/check-real-files."""

import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import data_store
import numpy
import PIL.Image
import pydicom
from pydicom.uid import JPEGBaseline8Bit, JPEGExtended12Bit

# Longest that one file may take, in s.
SLOWEST = 60
# Decoders of JPEG with loss differ by the rounding of the inverse transform, in stored units.
ROUNDING = 2
LOSSY = [JPEGBaseline8Bit, JPEGExtended12Bit]
# Grey files with one frame, named *.dcm, that are read right: no fewer than that.
LEAST_RIGHT = 44
# Grey files that pydicom reads and we do not, with what is said of them.
NOT_READ = {
    "parametric_map_float.dcm": "floating-point",
    "parametric_map_double_float.dcm": "floating-point",
}


@dataclasses.dataclass
class Outcome:
    """What became of a file."""

    file: pathlib.Path
    grey_single: bool
    # Frames that equal pydicom's, those that pydicom does not decode, and what is wrong.
    right: int
    unchecked: int
    wrong: list[str]
    reason: str


def files() -> list[pathlib.Path]:
    """Every DICOM file of the two packages."""
    roots = [
        pathlib.Path(pydicom.__file__).parent / "data" / "test_files",
        pathlib.Path(data_store.__file__).parent / "data",
    ]
    found = (path for root in roots for path in sorted(root.rglob("*")) if path.is_file())
    other = {".txt", ".json", ".icc", ".gz", ".dump", ".py", ".md"}
    return [path for path in found if path.suffix not in other and not path.name.startswith("README")]


def compress(binary: str, path: pathlib.Path, *options: str) -> tuple[int, list[dict], str]:
    """Exit code, lines and messages of a lossless compression."""
    command = [binary, "compress", str(path), "--codec", "lossless", "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SLOWEST, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def pixels(path: pathlib.Path, dataset: pydicom.Dataset) -> list[numpy.ndarray] | str:
    """The frames as pydicom decodes them, else dcmdjpeg, or why neither does."""
    try:
        array = dataset.pixel_array
    except Exception as error:  # Whatever its plugins raise.
        with tempfile.TemporaryDirectory() as place:
            decoded = f"{place}/decoded.dcm"
            done = subprocess.run(["dcmdjpeg", path, decoded], capture_output=True, check=False)
            if done.returncode or dataset.file_meta.TransferSyntaxUID not in LOSSY:
                return f"{type(error).__name__}: {error}".splitlines()[0]
            array = pydicom.dcmread(decoded).pixel_array
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    return list(array) if frames > 1 else [array]


def close(binary: str, path: pathlib.Path, line: dict, frame: numpy.ndarray) -> bool:
    """Whether a frame decoded from JPEG with loss is pydicom's up to rounding."""
    with tempfile.TemporaryDirectory() as out:
        options = ["--keep", "decoded", "--out", f"{out}/kept"]
        if line["frame"]:
            options += ["--frame", str(line["frame"])]
        compress(binary, path, *options)
        [kept] = pathlib.Path(out).rglob("*.png")
        ours = numpy.asarray(PIL.Image.open(kept)).astype(int)
    return numpy.abs(ours - frame - line["offset"]).max() <= ROUNDING


def check(binary: str, path: pathlib.Path) -> Outcome:
    """Runs one file."""
    outcome = Outcome(path, False, 0, 0, [], "")
    code, lines, said = compress(binary, path, "--frame", "all")
    try:
        dataset = pydicom.dcmread(path, force=True)
    except Exception as error:
        dataset = pydicom.Dataset()
        outcome.reason = str(error)
    grey = str(dataset.get("PhotometricInterpretation", "")).startswith("MONOCHROME")
    frames = str(dataset.get("NumberOfFrames", 1) or 1)
    outcome.grey_single = grey and frames == "1" and path.suffix == ".dcm" and "PixelData" in dataset
    if code not in (0, 2, 4) or "panicked" in said:
        outcome.wrong.append(f"exit code {code}: {said.strip()[:200]}")
    expected = pixels(path, dataset) if grey else "no grey pixels"
    for line in lines:
        place = (line["frame"] or 1) - 1
        if isinstance(expected, str):
            outcome.unchecked += 1
            continue
        frame = expected[place].astype(numpy.int64)
        # Values of 32 bits may be divided by a common factor, which is said.
        divisors = [warning.get("divisor", 1) for warning in line["warnings"]]
        divisor = max(divisors, default=1)
        if (frame % divisor).any():
            outcome.wrong.append(f"divided by {divisor}")
        frame //= divisor
        words = (frame + line["offset"]).astype("<u2")
        if hashlib.sha256(words.tobytes()).hexdigest() == line["input_sha256"]:
            outcome.right += 1
        elif dataset.file_meta.TransferSyntaxUID in LOSSY and close(binary, path, line, frame):
            outcome.right += 1
        else:
            outcome.wrong.append(f"other values in frame {place + 1}")
    if not lines:
        messages = [text for text in said.splitlines() if text.startswith("error: ")]
        message = messages[0] if messages else f"no message: {said.strip()[:80]}"
        outcome.reason = re.sub(r"^error: `[^`]*`: ", "", message)
        allowed = NOT_READ.get(path.name)
        if grey and not isinstance(expected, str) and not (allowed and allowed in said):
            outcome.wrong.append(f"refused, though pydicom reads it: {outcome.reason}")
    elif not isinstance(expected, str) and len(lines) != len(expected):
        outcome.wrong.append(f"{len(lines)} frames of {len(expected)}")
    return outcome


def kind(reason: str) -> str:
    """A reason without its numbers and names."""
    return re.sub(r"[0-9]+", "N", reason.split(";")[0])[:90]


def main() -> int:
    """Prints what was read and what was refused."""
    warnings.simplefilter("ignore")
    binary = os.path.abspath(sys.argv[1])
    every = files()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda path: check(binary, path), every))
    read = [outcome for outcome in outcomes if outcome.right or outcome.unchecked]
    refused = [outcome for outcome in outcomes if not outcome.right and not outcome.unchecked]
    named = sum(path.suffix == ".dcm" for path in every)
    print(f"{len(every)} files, {named} of them named *.dcm: {len(read)} read, {len(refused)} refused")
    for reason, count in collections.Counter(kind(o.reason) for o in refused).most_common():
        print(f"{count:5} {reason}")
    for outcome in outcomes:
        if outcome.unchecked:
            print(f"      {outcome.file.name}: read, but not by pydicom")
    single = [outcome for outcome in outcomes if outcome.grey_single]
    right = [outcome for outcome in single if outcome.right and not outcome.wrong]
    print(f"{len(right)} of {len(single)} grey files with one frame, named *.dcm, equal pydicom's")
    for outcome in single:
        if outcome not in right:
            print(f"      {outcome.file.name}: {outcome.reason or 'not compared'}")
    frames = sum(outcome.right for outcome in outcomes)
    print(f"{frames} frames in all equal pydicom's")
    wrong = [(outcome.file.name, what) for outcome in outcomes for what in outcome.wrong]
    for name, what in wrong:
        print(f"FAILED {name}: {what}")
    if len(right) < LEAST_RIGHT:
        print(f"FAILED: fewer than {LEAST_RIGHT}")
    return 1 if wrong or len(right) < LEAST_RIGHT else 0


if __name__ == "__main__":
    sys.exit(main())
