"""Writes src/engine/network/tests/pytorch.json: training passes of small networks, and pooling and
upsampling, in PyTorch.

Run once by hand (`pip install torch`, 2.15 at the time of writing); the tests read only the
JSON. Every input is `value(i, seed)`, a formula that the test repeats, so only results are
stored: of a network the loss and logits of a training pass, every 29th gradient, the running
statistics behind it, and the logits in evaluation mode; of a piece the output and the gradient.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional

CLASSES, HIDDEN = 4, 9
# Images, side, and of each block the output channels, whether a pool follows and whether there is
# a batch norm. Odd and even sides, a batch of 1, a batch beyond the chunk of 16 images, channels
# off the vector width, and all kinds of blocks.
NETWORKS = [
    (5, 7, [(9, False, True), (20, True, True), (17, False, True)]),
    (1, 8, [(16, True, True), (32, True, True)]),
    (19, 6, [(5, False, False), (12, True, True), (8, False, False), (4, True, False)]),
]
# Piece, edge or factor, shape.
PIECES = [
    ("max_pool", 2, (2, 3, 7, 8)),
    ("max_pool", 3, (1, 2, 9, 10)),
    ("average_pool", 2, (2, 1, 7, 6)),
    ("upsample_nearest", 2, (2, 2, 3, 4)),
    ("upsample_bilinear", 2, (1, 2, 5, 3)),
    ("upsample_bilinear", 3, (1, 1, 4, 1)),
]
STEP = 29


def value(index: int, seed: int) -> float:
    """In [−1, 1), the same in f32 on both sides."""
    return (index * 7919 + seed * 104_729) % 2048 / 1024 - 1


def tensor(count: int, seed: int, scale: float = 1.0, add: float = 0.0) -> torch.Tensor:
    values = [value(index, seed) for index in range(count)]
    return torch.tensor(values, dtype=torch.float64) * scale + add


def network(images: int, side: int, blocks: list[tuple[int, bool, bool]]) -> dict:
    inputs, edge, seed = 1, side, 1
    parameters: dict[str, torch.Tensor] = {}
    norms: list[tuple[torch.Tensor, torch.Tensor] | None] = []
    for number, (channels, pool, norm) in enumerate(blocks):
        # Ours is [3, 3, inputs, channels].
        weight = tensor(9 * inputs * channels, seed, 0.5).reshape(3, 3, inputs, channels)
        parameters[f"blocks.{number}.weight"] = weight.requires_grad_()
        if norm:
            affine = tensor(2 * channels, seed + 1).reshape(2, channels)
            parameters[f"blocks.{number}.affine"] = affine.requires_grad_()
            norms.append((torch.zeros(channels), torch.ones(channels)))
        else:
            parameters[f"blocks.{number}.bias"] = tensor(channels, seed + 1).requires_grad_()
            norms.append(None)
        inputs, seed, edge = channels, seed + 2, edge // 2 if pool else edge
    features = inputs * edge * edge
    for name, rows, columns in [("hidden", features, HIDDEN), ("output", HIDDEN, CLASSES)]:
        weight = tensor(rows * columns, seed, 0.3).reshape(rows, columns)
        parameters[f"{name}.weight"] = weight.requires_grad_()
        parameters[f"{name}.bias"] = tensor(columns, seed + 1).requires_grad_()
        seed += 2
    batch = tensor(images * side * side, 100).reshape(images, 1, side, side)
    labels = torch.tensor([image % CLASSES for image in range(images)])

    def forward(training: bool) -> torch.Tensor:
        x = batch
        for number, (_, pool, norm) in enumerate(blocks):
            weight = parameters[f"blocks.{number}.weight"].permute(3, 2, 0, 1)
            if norm:
                gamma, beta = parameters[f"blocks.{number}.affine"]
                x = functional.conv2d(x, weight, padding=1)
                x = functional.batch_norm(x, *norms[number], gamma, beta, training=training)
            else:
                x = functional.conv2d(x, weight, parameters[f"blocks.{number}.bias"], padding=1)
            x = functional.relu(x)
            x = functional.max_pool2d(x, 2) if pool else x
        x = x.permute(0, 2, 3, 1).flatten(1)
        x = functional.relu(x @ parameters["hidden.weight"] + parameters["hidden.bias"])
        return x @ parameters["output.weight"] + parameters["output.bias"]

    logits = forward(True)
    loss = nn.CrossEntropyLoss()(logits, labels)
    loss.backward()
    with torch.no_grad():
        evaluated = forward(False)
    return {
        "images": images,
        "side": side,
        "blocks": [{"channels": c, "pool": p, "norm": n} for c, p, n in blocks],
        "logits": logits.flatten().tolist(),
        "loss": loss.item(),
        "gradients": {
            name: parameter.grad.flatten()[::STEP].tolist()
            for name, parameter in parameters.items()
        },
        "statistics": [[part.tolist() for part in norm] if norm else [] for norm in norms],
        "evaluated": evaluated.flatten().tolist(),
    }


def piece(name: str, factor: int, shape: tuple[int, ...]) -> dict:
    functions = {
        "max_pool": lambda x: functional.max_pool2d(x, factor),
        "average_pool": lambda x: functional.avg_pool2d(x, factor),
        "upsample_nearest": lambda x: functional.interpolate(x, scale_factor=factor),
        "upsample_bilinear": lambda x: functional.interpolate(
            x, scale_factor=factor, mode="bilinear", align_corners=False
        ),
    }
    x = tensor(int(torch.tensor(shape).prod()), 1).reshape(shape).requires_grad_()
    y = functions[name](x)
    (y * tensor(y.numel(), 2).reshape(y.shape)).sum().backward()
    return {
        "piece": name,
        "factor": factor,
        "shape": list(shape),
        "y": y.flatten().tolist(),
        "gradient": x.grad.flatten().tolist(),
    }


def main() -> None:
    # f64: what f32 kernels are compared with.
    torch.set_default_dtype(torch.float64)
    result = {
        "torch": torch.__version__,
        "networks": [network(*one) for one in NETWORKS],
        "pieces": [piece(*one) for one in PIECES],
    }
    path = pathlib.Path(__file__).parent.parent / "src/engine/network/tests/pytorch.json"
    path.write_text(written(result) + "\n")


def written(node: object, depth: int = 0) -> str:
    """JSON with nine digits and one line for each list of numbers."""
    outer, inner = "\n" + " " * depth, "\n" + " " * (depth + 1)
    if isinstance(node, float):
        return json.dumps(float(f"{node:.9g}"))
    if isinstance(node, dict):
        items = [f"{json.dumps(key)}: {written(item, depth + 1)}" for key, item in node.items()]
        return "{" + inner + f",{inner}".join(items) + outer + "}"
    if isinstance(node, list):
        items = [written(item, depth + 1) for item in node]
        if all(isinstance(item, (int, float)) for item in node):
            return "[" + ", ".join(items) + "]"
        return "[" + inner + f",{inner}".join(items) + outer + "]"
    return json.dumps(node)


if __name__ == "__main__":
    main()
