"""Drives both sides of scripts/bench-study in alternate rounds and prints medians.

usage: bench_study.py PROGRAM ROUNDS OPTION...
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import study_peer

STUDY = ["--task", "identify", "--regime", "original", "--jobs", "2"]


def accuracy(results: dict) -> float:
    scores = {arm["path"]: arm["original_score"] for arm in results["arms"]}
    return statistics.mean(scores.values())


def main() -> None:
    program, rounds, options = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        study = [program, "calibrate", "ct-head", *options, *STUDY]
        subprocess.run([*study, "--plan-only", "--out", place / "plan"], check=True, stdout=subprocess.DEVNULL)
        plan = json.loads((place / "plan" / "plan.json").read_text())
        of_network = plan["train_images"] + plan["tune_images"]
        count = plan["replicates"] * of_network + plan["test_images"]
        drawn = ["generate", "ct-head", "--count", str(count), "--format", "npy", "--out", place / "images"]
        subprocess.run([program, *drawn], check=True, stdout=subprocess.DEVNULL)
        times, scores = {"ours": [], "peer": []}, {}

        def ours(number: int) -> None:
            out = place / f"ours-{number}"
            subprocess.run([*study, "--quiet", "--out", out], check=True, stdout=subprocess.DEVNULL)
            scores["ours"] = accuracy(json.loads((out / "results.json").read_text()))

        def peer(_: int) -> None:
            scores["peer"] = study_peer.study(plan, place / "images")

        for number in range(rounds):
            sides = [("ours", ours), ("peer", peer)]
            for side, work in sides if number % 2 == 0 else sides[::-1]:
                start = time.perf_counter()
                work(number)
                times[side].append(time.perf_counter() - start)
                print(f"{side}: {times[side][-1]:.1f} s, accuracy {scores[side]:.3f}", flush=True)
    ratios = [peer / ours for ours, peer in zip(times["ours"], times["peer"])]
    print(f"study={statistics.median(ratios):.1f} accuracy={scores['ours']:.3f},{scores['peer']:.3f}")


if __name__ == "__main__":
    main()
