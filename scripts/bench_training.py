"""Drives both sides of `scripts/bench-training` in alternate rounds and prints medians."""

import os
import statistics
import subprocess
import sys

# Steps per round: about half a second each, so that a noisy machine hits both sides alike.
STEPS = {("train", 32): 16, ("train", 64): 5, ("infer", 32): 40, ("infer", 64): 12}
# Flops per image of the reference network: 2 per multiply-add of the six convolutions and two
# dense layers; a training step is three times that less the first input gradient.
MAPS = [(1, 1, 16), (1, 16, 16), (2, 16, 32), (2, 32, 32), (4, 32, 64), (4, 64, 64)]


def flops(side: int, training: bool) -> float:
    total = 0.0
    for number, (shrink, inputs, outputs) in enumerate(MAPS):
        once = 2.0 * 9 * inputs * outputs * (side // shrink) ** 2
        total += once * ((2 if number == 0 else 3) if training else 1)
    dense = 2.0 * (64 * (side // 8) ** 2 * 64 + 64 * 6)
    return total + dense * (3 if training else 1)


# The other architectures, with steps per round at 32×32; a quarter of them at 64×64.
OTHERS = {"alexnet": 12, "vgg": 16, "resnet-8": 16, "resnet-20": 5, "unet": 10}


class Process:
    """One side, answering one line per order."""

    def __init__(
        self, command: list[str], environment: dict[str, str], quiet: bool = False
    ) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        greeting = self.process.stdout.readline().strip()
        if not quiet:
            print(greeting)

    def send(self, order: str) -> None:
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def receive(self) -> float:
        return float(self.process.stdout.readline().split()[0])

    def ask(self, order: str) -> float:
        self.send(order)
        return self.receive()


def main() -> None:
    binary, python, rounds, *forced = sys.argv[1:]
    ours = Process([binary, *forced], {})
    second = Process([binary, *forced], {})
    peer_environment = {
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        # No page is given back between steps: the tuned malloc of the peer.
        "MALLOC_TOP_PAD_": str(1 << 28),
        "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
        "MALLOC_MMAP_THRESHOLD_": str(1 << 32),
    }
    if forced == ["avx2"]:
        peer_environment |= {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2",
                             "DNNL_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
    peer = Process([python, "scripts/training_peer.py"], peer_environment)
    isa = forced[0] if forced else ours_isa(binary)

    if os.environ.get("NETWORKS"):
        architectures(ours, peer, int(rounds), isa)
        return
    orders = list(STEPS)
    for what, side in orders:  # warm up both
        for process in (ours, second, peer):
            process.ask(f"{what} {side} 2")
    samples: dict[tuple, list[float]] = {}
    ratios: dict[tuple, list[float]] = {}

    def note(key: tuple, value: float) -> None:
        samples.setdefault(key, []).append(value)

    for number in range(int(rounds)):
        for what, side in orders:
            order = f"{what} {side} {STEPS[what, side]}"
            pair = [("ours", ours), ("peer", peer)]
            both = {}
            for name, process in pair if number % 2 == 0 else pair[::-1]:
                both[name] = process.ask(order)
                note((what, side, name), both[name])
            ratios.setdefault((what, side), []).append(both["ours"] / both["peer"])
        # Two of ours side by side against one alone, in one round.
        order = f"train 64 {2 * STEPS['train', 64]}"
        alone = ours.ask(order)
        ours.send(order)
        second.send(order)
        together = ours.receive() + second.receive()
        ratios.setdefault(("pair",), []).append(together / alone)
        peak = ours.ask("peak")
        note(("peak",), peak)
        for name in ("convolution", "direct"):
            ratios.setdefault((name,), []).append(ours.ask(name) / peak)
        last = samples["train", 64, "ours"][-1]
        ratios.setdefault(("step",), []).append(last * flops(64, True) / 1e9 / peak)

    # A process of its own: nothing but one training at 64×64.
    alone = Process([binary, *forced], {}, quiet=True)
    alone.ask("train 64 5")
    memory = alone.ask("memory")

    median = statistics.median
    for what, side in orders:
        mine, theirs = (median(samples[what, side, name]) for name in ("ours", "peer"))
        spread = ratios[what, side]
        print(
            f"{what} {side}x{side}: ours {mine:.0f} images/s, peer {theirs:.0f}, "
            f"ratio {median(spread):.2f} ({min(spread):.2f} to {max(spread):.2f})"
        )
    print(f"peak {median(samples['peak',]):.0f} Gflop/s, "
          f"direct kernels at {median(ratios['direct',]):.2f} of it")
    print(f"peak memory of one training at 64x64: {memory:.0f} MB; load {load()}")
    rating = min(median(ratios["infer", side]) for side in (32, 64))
    print(
        f"isa={isa} train_32={median(ratios['train', 32]):.2f} "
        f"train_64={median(ratios['train', 64]):.2f} pair={median(ratios['pair',]):.2f} "
        f"inference={rating:.2f} kernel_peak={median(ratios['convolution',]):.2f} "
        f"step_peak={median(ratios['step',]):.2f}"
    )


def architectures(ours: Process, peer: Process, rounds: int, isa: str) -> None:
    """Training of every other architecture: one line each, at both sides."""
    for name, steps in OTHERS.items():
        for side in (32, 64):
            count = steps if side == 32 else max(steps // 4, 2)
            for process in (ours, peer):
                process.ask(f"train {side} 2 {name}")
            samples, ratios = {"ours": [], "peer": []}, []
            for number in range(rounds):
                pair = [("ours", ours), ("peer", peer)]
                for who, process in pair if number % 2 == 0 else pair[::-1]:
                    samples[who].append(process.ask(f"train {side} {count} {name}"))
                ratios.append(samples["ours"][-1] / samples["peer"][-1])
            mine, theirs = (statistics.median(samples[who]) for who in ("ours", "peer"))
            print(
                f"isa={isa} {name} {side}x{side}: ours {mine:.0f} images/s, peer {theirs:.0f}, "
                f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
                flush=True,
            )


def load() -> str:
    """Mean number of running processes: `pair` needs two free cores."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def ours_isa(binary: str) -> str:
    process = subprocess.run([binary], input="", capture_output=True, text=True, check=True)
    return process.stdout.split("kernel=")[1].strip()


if __name__ == "__main__":
    main()
