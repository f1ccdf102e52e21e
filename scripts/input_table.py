"""Puts runs that differ in what their networks are given of a region (`--input`) into
docs/results/inputs.json, in place of what it has of the same input and codecs, and their table and what
it says into docs/results/README.md, between its markers. With --check it writes nothing and fails where
the page has something else than the file gives.

usage: scripts/input_table.py --check | RUN-DIRECTORY...
"""

import hashlib
import json
import pathlib
import sys

import marked
from campaign_tables import CODECS, TRAINED, WHY

RESULTS = pathlib.Path(__file__).resolve().parent.parent / "docs" / "results"
KEPT = RESULTS / "inputs.json"
LEVELS = (10, 20, 30, 50)


def run(directory: pathlib.Path) -> dict:
    """What the table needs of a run, with the hashes that say which it was."""
    plan, results = [(directory / name).read_bytes() for name in ("plan.json", "results.json")]
    read = json.loads(results)
    arms = [arm for arm in read["arms"] if arm["codec"] != "lossless"]
    return {
        "input": read.get("input", "pixels"),
        "phantom": read["phantom"],
        "preset": read["preset"],
        "plan_sha256": hashlib.sha256(plan).hexdigest(),
        "results_sha256": hashlib.sha256(results).hexdigest(),
        "arms": [
            {
                "codec": arm["codec"],
                "path": arm["path"],
                "regime": arm["regime"],
                "score": [arm[f"original_score{end}"] for end in ("", "_lower", "_upper")],
                "limit_kind": arm["limit"]["kind"],
                "gates": arm["limit"].get("gates", []),
                "crossing": arm["limit"]["crossing"],
                "losses": {str(level["target"]): level["loss"] for level in arm["levels"]},
            }
            for arm in arms
        ],
    }


def crossing(arm: dict) -> str:
    found = arm["crossing"]
    if arm["limit_kind"] == "none":
        return f"none ({', '.join(WHY.get(gate, gate) for gate in arm['gates'])})"
    if found.get("ratio_stored") is None:
        return "–"
    low, high = (found.get(end) for end in ("lower", "upper"))
    ends = ["beyond all" if end is None else f"{end:.1f}:1" for end in (low, high)]
    return f"{found['ratio_stored']:.1f}:1 ({ends[0]} to {ends[1]})"


def table(runs: list[dict]) -> str:
    heads = ["input", "codec", "trained on", "accuracy on originals (95 %)", "loses 0.02 at (95 %)"]
    heads += [f"loss at {level}:1" for level in LEVELS]
    lines = ["| " + " | ".join(heads) + " |", "| " + " | ".join(["---"] * len(heads)) + " |"]
    for one in runs:
        for arm in one["arms"]:
            score, low, high = arm["score"]
            cells = [f"`{one['input']}`", CODECS[arm["codec"]], TRAINED[arm["regime"]]]
            cells += [f"{score:.3f} ({low:.3f} to {high:.3f})", crossing(arm)]
            losses = {float(target): loss for target, loss in arm["losses"].items()}
            cells += [f"{losses[level] + 0.0:.3f}".replace("-0.000", "0.000") for level in LEVELS]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def sentence(runs: list[dict]) -> str:
    """What reading something else costs on originals, networks trained on these."""
    scores = {}
    for one in runs:
        scores[one["input"]] = next(a for a in one["arms"] if a["regime"] == "original")["score"][0]
    pixels, window = scores["pixels"], scores["window"]
    costs = [f"the larger window alone costs {pixels - window:.3f} of accuracy"]
    words = {
        "dct-learned": "coefficients through a learnt inverse transform cost",
        "dct": "layers on the grid of blocks alone cost",
        "dct-partial:4": "JPEG at half of its rows and columns costs",
        "dct-partial:2": "a quarter of them costs",
        "reduced:1": "JPEG 2000 at half of its rows and columns costs",
        "reduced:2": "at a quarter of them it costs",
    }
    costs += [f"{words[name]} {pixels - scores[name]:.3f}" for name in words if name in scores]
    said = f"Of networks that were trained on originals, {', '.join(costs)}."
    whole, half = margin_of(runs, "pixels", "jpeg2000"), margin_of(runs, "reduced:1", "jpeg2000")
    if whole and half:
        order = "later" if half > whole else "earlier"
        said += (f" What those that read JPEG 2000 at half of its rows and columns lose to compression, they"
                 f" lose {order}: two points at {half:.1f}:1 for {whole:.1f}:1.")
    return said


def margin_of(runs: list[dict], name: str, codec: str) -> float | None:
    """Where networks trained on originals lose the margin."""
    of_input = (arm for one in runs if one["input"] == name for arm in one["arms"])
    arm = next((it for it in of_input if (it["codec"], it["regime"]) == (codec, "original")), None)
    return arm and arm["crossing"].get("ratio_stored")


def main() -> None:
    check = sys.argv[1:] == ["--check"]
    if not sys.argv[1:]:
        sys.exit("name the run directories, or --check")
    named = [] if check else [run(pathlib.Path(directory)) for directory in sys.argv[1:]]
    kind = lambda one: (one["input"], sorted({arm["codec"] for arm in one["arms"]}))
    newer = [kind(one) for one in named]
    runs = [one for one in json.loads(KEPT.read_text()) if kind(one) not in newer] + named
    marked.put(RESULTS / "README.md", "inputs", f"{sentence(runs)}\n\n{table(runs)}", check)
    if not check:
        KEPT.write_text(json.dumps(runs, indent=1) + "\n")


if __name__ == "__main__":
    main()
