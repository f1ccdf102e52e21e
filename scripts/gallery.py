"""What scripts/gallery does in Python 3.11, without further packages.

gallery.py ids                    ids of `phantom-limit list --json` on stdin
gallery.py patients DATASET PNG   its training images side by side through the phantom's window,
                                  each HEIGHT pixels high
"""

import array
import json
import pathlib
import struct
import sys
import tomllib
import zlib

HEIGHT = 256


def read_npy(path):
    """Rows, columns and values of a two-dimensional uint8 or uint16 array, NPY 1.0 or 2.0."""
    data = path.read_bytes()
    assert data[:6] == b"\x93NUMPY"
    length, start = (
        (struct.unpack("<H", data[8:10])[0], 10)
        if data[6] == 1
        else (struct.unpack("<I", data[8:12])[0], 12)
    )
    header = data[start : start + length].decode("latin-1")
    narrow = "'|u1'" in header
    assert (narrow or "'<u2'" in header) and "'fortran_order': False" in header, header
    shape = header.split("'shape': (")[1].split(")")[0]
    rows, columns = (int(side) for side in shape.split(",") if side.strip())
    values = array.array("B" if narrow else "H", data[start + length :])
    if sys.byteorder == "big":
        values.byteswap()
    return rows, columns, values


def write_png(path, rows, columns, values):
    """8-bit grey PNG."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    lines = b"".join(b"\0" + values[row * columns : (row + 1) * columns] for row in range(rows))
    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def reduced(rows, columns, values):
    """Means of squares of pixels, HEIGHT of them one above the other."""
    side = max(1, rows // HEIGHT)
    lines = []
    for top in range(0, rows - side + 1, side):
        sums = [0] * (columns // side)
        for row in range(top, top + side):
            line = values[row * columns : (row + 1) * columns]
            for place in range(len(sums)):
                sums[place] += sum(line[place * side : (place + 1) * side])
        lines.append(bytes(total // (side * side) for total in sums))
    return lines


def patients(dataset, png):
    phantom = tomllib.loads(json.loads((dataset / "dataset.json").read_text())["phantom_source"])
    rescale = phantom["matrix"]["rescale"]
    keys = phantom["matrix"]["window"]
    center = next(value for key, value in keys.items() if key.startswith("center_"))
    width = next(value for key, value in keys.items() if key.startswith("width_"))

    def display(stored):
        # DICOM PS3.3 C.11.2.1.2.1.
        physical = rescale["slope"] * stored + rescale["intercept"]
        position = (physical - (center - 0.5)) / (width - 1) + 0.5
        return max(0, min(255, int(position * 255 + 0.5)))

    images = []
    # Masks lie beside their images.
    for path in sorted(it for it in (dataset / "train").glob("*.npy") if "." not in it.stem):
        rows, columns, values = read_npy(path)
        table = bytes(display(stored) for stored in range(max(values) + 1))
        images.append(reduced(rows, columns, bytes(table[value] for value in values)))
    lines = [b"".join(parts) for parts in zip(*images)]
    write_png(png, len(lines), len(lines[0]), b"".join(lines))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ids"]:
            print("\n".join(one["id"] for one in json.load(sys.stdin)))
        case ["patients", dataset, png]:
            patients(pathlib.Path(dataset), pathlib.Path(png))
        case _:
            sys.exit(__doc__)
