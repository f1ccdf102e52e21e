"""The peer of the training bench: the reference network in tuned PyTorch, on one thread.

Reads lines "train SIDE STEPS" or "infer SIDE STEPS" on stdin and answers each with the images
per second of that round, so that the driver can alternate rounds of both sides. The same
architecture, batch and loss as ours: f32, channels_last, fused AdamW, inference in
evaluation mode under no_grad. Allocator tuning comes from the environment of the driver.
"""

import sys
import time

import torch
from torch import nn

BATCH = 64
CLASSES = 6


def reference(side: int) -> nn.Module:
    layers: list[nn.Module] = []
    channels_in = 1
    for channels, pool in [(16, False), (16, True), (32, False), (32, True), (64, False), (64, True)]:
        layers += [
            nn.Conv2d(channels_in, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        ]
        if pool:
            layers.append(nn.MaxPool2d(2))
        channels_in = channels
    features = channels_in * (side // 8) ** 2
    layers += [nn.Flatten(), nn.Linear(features, 64), nn.ReLU(inplace=True), nn.Linear(64, CLASSES)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


class Side:
    def __init__(self, side: int) -> None:
        torch.manual_seed(1)
        self.network = reference(side)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=1e-3, weight_decay=0.01, fused=True
        )
        self.loss = nn.CrossEntropyLoss()
        self.images = torch.randn(BATCH, 1, side, side).to(memory_format=torch.channels_last)
        self.labels = torch.randint(0, CLASSES, (BATCH,))

    def train(self, steps: int) -> float:
        self.network.train()
        start = time.perf_counter()
        for _ in range(steps):
            self.optimiser.zero_grad(set_to_none=True)
            loss = self.loss(self.network(self.images), self.labels)
            loss.backward()
            self.optimiser.step()
        return BATCH * steps / (time.perf_counter() - start)

    def infer(self, steps: int) -> float:
        self.network.eval()
        start = time.perf_counter()
        with torch.no_grad():
            for _ in range(steps):
                self.network(self.images)
        return BATCH * steps / (time.perf_counter() - start)


def main() -> None:
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    sides: dict[int, Side] = {}
    capability = torch.backends.cpu.get_cpu_capability()
    print(f"ready torch={torch.__version__} capability={capability}", flush=True)
    for line in sys.stdin:
        what, side_text, steps = line.split()
        side = int(side_text)
        if side not in sides:
            sides[side] = Side(side)
        rate = getattr(sides[side], what)(int(steps))
        print(f"{rate:.2f}", flush=True)


if __name__ == "__main__":
    main()
