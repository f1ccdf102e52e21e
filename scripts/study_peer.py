"""The peer of scripts/bench-study: a study in PyTorch, Pillow and numpy.

Images are read, shown through the window where the path asks for it, compressed to every ratio (JPEG:
the highest quality that fits, by bisection; JPEG 2000: the ratio itself, which OpenJPEG takes) and
decoded; networks are trained on regions of originals, each on images of its own, and rate the regions of
the test images at every level; losses get a bootstrap over networks and images. One process a core.
"""

import io
import json
import math
import multiprocessing
import pathlib
import tomllib

import numpy
import torch
from PIL import Image
from training_networks import network

# AdamW needs them to come as far as ours does in the plan's.
PASSES = 2
RATE = 3e-3
SMOOTHING = 0.1
CORES = 2


def windowed(pixels: numpy.ndarray, matrix: dict) -> numpy.ndarray:
    """DICOM's linear window (PS3.3 C.11.2.1.2), to 8 bits."""
    window, rescale = matrix["window"], matrix["rescale"]
    value = pixels * rescale["slope"] + rescale["intercept"]
    scaled = (value - (window["center_hu"] - 0.5)) / (window["width_hu"] - 1) + 0.5
    return numpy.clip(scaled * 255 + 0.5, 0, 255).astype("u1")


def jpeg(pixels: numpy.ndarray, budget: int) -> numpy.ndarray:
    grey = Image.fromarray(pixels)

    def of(quality: int) -> io.BytesIO:
        file = io.BytesIO()
        grey.save(file, "JPEG", quality=quality, optimize=True)
        return file

    # Quality 1 where nothing fits.
    best, low, high = of(1), 2, 100
    while low <= high:
        quality = (low + high) // 2
        file = of(quality)
        if file.tell() <= budget:
            best, low = file, quality + 1
        else:
            high = quality - 1
    return numpy.asarray(Image.open(best))


def jpeg2000(pixels: numpy.ndarray, budget: int) -> numpy.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(
        file, "JPEG2000", quality_mode="rates", quality_layers=[pixels.nbytes / budget],
        irreversible=True, no_jp2=True,
    )
    return numpy.asarray(Image.open(file))


def regions(pixels: numpy.ndarray, truth: list) -> numpy.ndarray:
    cut = [pixels[row:row + side, column:column + side] for row, column, side in truth]
    return numpy.stack(cut).astype("f4")


def image(task: tuple) -> dict:
    """Regions of an image on each path, and of a test image at every level, with their classes."""
    plan, matrix, folder, row, is_test = task
    pixels = numpy.load(folder / row["file_name"])
    targets = [it for it in row["targets"] if it["task"] == "identify"]
    truth = [it["region"] for it in targets]
    budget = pixels.size * plan["sample_format"]["bits_stored"] / 8
    found = {"classes": numpy.array([it["class_index"] for it in targets])}
    for path in plan["paths"]:
        given = windowed(pixels, matrix) if path == "windowed" else pixels.astype("<u2")
        found[path] = regions(given, truth)
        for codec, work in (("jpeg", jpeg), ("jpeg2000", jpeg2000)):
            if not is_test or codec not in plan["codecs"] or (codec, path) == ("jpeg", "native"):
                continue
            for ratio in plan["ratios"]:
                found[codec, path, ratio] = regions(work(given, int(budget / ratio)), truth)
    return found


def batches(values: torch.Tensor, classes: torch.Tensor, batch: int):
    """Shuffled, each batch in one of the eight symmetries."""
    order = torch.randperm(len(values))
    for start in range(0, len(order), batch):
        chosen = order[start:start + batch]
        turned = torch.rot90(values[chosen], int(torch.randint(4, ())), (2, 3))
        yield torch.flip(turned, (3,)) if torch.rand(()) < 0.5 else turned, classes[chosen]


