"""Writes src/engine/network/tests/pytorch.json: training passes of small networks, and pooling and
upsampling, in PyTorch.

Run once by hand (`pip install torch`, 2.15 at the time of writing); the tests read only the
JSON. Every input is `value(i, seed)`, a formula that the test repeats, so only results are
stored: of a network the graph as the program writes it, the loss and logits of a training pass,
every 29th gradient, the running statistics after it, and the logits in evaluation mode; of a piece
the output and the gradient.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional

CLASSES, HIDDEN = 4, 9


def layer(name: str, inputs: list[str], operation: str, **settings: object) -> dict:
    return {
        "name": name,
        "inputs": inputs,
        "operation": {operation: settings} if settings else operation,
    }


def convolution(name: str, source: str, channels: object, **settings: object) -> dict:
    settings = {"size": 3, "stride": 1, "bias": False} | settings
    return layer(name, [source], "convolution", channels=channels, **settings)


def chain(blocks: list[tuple[int, bool, bool]]) -> list[dict]:
    """Blocks of output channels, whether a pool follows and whether there is a batch norm, and two
    dense layers."""
    layers, last = [], "input"
    for number, (channels, pool, norm) in enumerate(blocks, 1):
        layers.append(convolution(f"conv{number}", last, channels, bias=not norm))
        if norm:
            layers.append(layer(f"norm{number}", [f"conv{number}"], "batch_norm"))
        layers.append(layer(f"relu{number}", [layers[-1]["name"]], "relu"))
        if pool:
            layers.append(layer(f"pool{number}", [f"relu{number}"], "max_pool", size=2))
        last = layers[-1]["name"]
    return layers + [
        layer("hidden", [last], "dense", outputs=HIDDEN),
        layer("hidden_relu", ["hidden"], "relu"),
        layer("output", ["hidden_relu"], "dense", outputs="classes"),
    ]


RESIDUAL = [
    convolution("stem", "input", 6, size=5, bias=True),
    layer("stem_relu", ["stem"], "relu"),
    convolution("conv1", "stem_relu", 9, stride=2),
    layer("norm1", ["conv1"], "batch_norm"),
    layer("relu1", ["norm1"], "relu"),
    convolution("conv2", "relu1", 9),
    layer("norm2", ["conv2"], "batch_norm"),
    layer("shortcut", ["stem_relu"], "shortcut", stride=2, channels=9),
    layer("add", ["norm2", "shortcut"], "add"),
    layer("relu2", ["add"], "relu"),
    layer("average", ["relu2"], "global_average_pool"),
    layer("output", ["average"], "dense", outputs="classes"),
]
BRANCHED = [
    convolution("conv1", "input", 5, size=3, bias=True),
    layer("norm1", ["conv1"], "batch_norm"),
    layer("pool1", ["norm1"], "max_pool", size=2),
    convolution("conv2", "pool1", 7),
    layer("relu2", ["conv2"], "relu"),
    layer("pool2", ["relu2"], "average_pool", size=2),
    layer("nearest", ["pool2"], "upsample", factor=2, interpolation="nearest"),
    layer("bilinear", ["pool1"], "upsample", factor=2, interpolation="bilinear"),
    layer("finer", ["relu2"], "upsample", factor=2, interpolation="nearest"),
    layer("join", ["finer", "bilinear", "conv1"], "concat"),
    convolution("narrow", "join", 3, size=1, stride=2, bias=True),
    layer("sum", ["nearest", "relu2"], "add"),
    layer("both", ["sum", "narrow"], "concat"),
    convolution("strided", "both", 6, size=5, stride=3),
    layer("hidden", ["strided"], "dense", outputs=HIDDEN),
    layer("hidden_relu", ["hidden"], "relu"),
    layer("second", ["hidden_relu"], "dense", outputs=5),
    layer("vectors", ["hidden_relu", "second"], "concat"),
    layer("output", ["vectors"], "dense", outputs="classes"),
]
# Images, side and layers. Odd and even sides, a batch of 1, a batch beyond the chunk of 16 images,
# channels off the vector width, all kinds of blocks; then graphs with branches.
NETWORKS = [
    (5, 7, chain([(9, False, True), (20, True, True), (17, False, True)])),
    (1, 8, chain([(16, True, True), (32, True, True)])),
    (19, 6, chain([(5, False, False), (12, True, True), (8, False, False), (4, True, False)])),
    (5, 9, RESIDUAL),
    (3, 8, BRANCHED),
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


class Network:
    """Layers in PyTorch, with parameters made as they are needed."""

    def __init__(self, layers: list[dict]) -> None:
        self.layers = layers
        self.parameters: dict[str, torch.Tensor] = {}
        self.norms: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}

    def parameter(self, name: str, *shape: int) -> torch.Tensor:
        if name not in self.parameters:
            scale = {4: 0.5, 2: 0.3, 1: 1.0}[len(shape)] if name.endswith("weight") else 1.0
            count = int(torch.tensor(shape).prod())
            values = tensor(count, len(self.parameters) + 1, scale).reshape(shape)
            self.parameters[name] = values.requires_grad_()
        return self.parameters[name]

    def apply(self, name: str, operation: str, given: dict, inputs: list, training: bool):
        x = inputs[0]
        outputs = [CLASSES if given.get(key) == "classes" else given.get(key)
                   for key in ("channels", "outputs")]
        if operation == "convolution":
            # Ours is [size, size, inputs, channels].
            size = given["size"]
            weight = self.parameter(f"{name}.weight", size, size, x.shape[1], outputs[0])
            bias = self.parameter(f"{name}.bias", outputs[0]) if given["bias"] else None
            weight = weight.permute(3, 2, 0, 1)
            return functional.conv2d(x, weight, bias, stride=given["stride"], padding=size // 2)
        if operation == "batch_norm":
            channels = x.shape[1]
            gamma, beta = self.parameter(f"{name}.affine", 2, channels)
            moments = self.norms.setdefault(name, (torch.zeros(channels), torch.ones(channels)))
            return functional.batch_norm(x, *moments, gamma, beta, training=training)
        if operation == "relu":
            return functional.relu(x)
        if operation == "max_pool":
            return functional.max_pool2d(x, given["size"])
        if operation == "average_pool":
            return functional.avg_pool2d(x, given["size"])
        if operation == "global_average_pool":
            return x.mean((2, 3))
        if operation == "add":
            return torch.stack(inputs).sum(0)
        if operation == "concat":
            return torch.cat(inputs, 1)
        if operation == "upsample":
            mode = given["interpolation"]
            align = None if mode == "nearest" else False
            factor = given["factor"]
            return functional.interpolate(x, scale_factor=factor, mode=mode, align_corners=align)
        if operation == "shortcut":
            step, more = given["stride"], given["channels"] - x.shape[1]
            channels = (0, 0, 0, 0, more // 2, more - more // 2)
            return functional.pad(x[:, :, ::step, ::step], channels)
        assert operation == "dense"
        x = x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x
        weight = self.parameter(f"{name}.weight", x.shape[1], outputs[1])
        return x @ weight + self.parameter(f"{name}.bias", outputs[1])

    def forward(self, batch: torch.Tensor, training: bool) -> torch.Tensor:
        known = {"input": batch}
        for one in self.layers:
            operation = one["operation"]
            name, given = (operation, {}) if isinstance(operation, str) else [*operation.items()][0]
            inputs = [known[source] for source in one["inputs"]]
            known[one["name"]] = self.apply(one["name"], name, given, inputs, training)
        return known[self.layers[-1]["name"]]


def network(images: int, side: int, layers: list[dict]) -> dict:
    batch = tensor(images * side * side, 100).reshape(images, 1, side, side)
    labels = torch.tensor([image % CLASSES for image in range(images)])
    ours = Network(layers)
    logits = ours.forward(batch, True)
    loss = nn.CrossEntropyLoss()(logits, labels)
    loss.backward()
    with torch.no_grad():
        evaluated = ours.forward(batch, False)
    return {
        "images": images,
        "architecture": {"side": side, "classes": CLASSES, "layers": layers},
        "logits": logits.flatten().tolist(),
        "loss": loss.item(),
        "gradients": {
            name: parameter.grad.flatten()[::STEP].tolist()
            for name, parameter in ours.parameters.items()
        },
        "statistics": [[part.tolist() for part in norm] for norm in ours.norms.values()],
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
    if isinstance(node, dict) and "operation" in node:
        return json.dumps(node)
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
