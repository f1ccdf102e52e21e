"""Makes the example of a user's own model in tests/model, with PyTorch and nothing of ours but images.

    python scripts/model_example.py PROGRAM

PROGRAM is phantom-limit; needs torch, numpy, pillow, onnx and onnxscript. Writes

    two-shapes.onnx         a small convolutional network: cross or disk
    two-shapes.toml         what it takes and gives
    two-shapes.npz          one image, with PyTorch's input and output
    answers.csv             PyTorch's answers on the test images at every level

from the phantom shapes-phantom.toml. The committed files were made with PyTorch 2.15.0 on a processor.
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
HERE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "model"
CLASSES = ["cross", "disk"]
TRAIN_IMAGES, TEST_IMAGES = 1000, 300
RATIOS = [4, 8, 16, 32]
CLIP, SIZE, MEAN, DEVIATION = (1000.0, 1150.0), 48, 1059.0, 10.0


def generate(count, out):
    phantom = HERE / "shapes-phantom.toml"
    command = [PROGRAM, "generate", phantom, "--count", str(count), "--format", "imagefolder", "--out", out]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def read(path):
    return numpy.asarray(Image.open(path)).astype(numpy.uint16)


def prepare(image):
    """What model.toml says: clip, resize, normalise."""
    values = torch.tensor(image.astype(numpy.float32))[None, None].clamp(*CLIP)
    values = interpolate(values, size=(SIZE, SIZE), mode="bilinear", align_corners=False, antialias=True)
    return (values - MEAN) / DEVIATION


def files(folder, split):
    return sorted(path for name in CLASSES for path in (folder / "imagefolder" / split / name).glob("*.png"))


def network():
    layers = []
    for before, after in [(1, 8), (8, 16), (16, 32)]:
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(32, len(CLASSES)))


def train(folder):
    torch.manual_seed(1)
    torch.use_deterministic_algorithms(True)
    paths = files(folder, "train")
    inputs = torch.cat([prepare(read(path)) for path in paths])
    labels = torch.tensor([CLASSES.index(path.parent.name) for path in paths])
    net, epochs, batch = network(), 12, 64
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, epochs * (len(paths) // batch))
    for epoch in range(epochs):
        order = torch.randperm(len(paths))
        for start in range(0, len(paths) // batch * batch, batch):
            chosen = order[start : start + batch]
            flips = [2, 3] if torch.rand(()) < 0.5 else [2]
            given = inputs[chosen].flip(flips) if torch.rand(()) < 0.5 else inputs[chosen]
            loss = nn.functional.cross_entropy(net(given), labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}", file=sys.stderr)
    return net.eval()


def export(net):
    path = HERE / "two-shapes.onnx"
    given = torch.zeros(1, 1, SIZE, SIZE)
    torch.onnx.export(net, (given,), path, input_names=["image"], output_names=["logits"], external_data=False)
    path.with_suffix(".onnx.data").unlink(missing_ok=True)
    text = f"""# A network that tells a cross from a disk; made by scripts/model_example.py.
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
present = ["cross"]
"""
    (HERE / "two-shapes.toml").write_text(text)


def rows(net, paths, level, ratios):
    for path in paths:
        with torch.no_grad():
            probabilities = net(prepare(read(path))).softmax(1)[0]
        index, label = path.stem.split("-")[0], path.parent.name
        name = f"{label}/{path.name}"
        yield [name, index, level, ratios.get(name, ""), int(label == "cross"), f"{probabilities[0].item():.7f}"]


def answers(net, folder):
    originals = files(folder, "test")
    table = list(rows(net, originals, "", {}))
    # One call: the codestreams of one ladder are cut from one encoding.
    with tempfile.TemporaryDirectory() as place:
        out = pathlib.Path(place) / "out"
        command = [PROGRAM, "compress", *originals, "--codec", "jpeg2000", "--ratio", ",".join(map(str, RATIOS))]
        command += ["--bits-stored", "12", "--keep", "decoded", "--out", out, "--json"]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        found = {ratio: {} for ratio in RATIOS}
        for line in map(json.loads, lines):
            path = pathlib.Path(line["input"])
            found[int(line["target"])][f"{path.parent.name}/{path.name}"] = line["ratio_stored"]
        for ratio in RATIOS:
            decoded = sorted(out.glob(f"*/jpeg2000-native-{ratio}-stored.png"))
            table += decoded_rows(net, originals, decoded, ratio, found[ratio])
    with open(HERE / "answers.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image", "patient", "level", "ratio", "truth", "score"])
        writer.writerows(table)


def decoded_rows(net, originals, decoded, ratio, ratios):
    assert len(originals) == len(decoded), (len(originals), len(decoded))
    for original, restored in zip(originals, decoded):
        with torch.no_grad():
            probabilities = net(prepare(read(restored))).softmax(1)[0]
        label = original.parent.name
        name, index = f"{label}/{original.name}", original.stem.split("-")[0]
        score = f"{probabilities[0].item():.7f}"
        yield [name, index, ratio, f"{ratios[name]:.6f}", int(label == "cross"), score]


with tempfile.TemporaryDirectory() as place:
    place = pathlib.Path(place)
    generate(TRAIN_IMAGES, place / "train")
    generate(TEST_IMAGES, place / "test")
    net = train(place / "train")
    export(net)
    image = read(files(place / "test", "test")[0])
    given = prepare(image)
    with torch.no_grad():
        numpy.savez(HERE / "two-shapes.npz", image=image, input=given.numpy(), output=net(given).numpy())
    answers(net, place / "test")
