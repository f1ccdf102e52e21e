"""Phantom files without our code: joins what they extend, changes them, has images drawn."""

import copy
import json
import pathlib
import subprocess
import tomllib

import numpy

LIBRARY = pathlib.Path("phantoms")
# Keys of a layer that say what it shows; the others say where, and what differs in it.
MATERIAL = {"value_hu", "pd_percent", "t1_ms", "t2_ms", "t1_exponent", "thickness_mm", "mu_per_mm"}
MATERIAL |= {"echogenicity_db", "uptake_percent", "blend"}


def joined(path: pathlib.Path) -> dict:
    """A file with what it extends: tables are joined, lists come from one file as a whole."""
    own = tomllib.loads(path.read_text())
    parent = own.pop("extends", None)
    return merged(joined(LIBRARY / parent), own) if parent else own


def merged(below: dict, above: dict) -> dict:
    result = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def library() -> dict[str, dict]:
    """Every file of `phantoms/` that is a phantom, by its id."""
    files = [joined(path) for path in sorted(LIBRARY.rglob("*.toml"))]
    return {file["id"]: file for file in files if "id" in file}


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return json.dumps(value)


class Drawn:
    """Images that the program wrote, with their truth."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.source = json.loads((directory / "dataset.json").read_text())["phantom_source"]
        self.images, self.truth, self.paths = [], [], []
        for metadata in sorted(directory.glob("*/metadata.jsonl")):
            for line in metadata.read_text().splitlines():
                truth = json.loads(line)
                self.truth.append(truth)
                self.paths.append(metadata.parent / truth["file_name"])
                self.images.append(numpy.load(self.paths[-1]).astype(float))


class Program:
    def __init__(self, binary: str, work: pathlib.Path) -> None:
        self.binary, self.work, self.runs = binary, work, 0

    def listed(self) -> list[str]:
        answer = subprocess.check_output([self.binary, "list", "--json"])
        return [phantom["id"] for phantom in json.loads(answer)]

    def draw(self, phantom: str | dict, count: int = 1, seed: int = 1) -> Drawn:
        """Images of a phantom of the library, by its id, or of a whole file."""
        self.runs += 1
        out = self.work / f"{self.runs}"
        if isinstance(phantom, dict):
            phantom = with_whole_window(phantom)
            path = self.work / f"{self.runs}.toml"
            path.write_text("".join(f"{key} = {toml(value)}\n" for key, value in phantom.items()))
            phantom = str(path)
        command = [self.binary, "generate", phantom, "--count", str(count), "--seed", str(seed)]
        command += ["--format", "npy", "--jobs", "1", "--quiet", "--out", str(out)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise RuntimeError(result.stderr.strip())
        return Drawn(out)

    def lossless_bits(self, path: pathlib.Path, bits: int) -> float:
        """Bits per pixel that `compress` needs without loss."""
        command = [self.binary, "compress", str(path), "--bits-stored", str(bits)]
        command += ["--codec", "lossless", "--json", "--quiet"]
        return json.loads(subprocess.check_output(command))["bpp"]


def physics_of(file: dict) -> str:
    return next(iter(file["acquisition"]))


def with_acquisition(file: dict, **settings: float | None) -> dict:
    """Another acquisition; `None` takes a setting away."""
    file = copy.deepcopy(file)
    table = file["acquisition"][physics_of(file)]
    for key, value in settings.items():
        table[key] = value
        if value is None:
            del table[key]
    return file


def test_object(file: dict, layers: list[dict], inside: str = "test field") -> dict:
    """The physics of a phantom with other layers on an even field, without targets; the layer
    `inside` must be seen somewhere."""
    spacing = file["matrix"]["pixel_spacing_mm"]
    halves = [file["matrix"][side] * spacing for side in ("columns", "rows")]
    field = {"name": "test field", "shape": "rectangle", "semi_axes_mm": halves}
    contrast = next(key for key in file["targets"] if key.startswith("contrast_"))
    kept = ("format", "title", "modality", "anatomy", "matrix", "acquisition")
    return {key: copy.deepcopy(file[key]) for key in kept} | {
        "id": "test-object",
        "background": [field | nothing(file), *layers],
        "targets": {
            "shapes": ["disk"],
            "absent_fraction": 0.999999,
            "equivalent_radius_mm": {"uniform": [2 * spacing, 2 * spacing]},
            contrast: {"uniform_magnitude": [1.0, 1.0], "sign": "negative"},
            "inside": inside,
            "region_pixels": 16,
            "regions_at_most": 1,
            "offset_mm": 0.0,
        },
    }


def with_whole_window(file: dict) -> dict:
    """A window of all that can be stored: the program refuses one that does not show targets."""
    matrix = file["matrix"]
    unit = next(iter(matrix["window"])).removeprefix("center_")
    width = matrix["rescale"]["slope"] * 2.0 ** matrix["bits_stored"]
    center = matrix["rescale"]["intercept"] + width / 2
    window = {f"center_{unit}": center, f"width_{unit}": width}
    return file | {"matrix": matrix | {"window": window}}


def nothing(file: dict) -> dict:
    """What a dark layer shows: -500 HU, no signal, nothing in the beam, -10 dB, no uptake."""
    return {
        "ct": {"value_hu": -500.0},
        "mr": {"pd_percent": 0.001, "t1_ms": 500.0, "t2_ms": 100.0},
        "xray": {"thickness_mm": 0.0, "mu_per_mm": 0.01},
        "ultrasound": {"echogenicity_db": -10.0},
        "nuclear": {"uptake_percent": 0.0},
    }[physics_of(file)]


def something(file: dict, share: float = 1.0) -> dict:
    """What a bright layer shows: 500 HU, full signal, a line integral of 0.5, 10 dB, an uptake of
    100 percent; or `share` of the way from nothing."""
    return {
        "ct": {"value_hu": -500.0 + 1000.0 * share},
        "mr": {"pd_percent": 100.0 * share, "t1_ms": 200.0, "t2_ms": 500.0},
        "xray": {"thickness_mm": 50.0 * share, "mu_per_mm": 0.01, "blend": "add"},
        "ultrasound": {"echogenicity_db": -10.0 + 20.0 * share},
        "nuclear": {"uptake_percent": 100.0 * share},
    }[physics_of(file)]


def rectangle(file: dict, rows: tuple[float, float], columns: tuple[float, float]) -> dict:
    """An outline between these rows and columns, in pixels from the first."""
    spacing = file["matrix"]["pixel_spacing_mm"]
    center, half = [], []
    for (low, high), side in ((columns, "columns"), (rows, "rows")):
        center.append(((low + high) / 2 - file["matrix"][side] / 2) * spacing)
        half.append((high - low) / 2 * spacing)
    return {"shape": "rectangle", "center_mm": center, "semi_axes_mm": half}
