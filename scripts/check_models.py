"""Users' networks in ONNX Runtime, beside tract and onnxruntime of Python.

    python scripts/check_models.py PROGRAM DIRECTORY

PROGRAM is phantom-limit; DIRECTORY is empty, for the files. Needs numpy, onnx and onnxruntime.
"""

import csv
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

PROGRAM, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
FILES = pathlib.Path(__file__).resolve().parent.parent / "tests" / "model"
LIBRARY = glob.glob(os.path.join(os.path.dirname(onnxruntime.__file__), "capi", "libonnxruntime.so*"))[0]
SIZE, LOW, HIGH, MEAN, DEVIATION = 256, 1020, 1110, 1060.0, 20.0
RATIOS = "4,8,16,32"
failures = []


def check(right, what):
    print(("ok    " if right else "FAULT ") + what)
    if not right:
        failures.append(what)


def run(*command, library=LIBRARY):
    environment = {**os.environ, "ORT_DYLIB_PATH": library}
    if library is None:
        del environment["ORT_DYLIB_PATH"]
    return subprocess.run([PROGRAM, *map(str, command)], cwd=WORK, env=environment, text=True,
                          capture_output=True, check=False)


def done(*command):
    found = run(*command)
    if found.returncode != 0:
        sys.exit(f"{command}: {found.returncode}\n{found.stdout}\n{found.stderr}")
    return found.stdout


def rows(name):
    with open(WORK / name / "answers.csv", newline="") as file:
        return {(row["image"], row["level"]): float(row["score"]) for row in csv.DictReader(file)}


def images():
    done("generate", FILES / "slices.toml", "--count", 250, "--format", "dicom", "--out", "slices")
    # Targets that a simple detector finds.
    targets = (FILES / "targets.toml").read_text()
    (WORK / "targets.toml").write_text(targets.replace("[5.0, 30.0]", "[20.0, 40.0]"))
    done("insert", "slices/test", "--targets", "targets.toml", "--mtf50", "0.4", "--range", "20..50",
         "--per-image", "1", "--format", "npy", "--out", "hybrid")


def calibrate(model, out):
    return done("calibrate", "hybrid/labels.csv", "--model", model, "--codec", "jpeg2000", "--ratio", RATIOS,
                "--bits-stored", 12, "--quiet", "--out", out)


def classifier():
    """One network in both engines."""
    for name in ["finder.onnx", "finder.npz"]:
        shutil.copy(FILES / name, WORK / name)
    text = (FILES / "finder.toml").read_text()
    for engine in ["tract", "onnxruntime"]:
        (WORK / f"{engine}.toml").write_text(text.replace("format = 1", f'format = 1\nengine = "{engine}"'))
        done("model", "check", f"{engine}.toml", "--example", "finder.npz")
        calibrate(f"{engine}.toml", engine)
    ours, theirs = rows("tract"), rows("onnxruntime")
    most = max(abs(theirs[key] - score) for key, score in ours.items())
    check(ours.keys() == theirs.keys() and most < 1e-4,
          f"{len(ours)} answers of one network in both engines: largest difference {most:.1e}")
    plan = json.loads((WORK / "onnxruntime/plan.json").read_text())
    check(plan["engine"] == f"onnxruntime {onnxruntime.__version__}", f"the plan names {plan['engine']}")
    for engine in ["tract", "onnxruntime"]:
        said = (WORK / engine / "report.html").read_text()
        check(engine in said, f"the report names {engine}")


