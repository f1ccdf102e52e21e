"""Measures what the images of every phantom show; see scripts/check-physics."""

import concurrent.futures
import copy
import pathlib
import sys
import tempfile
import tomllib
import traceback

import imagecodecs
import numpy
import phantom_file
import physics_formulae as formulae
import scipy.ndimage
from phantom_file import rectangle, something, test_object, with_acquisition
from physics_bench import Bench, Row, even, in_range, still, whole, wide
from physics_noise import noise

# Images of each phantom.
IMAGES = 2


def sharpness(bench: Bench) -> list[Row]:
    """The MTF from a slanted edge without noise."""
    if bench.physics == "ultrasound":
        return []
    file = even(bench.file)
    far = max(file["matrix"]["rows"], file["matrix"]["columns"]) * bench.spacing
    slope = numpy.tan(numpy.radians(formulae.EDGE_DEG))
    outline = [[slope * far, -far], [2 * far, -far], [2 * far, far], [-slope * far, far]]
    edge = {"name": "edge", "shape": "polygon", "vertices_mm": outline, "smooth": False}
    image = bench.image(test_object(file, [edge | something(file)]))
    if bench.physics == "xray":
        image = numpy.exp(-image / bench.settings["gain_au"])
    frequencies, mtf = formulae.edge_mtf(image, bench.spacing)
    expected = formulae.mtf(frequencies, bench.file)
    cut = 0.95 * formulae.mr_cut_per_mm(bench.file)
    used = (frequencies < cut) & (expected > 0.1)
    worst = numpy.abs(mtf - expected)[used].max()
    rows = [Row("MTF, largest difference", worst, 0.0, 0.03)]
    half = formulae.half_frequency(bench.file)
    if half < cut:
        below = (numpy.flatnonzero(mtf < 0.5))[0]
        ends = slice(below - 1, below + 1)
        found = numpy.interp(-0.5, -mtf[ends], frequencies[ends])
        rows.append(Row("MTF 50 %, 1/mm", found, half, 0.03 * half))
    return rows


