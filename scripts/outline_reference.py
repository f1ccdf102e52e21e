#!/usr/bin/env python3
"""Prints figures of outlines by MONAI and by surface-distance, for src/engine/metric/outline/tests.rs.

    python3 -m venv venv && venv/bin/pip install monai surface-distance torch numpy scipy
    venv/bin/python scripts/outline_reference.py
"""

import sys
import types
import warnings

import numpy as np
import scipy
import scipy.ndimage
import torch

warnings.filterwarnings("ignore")
# surface-distance 0.1 imports names that scipy 2 will no longer have.
for name in ("filters", "morphology", "measurements"):
    module = types.ModuleType(f"scipy.ndimage.{name}")
    module.__dict__.update(scipy.ndimage.__dict__)
    sys.modules[f"scipy.ndimage.{name}"] = module
    setattr(scipy.ndimage, name, module)

import monai  # noqa: E402
import monai.metrics as mm  # noqa: E402
import surface_distance as sd  # noqa: E402

SPACING = 0.45
SIDE = 48
rows, columns = np.mgrid[0:SIDE, 0:SIDE]


def disk(row, column, radius):
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def box(top, left, height, width):
    return (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width)


ring = disk(24, 24, 9) & ~disk(24, 24, 5)
CASES = {
    "a disk moved by (2, 1)": (disk(24, 24, 10), disk(26, 25, 10)),
    "a far speck": (disk(24, 24, 3), disk(24, 24, 3) | box(2, 2, 1, 1)),
    "a ring outlined as a disk": (ring, disk(24, 23, 8)),
    "at the border": (box(0, 0, 7, 9), box(0, 0, 6, 12)),
    "a line": (box(10, 5, 1, 20), box(11, 8, 2, 15) | box(13, 12, 1, 1)),
    "corners that touch": (box(4, 4, 3, 3) | box(7, 7, 3, 3), box(5, 5, 4, 4)),
}

print("monai", monai.__version__, "torch", torch.__version__, "numpy", np.__version__, "scipy", scipy.__version__)
for name, (truth, found) in CASES.items():
    t, f = (torch.tensor(mask[None, None].astype(np.float32)) for mask in (truth, found))
    tool = dict(include_background=True)
    distances = sd.compute_surface_distances(truth, found, (SPACING, SPACING))
    forth, back = sd.compute_average_surface_distance(distances)
    print(f"{name}: [")
    print(f"    dice {mm.compute_dice(f, t).item():.9f} iou {mm.compute_iou(f, t).item():.9f}")
    spaced = dict(tool, spacing=SPACING)
    print(
        "    monai",
        f"assd {mm.compute_average_surface_distance(f, t, symmetric=True, **spaced).item():.9f}",
        f"hd95 {mm.compute_hausdorff_distance(f, t, percentile=95, **spaced).item():.9f}",
        f"hd {mm.compute_hausdorff_distance(f, t, **spaced).item():.9f}",
        f"nsd {mm.compute_surface_dice(f, t, [SPACING], **spaced).item():.9f}",
    )
    print(
        "    surface-distance",
        f"assd {(forth + back) / 2:.9f}",
        f"hd95 {sd.compute_robust_hausdorff(distances, 95):.9f}",
        f"hd {sd.compute_robust_hausdorff(distances, 100):.9f}",
        f"nsd {sd.compute_surface_dice_at_tolerance(distances, SPACING):.9f}",
        f"]",
    )