def detector():
    """A detector of bright disks: the mean of 9 × 9 pixels above that of 25 × 25, where these are flat; a
    box of 9 × 9 pixels around each, one of each heap by non-maximum suppression."""
    half = 4
    rows_of, columns = numpy.mgrid[0:SIZE, 0:SIZE].astype(numpy.float32)
    boxes = numpy.stack([rows_of - half, columns - half, rows_of + half, columns + half], axis=-1)
    constants = {
        "first": numpy.array([0], numpy.int64),
        "boxes": boxes.reshape(1, SIZE * SIZE, 4),
        "flat_shape": numpy.array([1, 1, SIZE * SIZE], numpy.int64),
        "all": numpy.array([-1], numpy.int64),
        "most": numpy.array([20], numpy.int64),
        "overlap": numpy.array([0.1], numpy.float32),
        "least": numpy.array([0.05], numpy.float32),
        "steepness": numpy.array(4.0, numpy.float32),
        "middle": numpy.array(0.25, numpy.float32),
        "spread_limit": numpy.array(0.6, numpy.float32),
        "last": numpy.array([2], numpy.int64),
        "one": numpy.array(1, numpy.int64),
        "zero": numpy.array(0, numpy.int64),
    }
    node = helper.make_node
    mean = {"strides": [1, 1], "count_include_pad": 1}
    nodes = [
        node("Unsqueeze", ["image", "first"], ["batch"]),
        node("AveragePool", ["batch"], ["small"], kernel_shape=[9, 9], pads=[4] * 4, **mean),
        node("AveragePool", ["batch"], ["large"], kernel_shape=[25, 25], pads=[12] * 4, **mean),
        node("Mul", ["batch", "batch"], ["square"]),
        node("AveragePool", ["square"], ["power"], kernel_shape=[25, 25], pads=[12] * 4, **mean),
        node("Mul", ["large", "large"], ["mean_square"]),
        node("Sub", ["power", "mean_square"], ["spread"]),
        node("Less", ["spread", "spread_limit"], ["is_flat"]),
        node("Cast", ["is_flat"], ["flat"], to=TensorProto.FLOAT),
        node("Sub", ["small", "large"], ["contrast"]),
        node("Sub", ["contrast", "middle"], ["above"]),
        node("Mul", ["above", "steepness"], ["logit"]),
        node("Sigmoid", ["logit"], ["likely"]),
        node("Mul", ["likely", "flat"], ["map"]),
        node("Reshape", ["map", "flat_shape"], ["of_boxes"]),
        node("NonMaxSuppression", ["boxes", "of_boxes", "most", "overlap", "least"], ["kept"]),
        node("Gather", ["kept", "last"], ["places"], axis=1),
        node("Reshape", ["places", "all"], ["place"]),
        node("Reshape", ["of_boxes", "all"], ["flat_scores"]),
        node("Gather", ["flat_scores", "place"], ["scores"]),
        node("Mul", ["place", "zero"], ["nothing"]),
        node("Add", ["nothing", "one"], ["labels"]),
    ]
    floats = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "disks",
        [floats("image", TensorProto.FLOAT, [1, SIZE, SIZE])],
        [floats("labels", TensorProto.INT64, ["boxes_found"]), floats("scores", TensorProto.FLOAT, ["boxes_found"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, WORK / "disks.onnx")
    text = f"""format = 1
file = "disks.onnx"
task = "detection"
engine = "onnxruntime"

[input]
layout = "NCHW"
channels = 1
values = "stored"
clip = [{LOW}.0, {HIGH}.0]
mean = {MEAN}
deviation = {DEVIATION}

[output]
name = "scores"
labels = "labels"
activation = "none"
classes = ["background", "present"]
present = ["present"]
"""
    (WORK / "disks.toml").write_text(text)
    session = onnxruntime.InferenceSession(str(WORK / "disks.onnx"))

    def given(stored):
        return ((numpy.clip(stored.astype(numpy.float64), LOW, HIGH) - MEAN) / DEVIATION).astype(numpy.float32)

    with open(WORK / "hybrid/labels.csv", newline="") as file:
        listed = list(csv.DictReader(file))
    stored = numpy.load(WORK / "hybrid" / listed[0]["path"])
    _, scores = session.run(None, {"image": given(stored)[None]})
    numpy.savez(WORK / "disks.npz", image=stored, input=given(stored)[None], output=scores)
    said = done("model", "check", "disks.toml", "--example", "disks.npz")
    check("passed" in said, "a detector with an input of three axes passes its check")
    said = calibrate("disks.toml", "disks")
    print("      " + said.strip().splitlines()[-1])

    ours, most, compared = rows("disks"), 0.0, 0
    for row in listed:
        labels, scores = session.run(None, {"image": given(numpy.load(WORK / "hybrid" / row["path"]))[None]})
        score = max(scores[labels == 1], default=0.0)
        found = [value for (image, level), value in ours.items() if image == row["path"] and level == ""]
        compared += len(found)
        most = max([most, *(abs(value - score) for value in found)])
    check(compared == len(listed) and most < 1e-5,
          f"{compared} detections on originals as in Python: largest difference {most:.1e}")
    results = json.loads((WORK / "disks/results.json").read_text())
    limit = results["arms"][0]["limit"]
    check(limit.get("gates", []) == [] and limit["crossing"]["ratio_stored"] is not None,
          f"the detector comes to a limit: {limit['crossing']}, area {results['arms'][0]['original_score']:.3f}")

    (WORK / "other.toml").write_text(text.replace("onnxruntime", "onnxruntme"))
    found = run("model", "check", "other.toml", "--example", "disks.npz")
    check(found.returncode == 2 and "did you mean `onnxruntime`" in found.stderr,
          f"a wrong engine: {found.stderr.strip()[:150]}")


def missing():
    """What is said where there is no library."""
    (WORK / "text.so").write_text("no library")
    other = glob.glob(os.path.join(os.path.dirname(numpy.__file__), "linalg", "*.so"))[0]
    for library in [None, "/nowhere/libonnxruntime.so", str(WORK / "text.so"), other]:
        found = run("model", "check", "disks.toml", "--example", "disks.npz", library=library)
        check(found.returncode == 2 and "pip install onnxruntime" in found.stderr and "ORT_DYLIB_PATH" in found.stderr,
              f"library {library}: {found.stderr.strip()[:120]}")


images()
classifier()
detector()
missing()
sys.exit(f"{len(failures)} faults" if failures else 0)
