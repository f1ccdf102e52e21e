"""The peer of the training bench: our architectures in tuned PyTorch, on one thread.

Reads lines "train SIDE STEPS [NETWORK]" or "infer SIDE STEPS" on stdin and answers each with the images
per second of that round, so that the driver can alternate rounds of both sides. The same
architecture, batch and loss as ours: f32, channels_last, fused AdamW, inference in
evaluation mode under no_grad. Allocator tuning comes from the environment of the driver.
"""

import sys
import time

import torch
from torch import nn
from training_networks import dice, network

BATCH = 64
CLASSES = 6


class Side:
    def __init__(self, name: str, side: int) -> None:
        torch.manual_seed(1)
        self.network = network(name, side, CLASSES)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=1e-3, weight_decay=0.01, fused=True
        )
        self.entropy = nn.CrossEntropyLoss()
        self.of_pixels = name.startswith("unet")
        self.images = torch.randn(BATCH, 1, side, side).to(memory_format=torch.channels_last)
        shape = (BATCH, side, side) if self.of_pixels else (BATCH,)
        self.labels = torch.randint(0, CLASSES, shape)

    def loss(self, logits: torch.Tensor) -> torch.Tensor:
        loss = self.entropy(logits, self.labels)
        if self.of_pixels:
            loss = loss + 1 - dice(logits.softmax(1), self.labels)
        return loss

    def train(self, steps: int) -> float:
        self.network.train()
        start = time.perf_counter()
        for _ in range(steps):
            self.optimiser.zero_grad(set_to_none=True)
            loss = self.loss(self.network(self.images))
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
    sides: dict[tuple[str, int], Side] = {}
    capability = torch.backends.cpu.get_cpu_capability()
    print(f"ready torch={torch.__version__} capability={capability}", flush=True)
    for line in sys.stdin:
        what, side, steps, *named = line.split()
        key = (named[0] if named else "reference", int(side))
        if key not in sides:
            sides[key] = Side(*key)
        rate = getattr(sides[key], what)(int(steps))
        print(f"{rate:.2f}", flush=True)


if __name__ == "__main__":
    main()
