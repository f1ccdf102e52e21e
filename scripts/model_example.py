"""Makes the example of a user's own model in tests/model, with PyTorch and nothing of ours but images.

    python scripts/model_example.py PROGRAM

PROGRAM is phantom-limit; needs torch, numpy, pillow, onnx and onnxscript. Slices of slices.toml stand for
scans; `insert` draws targets of targets.toml into them. Writes

    finder.onnx       a small convolutional network: is there a target in the slice?
    finder.toml       what it takes and gives
    finder.npz        one image, with PyTorch's input and output
    answers.csv       PyTorch's answers on the test images at every level

The committed files were made with PyTorch 2.15.0 on a processor.
"""

import csv
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import interpolate

PROGRAM = sys.argv[1]
torch.set_num_threads(1)
HERE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "model"
CLASSES = ["absent", "present"]
# The seed and the images of `generate`, a fifth of which are for testing.
LESSONS, TESTS = (2, 1000), (1, 500)
RATIOS = [4, 8, 16, 32]
CLIP, SIZE, MEAN, DEVIATION = (1000.0, 1160.0), 160, 1060.0, 20.0


def run(*command):
    subprocess.run([PROGRAM, *map(str, command)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def hybrid(place, seed, count, splits, targets=HERE / "targets.toml"):
    """Slices, and targets drawn into them: what the book's example does."""
    run("generate", HERE / "slices.toml", "--count", count, "--seed", seed, "--format", "dicom", "--out",
        place / "slices")
    for split in splits:
        run("insert", place / "slices" / split, "--targets", targets, "--mtf50", "0.4",
            "--range", "20..50", "--per-image", "1", "--format", "npy", "--out", place / split)
    return [image for split in splits for image in listed(place / split)]


def listed(folder):
    """Path, class and patient of the images of a folder that `insert` wrote."""
    with open(folder / "labels.csv", newline="") as file:
        return [(folder / row["path"], row["label"], row["patient"]) for row in csv.DictReader(file)]


def prepare(image):
    """What finder.toml says: clip, resize, normalise."""
    values = torch.tensor(image.astype(numpy.float32))[None, None].clamp(*CLIP)
    values = interpolate(values, size=(SIZE, SIZE), mode="bilinear", align_corners=False, antialias=True)
    return (values - MEAN) / DEVIATION


def network():
    layers = []
    for before, after in [(1, 8), (8, 16), (16, 16), (16, 24)]:
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
        layers += [nn.AvgPool2d(2)] if before < 16 else []
    return nn.Sequential(*layers, nn.Conv2d(24, len(CLASSES), 1), nn.AdaptiveMaxPool2d(1), nn.Flatten())


def train(lessons):
    torch.manual_seed(1)
    torch.use_deterministic_algorithms(True)
    net, batch = network(), 32
    for images, epochs, rate in lessons:
        inputs = torch.cat([prepare(numpy.load(path)) for path, *_ in images])
        labels = torch.tensor([CLASSES.index(label) for _, label, _ in images])
        optimiser = torch.optim.AdamW(net.parameters(), lr=rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, epochs * (len(images) // batch))
        for epoch in range(epochs):
            order, total = torch.randperm(len(images)), 0.0
            for start in range(0, len(images) // batch * batch, batch):
                chosen = order[start : start + batch]
                given = inputs[chosen].flip([3]) if torch.rand(()) < 0.5 else inputs[chosen]
                loss = nn.functional.cross_entropy(net(given), labels[chosen])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                total += loss.item() * batch / len(images)
            print(f"epoch {epoch + 1}: loss {total:.3f}", file=sys.stderr)
    return net.eval()


def export(net):
    path = HERE / "finder.onnx"
    given = torch.zeros(1, 1, SIZE, SIZE)
    torch.onnx.export(net, (given,), path, input_names=["image"], output_names=["logits"], external_data=False)
    path.with_suffix(".onnx.data").unlink(missing_ok=True)
    text = f"""# A network that says whether there is a target in a slice; made by scripts/model_example.py.
format = 1
file = "{path.name}"
sha256 = "{hashlib.sha256(path.read_bytes()).hexdigest()}"
task = "classification"

[input]
name = "image"
layout = "NCHW"
channels = 1
values = "stored"
clip = [{CLIP[0]}, {CLIP[1]}]
size = [{SIZE}, {SIZE}]
kernel = "bilinear-antialias"
mean = {MEAN}
deviation = {DEVIATION}

[output]
name = "logits"
activation = "softmax"
classes = {json.dumps(CLASSES)}
present = ["present"]
"""
    (HERE / "finder.toml").write_text(text)


def rated(net, image):
    with torch.no_grad():
        return net(prepare(image)).softmax(1)[0, 1].item()


def answers(net, folder):
    """A table of answers on originals and on what `compress` restores."""
    images = listed(folder)
    names = [path.relative_to(folder).as_posix() for path, *_ in images]
    table = []
    for name, (path, label, patient) in zip(names, images):
        score = rated(net, numpy.load(path))
        table.append([name, patient, "", "", int(label == "present"), f"{score:.7f}"])
    # One call: the codestreams of one ladder are cut from one encoding.
    with tempfile.TemporaryDirectory() as place:
        out = pathlib.Path(place) / "out"
        command = [PROGRAM, "compress", *(path for path, *_ in images), "--codec", "jpeg2000"]
        command += ["--ratio", ",".join(map(str, RATIOS)), "--bits-stored", "12", "--keep", "decoded"]
        command += ["--out", out, "--json"]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        found = {(line["input"], int(line["target"])): line["ratio_stored"] for line in map(json.loads, lines)}
        for ratio in RATIOS:
            decoded = sorted(out.glob(f"*/jpeg2000-native-{ratio}-stored.png"))
            assert len(decoded) == len(images), (len(decoded), len(images))
            for name, restored, (path, label, patient) in zip(names, decoded, images):
                score, reached = rated(net, grey(restored)), found[str(path), ratio]
                table.append([name, patient, ratio, f"{reached:.6f}", int(label == "present"), f"{score:.7f}"])
    with open(HERE / "answers.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image", "patient", "level", "ratio", "truth", "score"])
        writer.writerows(table)


def grey(path):
    return numpy.asarray(Image.open(path)).astype(numpy.uint16)


with tempfile.TemporaryDirectory() as place:
    lessons, tests = pathlib.Path(place, "lessons"), pathlib.Path(place, "tests")
    # Strong targets first show what to look for: subtle ones alone teach such a network nothing.
    strong = pathlib.Path(place, "strong.toml")
    strong.write_text((HERE / "targets.toml").read_text().replace("[5.0, 30.0]", "[30.0, 60.0]"))
    first = hybrid(lessons / "strong", *LESSONS, ["train", "tune", "test"], strong)
    then = hybrid(lessons / "subtle", *LESSONS, ["train", "tune", "test"])
    hybrid(tests, *TESTS, ["test"])
    net = train([(first, 8, 2e-3), (then, 8, 1e-3)])
    export(net)
    image = numpy.load(listed(tests / "test")[0][0])
    given = prepare(image)
    with torch.no_grad():
        numpy.savez(HERE / "finder.npz", image=image, input=given.numpy(), output=net(given).numpy())
    answers(net, tests / "test")