def tissues(bench: Bench) -> list[Row]:
    """Each layer's material on a square of its own, through the phantom's physics."""
    file = even(bench.file)
    materials = {
        layer["name"]: {key: layer[key] for key in phantom_file.MATERIAL & layer.keys()}
        for layer in file["background"]
    }
    rows, columns = file["matrix"]["rows"], file["matrix"]["columns"]
    side = 64
    while (rows // side) * (columns // side) < len(materials) + columns // side:
        side //= 2
    squares, layers = {}, []
    for number, (name, keys) in enumerate(materials.items()):
        # The first row of squares is the field that regions lie in.
        row, column = divmod(number, columns // side)
        top, left = (row + 1) * side, column * side
        outline = rectangle(file, (top, top + side), (left, left + side))
        layers.append({"name": name} | keys | outline)
        inner = side // 4
        squares[name] = (slice(top + inner, top + 3 * inner), slice(left + inner, left + 3 * inner))
    count = 4 if bench.physics == "ultrasound" else 1
    images = bench.program.draw(test_object(file, layers), count).images
    image = bench.physical(numpy.mean(images, axis=0))
    worst, tolerance = None, 0.0
    for name, square in squares.items():
        shown, low, high = formulae.tissue(file, materials[name])
        found = image[square].mean()
        allowed = formulae.tissue_tolerance(file, shown)
        if low <= shown <= high and (
            worst is None or abs(found - shown) / allowed > abs(worst[1] - worst[2]) / tolerance
        ):
            worst, tolerance = (name, found, shown), allowed
    unit = {"ct": "HU", "mr": "au", "xray": "au", "ultrasound": "dB", "nuclear": "counts"}
    claim = f"worst of {len(materials)} tissues, {unit[bench.physics]}"
    return [Row(claim, worst[1], worst[2], tolerance, worst[0])]


def deviation(texture: dict) -> float:
    return next(value for key, value in texture.items() if key.startswith("sd_"))


def textures(bench: Bench) -> list[Row]:
    """Each texture in an even layer: its deviation, its spectrum, and the direction of it."""
    if bench.physics == "ultrasound":
        # Speckle hides it.
        return []
    calm = in_range(even(bench.file))
    base = {"name": "slab"} | whole(calm) | something(calm, 2.0 if bench.physics == "xray" else 0.5)
    plain = bench.physical(bench.program.draw(test_object(calm, [base], "slab")).images[0])
    unit = {"ct": 1.0, "xray": bench.settings.get("gain_au", 1.0) / 100}.get(
        bench.physics, numpy.median(plain) / 100
    )
    # Layers of one spectrum share a field: the strongest tells it best.
    strongest: dict[str, dict] = {}
    for layer in bench.file["background"]:
        if texture := layer.get("texture"):
            spectrum = str(sorted((k, v) for k, v in texture.items() if not k.startswith("sd_")))
            known = strongest.get(spectrum)
            if known is None or deviation(known["texture"]) < deviation(texture):
                strongest[spectrum] = layer
    rows = []
    for layer in strongest.values():
        texture, sd = layer["texture"], deviation(layer["texture"])
        textured = test_object(calm, [base | {"texture": texture}], "slab")
        drawn = bench.program.draw(textured, 2 * IMAGES)
        fields = [(bench.physical(image) - plain) / unit for image in drawn.images]
        expected = formulae.texture_power(bench.file, texture)
        left = numpy.sqrt(expected["shown"].sum() / expected["painted"].sum())
        found = numpy.sqrt(numpy.mean([(field**2).mean() for field in fields]))
        name = layer["name"]
        rows.append(Row("texture sd", found, sd * left, 0.12 * sd, name))
        shares = formulae.shares(fields, expected["shown"], expected["masks"])
        for mask, (has, should) in shares.items():
            rows.append(Row(f"texture power, {mask}", has, should, 0.1, name))
    return rows


def borders(bench: Bench) -> list[Row]:
    """Something dense along the last columns and rows: the first ones must not see it."""
    file = in_range(still(bench.file))
    if bench.physics == "mr":
        file = with_acquisition(file, bias_percent=0.0)
    if bench.physics == "xray":
        file = with_acquisition(file, structure_percent=0.0)
    rows, columns = file["matrix"]["rows"], file["matrix"]["columns"]
    dense = something(file, 2.0 if bench.physics == "xray" else 1.0)
    slabs = [
        {"name": "right", **rectangle(file, (-rows, 2 * rows), (0.75 * columns, 2 * columns))},
        {"name": "bottom", **rectangle(file, (0.75 * rows, 2 * rows), (-columns, 2 * columns))},
    ]
    open_field = bench.image(test_object(file, []))
    slabbed = bench.image(test_object(file, [slab | dense for slab in slabs]))
    difference = slabbed - open_field
    # The slabs' own change, far from their edges; the corner has both.
    inside = difference[rows // 2, int(0.9 * columns)]
    found = formulae.first_lines(difference) / inside
    expected = formulae.open_field_change(file, something(file, 2.0)) / inside
    worst = numpy.abs(found - expected).argmax()
    note = "share of the slab's own change"
    result = [Row("open field at the far edge", found[worst], expected[worst], 0.002, note)]
    centre = open_field[rows // 2, columns // 2]
    edges = numpy.array([open_field[0, 0], open_field[-1, -1], open_field[0, -1]])
    if bench.physics != "ultrasound":
        worst = edges[numpy.abs(edges - centre).argmax()]
        result.append(Row("open field, corner as centre", worst, centre, 1.0))
    return result


def placement(bench: Bench) -> list[Row]:
    """The share of targets below which only allowed tissue shows.

    Two images of the same scenes differ in the values of the allowed layers alone, so their
    difference is where these are seen.
    """
    targets = bench.file["targets"]
    allowed = [targets["inside"], *targets.get("allow", [])]
    shapes = {layer["name"]: layer["shape"] for layer in bench.file["background"]}
    in_vessels = shapes[targets["inside"]] == "tube"
    both = []
    for bright in (True, False):
        file = wide(even(bench.file))
        file["background"] = copy.deepcopy(file["background"])
        for layer in file["background"]:
            if layer["name"] in allowed:
                layer.update(formulae.marked(bench.physics, layer, bright))
                layer.pop("profile", None)
        both.append(bench.program.draw(file, IMAGES))
    inside, count = 0, 0
    for bright, dark, truth in zip(both[0].images, both[1].images, both[0].truth):
        slope = file["matrix"]["rescale"]["slope"]
        seen = formulae.visible(bench.file, slope * bright, slope * dark)
        if bench.physics == "ultrasound":
            # Where speckle of both sides of an edge cancels.
            seen = scipy.ndimage.median_filter(seen, 7)
        for target in truth["targets"]:
            if target["box"] is None:
                continue
            row, column, height, width = target["box"]
            if in_vessels:
                # A target fills its vessel or lies on the wall, so corners of its box are outside.
                row, column = (int(place) for place in target["center_pixels"])
                height = width = 1
            count += 1
            inside += seen[row : row + height, column : column + width].min() >= 0.5
    return [Row(f"targets on allowed tissue, of {count}", inside / count, 1.0, 0.0)]


def files(bench: Bench) -> list[Row]:
    """What `extends` joins, against a join by these scripts."""
    theirs = tomllib.loads(bench.drawn.source)
    differing = [key for key in {*theirs, *bench.file} if theirs.get(key) != bench.file.get(key)]
    return [Row("keys joined otherwise", len(differing), 0, 0, " ".join(sorted(differing)))]


def lossless(bench: Bench) -> list[Row]:
    bits = bench.file["matrix"]["bits_stored"]
    found = bench.program.lossless_bits(bench.drawn.paths[0], bits)
    pixels = numpy.load(bench.drawn.paths[0])
    stream = imagecodecs.jpeg2k_encode(
        pixels, level=0, reversible=True, codecformat="J2K", bitspersample=bits
    )
    expected = bits * pixels.size / (8 * len(stream))
    return [Row("lossless ratio, N:1", bits / found, expected, 0.02 * expected)]


CHECKS = [files, noise, sharpness, tissues, textures, borders, placement, lossless]


def checked(binary: str, name: str, file: dict) -> list[Row | str]:
    with tempfile.TemporaryDirectory() as work:
        program, rows = phantom_file.Program(binary, pathlib.Path(work)), []
        try:
            drawn = program.draw(name, IMAGES)
            bench = Bench(program, name, file, drawn, program.draw(still(file), IMAGES))
            for check in CHECKS:
                rows += check(bench)
        except Exception:
            # A claim that cannot be measured does not hold; the other phantoms are still checked.
            rows.append(traceback.format_exc())
        return rows


def main() -> None:
    binary = sys.argv[1]
    known = phantom_file.library()
    listed = phantom_file.Program(binary, pathlib.Path()).listed()
    wanted = [name for name in listed if name in sys.argv[2:] or len(sys.argv) == 2]
    print(f"{'phantom':15} {'claim':36} {'product':>10} {'independent':>11} {'within':>8}")
    failed = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        tables = pool.map(lambda name: checked(binary, name, known[name]), wanted)
        for name, rows in zip(wanted, tables):
            for row in rows:
                if isinstance(row, str):
                    failed.append(f"{name}: {row}")
                    print(f"{name:15} {row}")
                    continue
                verdict = "" if row.holds() else "  FAILS"
                print(
                    f"{name:15} {row.claim:36} {row.product:10.4g} {row.independent:11.4g}"
                    f" {row.tolerance:8.2g}  {row.note}{verdict}",
                    flush=True,
                )
                if verdict:
                    failed.append(f"{name}: {row.claim}: {row.product:.4g}, {row.independent:.4g}")
    if failed:
        sys.exit("\n".join([f"\n{len(failed)} claims do not hold:", *failed]))
    print("all claims hold")


if __name__ == "__main__":
    main()