def answers(task: tuple) -> list[numpy.ndarray]:
    """Trains a network on regions of originals and rates sets of regions."""
    plan, seed, train, classes, tests = task
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    mean, deviation = train.mean(), train.std()
    prepared = lambda it: torch.from_numpy((it - mean) / deviation)[:, None].to(
        memory_format=torch.channels_last
    )
    side, batch = plan["training"]["architecture"]["side"], plan["training"]["batch"]
    learner = network("reference", side, plan["training"]["architecture"]["classes"])
    learner = learner.to(memory_format=torch.channels_last)
    passes = round(PASSES * plan["epochs"])
    optimiser = torch.optim.AdamW(learner.parameters(), lr=RATE, weight_decay=0.02, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, RATE, total_steps=passes * math.ceil(len(train) / batch)
    )
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    values, labels = prepared(train), torch.from_numpy(classes)
    learner.train()
    for _ in range(passes):
        for given, wanted in batches(values, labels, batch):
            optimiser.zero_grad(set_to_none=True)
            loss_of(learner(given), wanted).backward()
            optimiser.step()
            schedule.step()
    learner.eval()
    with torch.no_grad():
        return [torch.cat([learner(part).argmax(1) for part in prepared(it).split(256)]).numpy()
                for it in tests]


def intervals(right: numpy.ndarray, clean: numpy.ndarray, images: numpy.ndarray, draws: int):
    """95 % interval of the loss, networks and images drawn again; both `[networks, regions]`."""
    lost = clean.astype("f4") - right
    count = images.max() + 1
    of_image = numpy.stack([numpy.bincount(images, row, count) for row in lost])
    sizes = numpy.bincount(images, minlength=count)
    chance, means = numpy.random.default_rng(1), []
    for _ in range(draws):
        networks = chance.integers(len(lost), size=len(lost))
        chosen = chance.integers(count, size=count)
        means.append(of_image[networks][:, chosen].sum() / (len(lost) * sizes[chosen].sum()))
    return numpy.quantile(means, [0.025, 0.975])


def study(plan: dict, dataset: pathlib.Path) -> float:
    """Accuracy on originals, mean of the paths."""
    matrix = tomllib.loads(plan["phantom_source"])["matrix"]
    rows = []
    for listed in sorted(dataset.glob("*/metadata.jsonl")):
        rows += [(listed.parent, json.loads(line)) for line in listed.read_text().splitlines()]
    first_test = len(rows) - plan["test_images"]
    tasks = [(plan, matrix, *row, number >= first_test) for number, row in enumerate(rows)]
    with multiprocessing.get_context("forkserver").Pool(CORES) as pool:
        images = pool.map(image, tasks, chunksize=4)
        trained, tested = images[:-plan["test_images"]], images[-plan["test_images"]:]
        of_network = plan["train_images"] + plan["tune_images"]
        joined = lambda parts, key: numpy.concatenate([part[key] for part in parts])
        levels = [key for key in tested[0] if isinstance(key, tuple)]
        work, rated = [], []
        for path in plan["paths"]:
            keys = [path] + [key for key in levels if key[1] == path]
            tests = [joined(tested, key) for key in keys]
            for number in range(plan["replicates"]):
                own = trained[number * of_network:][:plan["train_images"]]
                work.append((plan, number, joined(own, path), joined(own, "classes"), tests))
            rated.append((path, keys))
        answered = pool.map(answers, work, chunksize=1)
    truth = joined(tested, "classes")
    number = numpy.repeat(numpy.arange(len(tested)), [len(it["classes"]) for it in tested])
    scores = []
    for place, (path, keys) in enumerate(rated):
        networks = answered[place * plan["replicates"]:][:plan["replicates"]]
        right = [numpy.stack([given[level] == truth for given in networks]) for level in range(len(keys))]
        scores.append(right[0].mean())
        for level in right[1:]:
            intervals(level, right[0], number, plan["bootstrap"])
    return float(numpy.mean(scores))
