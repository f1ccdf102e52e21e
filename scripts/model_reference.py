"""Reference numbers of src/model/kernel.rs: PyTorch, and PIL on 32-bit floats and on 8 bits.

    python scripts/model_reference.py

Needs torch, numpy and pillow. The numbers in the tests are those of PyTorch 2.15.0 and Pillow 13.0.0.
"""

import numpy
import torch
from PIL import Image
from torch.nn.functional import interpolate

# (row² · 37 + column · 91 + row · column · 53) mod 256
ROWS, COLUMNS = numpy.mgrid[0:5, 0:7]
IMAGE = (ROWS**2 * 37 + COLUMNS * 91 + ROWS * COLUMNS * 53) % 256


def by_torch(mode, size, antialias=False):
    tensor = torch.tensor(IMAGE, dtype=torch.float64)[None, None]
    options = {} if mode in ("nearest", "nearest-exact", "area") else {"align_corners": False, "antialias": antialias}
    return interpolate(tensor, size=size, mode=mode, **options)[0, 0].numpy()


def by_pil(filter, size, mode):
    kind = numpy.float32 if mode == "F" else numpy.uint8
    image = Image.fromarray(IMAGE.astype(kind), mode=None)
    return numpy.asarray(image.resize(size[::-1], filter), dtype=numpy.float64)


for size in [(3, 4), (6, 9)]:
    found = {mode: by_torch(mode, size) for mode in ["nearest", "nearest-exact", "bilinear", "bicubic", "area"]}
    for mode in ["bilinear", "bicubic"]:
        found[f"{mode}-antialias"] = by_torch(mode, size, antialias=True)
    for name, filter in [("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC), ("lanczos", Image.LANCZOS)]:
        found[f"PIL {name} F"] = by_pil(filter, size, "F")
        found[f"PIL {name} 8 bits"] = by_pil(filter, size, "L")
    found["PIL nearest"] = by_pil(Image.NEAREST, size, "L")
    for name, values in found.items():
        print(size, name, ", ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values.ravel()))
