"""Writes src/network/tests/pytorch.json: one training pass of a small network in PyTorch.

Run once by hand (`pip install torch`, 2.15 at the time of writing); the tests read only the
JSON. Every input is `value(i, seed)`, a formula that the test repeats, so only results are
stored: the loss and logits of a training pass, every 29th gradient, the running statistics
behind it, and the logits in evaluation mode.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional

IMAGES, SIDE, CLASSES, HIDDEN = 5, 7, 4, 9
# Output channels and pool of each block; the second reads an unpooled map of odd size, the third
# a pooled one, with channel numbers off the vector width.
BLOCKS = [(9, False), (20, True), (17, False)]
STEP = 29


def value(index: int, seed: int) -> float:
    """In [−1, 1), the same in f32 on both sides."""
    return (index * 7919 + seed * 104_729) % 2048 / 1024 - 1


def tensor(count: int, seed: int, scale: float = 1.0, add: float = 0.0) -> torch.Tensor:
    values = [value(index, seed) for index in range(count)]
    return torch.tensor(values, dtype=torch.float64) * scale + add


def main() -> None:
    # f64: what f32 kernels are compared with.
    torch.set_default_dtype(torch.float64)
    inputs, side, seed = 1, SIDE, 1
    parameters: dict[str, torch.Tensor] = {}
    norms = []
    for number, (channels, pool) in enumerate(BLOCKS):
        # Ours is [3, 3, inputs, channels].
        weight = tensor(9 * inputs * channels, seed, 0.5).reshape(3, 3, inputs, channels)
        affine = tensor(2 * channels, seed + 1).reshape(2, channels)
        parameters[f"blocks.{number}.weight"] = weight.requires_grad_()
        parameters[f"blocks.{number}.affine"] = affine.requires_grad_()
        norms.append((torch.zeros(channels), torch.ones(channels)))
        inputs, seed, side = channels, seed + 2, side // 2 if pool else side
    features = inputs * side * side
    for name, rows, columns in [("hidden", features, HIDDEN), ("output", HIDDEN, CLASSES)]:
        weight = tensor(rows * columns, seed, 0.3).reshape(rows, columns)
        parameters[f"{name}.weight"] = weight.requires_grad_()
        parameters[f"{name}.bias"] = tensor(columns, seed + 1).requires_grad_()
        seed += 2
    images = tensor(IMAGES * SIDE * SIDE, 100).reshape(IMAGES, 1, SIDE, SIDE)
    labels = torch.tensor([image % CLASSES for image in range(IMAGES)])

    def forward(training: bool) -> torch.Tensor:
        x = images
        for number, (_, pool) in enumerate(BLOCKS):
            weight = parameters[f"blocks.{number}.weight"].permute(3, 2, 0, 1)
            gamma, beta = parameters[f"blocks.{number}.affine"]
            x = functional.conv2d(x, weight, padding=1)
            x = functional.batch_norm(x, *norms[number], gamma, beta, training=training)
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
    result = {
        "torch": torch.__version__,
        "logits": logits.flatten().tolist(),
        "loss": loss.item(),
        "gradients": {
            name: parameter.grad.flatten()[::STEP].tolist()
            for name, parameter in parameters.items()
        },
        "means": [mean.tolist() for mean, _ in norms],
        "variances": [variance.tolist() for _, variance in norms],
        "evaluated": evaluated.flatten().tolist(),
    }
    path = pathlib.Path(__file__).parent.parent / "src/network/tests/pytorch.json"
    path.write_text(json.dumps(rounded(result), indent=1) + "\n")


def rounded(node: object) -> object:
    """Nine digits, in the manner of JSON."""
    if isinstance(node, float):
        return float(f"{node:.9g}")
    if isinstance(node, dict):
        return {key: rounded(item) for key, item in node.items()}
    if isinstance(node, list):
        return [rounded(item) for item in node]
    return node


if __name__ == "__main__":
    main()
