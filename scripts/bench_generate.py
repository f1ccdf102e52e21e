"""Drives both sides of `scripts/bench-generate` in alternate rounds and prints medians."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile

# Images per round: about half a second each, so that a noisy machine hits both sides alike.
OURS, PEER, FLOOR = 20, 3, 20


class Process:
    """One side, answering one line per order with seconds per image."""

    def __init__(self, command: list[str]) -> None:
        one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **one},
        )
        assert self.process.stdout.readline().strip() == "ready"

    def ask(self, order: str) -> float:
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main() -> None:
    binary, python, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    ours, peer = Process([binary]), Process([python, "scripts/generate_peer.py"])
    place = tempfile.mkdtemp()
    seconds: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {"generate": [], "noise_floor": []}

    def note(name: str, value: float) -> float:
        seconds.setdefault(name, []).append(value)
        return value

    def generate(side: str) -> float:
        directory = os.path.join(place, side)
        process, count = (ours, OURS) if side == "ours" else (peer, PEER)
        value = note(f"generate, {side}", process.ask(f"generate {count} {directory}"))
        shutil.rmtree(directory)
        return value

    try:
        for number in range(-1, rounds):
            pair = ("ours", "peer") if number % 2 == 0 else ("peer", "ours")
            both = {side: generate(side) for side in pair}
            image = note("image without writing", ours.ask(f"image {OURS}"))
            floor = note("white noise and filter", ours.ask(f"floor {FLOOR}"))
            if number < 0:  # The first round warms up.
                seconds.clear()
                continue
            ratios["generate"].append(both["peer"] / both["ours"])
            ratios["noise_floor"].append(image / floor)
    finally:
        shutil.rmtree(place, ignore_errors=True)

    for name, values in seconds.items():
        middle = statistics.median(values)
        print(f"{name}: {1e3 * middle:.1f} ms, {1 / middle:.1f} images/s per core")
    for name, values in ratios.items():
        print(f"{name}: {min(values):.2f} to {max(values):.2f}")
    print(" ".join(f"{name}={statistics.median(values):.2f}" for name, values in ratios.items()))


if __name__ == "__main__":
    main()
