"""The named architectures in PyTorch, for regions of one channel: the peers of the training bench."""

import torch
from torch import nn
from torch.nn import functional


def block(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    """A 3×3 convolution with batch norm and ReLU."""
    return [
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


def chain(plan: list[tuple[int, bool]]) -> list[nn.Module]:
    """Blocks of so many channels, each with a pool or without."""
    layers: list[nn.Module] = []
    inputs = 1
    for outputs, pool in plan:
        layers += block(inputs, outputs)
        if pool:
            layers.append(nn.MaxPool2d(2))
        inputs = outputs
    return layers


def reference(side: int, classes: int) -> nn.Module:
    layers = chain([(16, False), (16, True), (32, False), (32, True), (64, False), (64, True)])
    layers += [nn.Flatten(), nn.Linear(64 * (side // 8) ** 2, 64), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Linear(64, classes))


def vgg(_: int, classes: int) -> nn.Module:
    plan = [(16, True), (32, True), (64, False), (64, True)]
    plan += [(128, False), (128, True), (128, False), (128, True)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, classes)]
    return nn.Sequential(*chain(plan), *head)


def alexnet(_: int, classes: int) -> nn.Module:
    layers: list[nn.Module] = []
    inputs = 1
    plan = [(16, 5, True), (48, 5, True), (96, 3, False), (64, 3, False), (64, 3, True)]
    for outputs, size, pool in plan:
        layers += [nn.Conv2d(inputs, outputs, size, 1, size // 2), nn.ReLU(inplace=True)]
        if pool:
            layers.append(nn.MaxPool2d(2))
        inputs = outputs
    layers += [nn.AdaptiveAvgPool2d(4), nn.Flatten()]
    for width, outputs in [(1024, 256), (256, 256)]:
        layers += [nn.Dropout(0.5), nn.Linear(width, outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Linear(256, classes))


class Residual(nn.Module):
    """Two convolutions with a shortcut that has no parameters."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.path = nn.Sequential(*block(inputs, outputs, stride), *block(outputs, outputs)[:2])
        self.stride, self.more = stride, (outputs - inputs) // 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.path(x)
        if self.stride > 1:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more, self.more))
        return functional.relu(x + y, inplace=True)


def resnet(blocks: int, classes: int) -> nn.Module:
    layers, inputs = block(1, 16), 16
    for stage, outputs in enumerate([16, 32, 64]):
        for number in range(blocks):
            layers.append(Residual(inputs, outputs, 2 if stage and not number else 1))
            inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))


class Unet(nn.Module):
    """Four levels, the first of `narrowest` channels, nearest upsampling."""

    def __init__(self, narrowest: int, classes: int) -> None:
        super().__init__()
        widths = [narrowest << level for level in range(4)]
        self.down = nn.ModuleList(
            nn.Sequential(*block(before, width), *block(width, width))
            for before, width in zip([1, *widths], widths)
        )
        self.narrow = nn.ModuleList(nn.Conv2d(2 * width, width, 1) for width in widths[-2::-1])
        self.up = nn.ModuleList(
            nn.Sequential(*block(2 * width, width), *block(width, width))
            for width in widths[-2::-1]
        )
        self.output = nn.Conv2d(narrowest, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = []
        for level, down in enumerate(self.down):
            x = down(functional.max_pool2d(x, 2) if level else x)
            kept.append(x)
        kept.pop()
        for narrow, up in zip(self.narrow, self.up):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = up(torch.cat([kept.pop(), narrow(x)], 1))
        return self.output(x)


def network(name: str, side: int, classes: int) -> nn.Module:
    """The named architecture, in channels_last."""
    made = {
        "reference": lambda: reference(side, classes),
        "vgg": lambda: vgg(side, classes),
        "alexnet": lambda: alexnet(side, classes),
        "resnet-8": lambda: resnet(1, classes),
        "resnet-20": lambda: resnet(3, classes),
        "unet": lambda: Unet(8, classes),
        "unet-16": lambda: Unet(16, classes),
    }
    return made[name]().to(memory_format=torch.channels_last)


def dice(probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Soft Dice of all classes but 0 over a batch, smoothed by 1e-5."""
    truth = functional.one_hot(labels, probabilities.shape[1]).permute(0, 3, 1, 2).float()
    axes = (0, 2, 3)
    both = 2 * (probabilities * truth).sum(axes) + 1e-5
    return (both / (probabilities.sum(axes) + truth.sum(axes) + 1e-5))[1:].mean()
