"""Writes src/engine/stats/localisation/coco_case.json: average precision as pycocotools has it.

Run once by hand (`pip install numpy pycocotools`); the test reads only the JSON, which names the
program and its version. Boxes are made here from a fixed seed and stored beside the result.
"""

import contextlib
import importlib.metadata
import io
import json
import pathlib

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

generator = np.random.default_rng(1)
images = []
for _ in range(25):
    targets = [
        [float(x) for x in (*generator.integers(0, 90, 2), *generator.integers(6, 15, 2))]
        for _ in range(generator.integers(0, 4))
    ]
    marks = []
    for x, y, width, height in targets:
        for _ in range(generator.integers(0, 3)):
            moved = [float(v) for v in np.array([x, y]) + generator.normal(0, 1.6, 2).round(1)]
            # Rounded, so that there are ties.
            marks.append([*moved, width, height, round(generator.normal(0.8, 1), 1)])
    for _ in range(generator.integers(0, 5)):
        box = [float(v) for v in (*generator.integers(0, 90, 2), *generator.integers(6, 15, 2))]
        marks.append([*box, round(generator.normal(0, 1), 1)])
    order = generator.permutation(len(marks))
    images.append({"targets": targets, "marks": [marks[place] for place in order]})

truth = COCO()
annotations, found = [], []
for number, image in enumerate(images):
    for box in image["targets"]:
        annotations.append({
            "id": len(annotations) + 1, "image_id": number, "category_id": 1, "bbox": box,
            "area": box[2] * box[3], "iscrowd": 0,
        })
    for *box, rating in image["marks"]:
        found.append({"image_id": number, "category_id": 1, "bbox": box, "score": rating})
with contextlib.redirect_stdout(io.StringIO()):
    truth.dataset = {
        "images": [{"id": number} for number in range(len(images))],
        "annotations": annotations, "categories": [{"id": 1}], "info": {},
    }
    truth.createIndex()
    evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
names = {"AP50": 1, "AP75": 2}
result = {
    "program": "pycocotools " + importlib.metadata.version("pycocotools"),
    "images": images,
    "expected": {name: float(evaluation.stats[place]) for name, place in names.items()},
}
folder = pathlib.Path(__file__).parent.parent / "src/engine/stats/localisation"
(folder / "coco_case.json").write_text(json.dumps(result) + "\n")
print(result["expected"], len(annotations), len(found))
