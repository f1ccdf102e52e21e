"""Puts finished runs into docs/results, named by phantom, preset and, where they are not the usual,
tasks: the table of each as CSV, and as JSON the version, the hashes of plan, phantom and results, the
split of the losses, and the accuracies of training level by test level. Then it makes the tables of
README.md there, between its markers, from the files of all studies, and the sentences from
findings.txt (see campaign_findings.py). With --check it writes nothing and fails where the page has
other tables or sentences than the files give.

usage: scripts/campaign_tables.py --check | [RUN-DIRECTORY...]
"""

import csv
import hashlib
import json
import math
import pathlib
import re
import shutil
import sys

import campaign_findings
from campaign_findings import ratio

RESULTS = pathlib.Path(__file__).resolve().parent.parent / "docs" / "results"
CODECS = {"jpeg": "JPEG", "jpeg2000": "JPEG 2000"}
TRAINED = {"original": "originals", "mixed": "all levels"}
# Why there is no limit.
WHY = {"ceiling": "score too high", "floor": "score too low", "images": "too few images",
       "rarer": "too few of one kind", "networks": "too few networks", "preset": "preset"}
STUDIES = ("ct-head", "ct-body", "cr-chest", "mr-brain", "mammography", "us")
# What a study asks unless its name says otherwise, and what else studies ask.
USUAL_TASKS = ["identify", "detect"]
TASKS = ("", "-locate-outline")


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: str | float) -> str:
    return f"{float(value) + 0.0:.3f}".replace("-0.000", "0.000")


def limit(row: dict[str, str]) -> str:
    """Where the loss reaches the margin, with its interval."""
    kind = row["limit_kind"]
    if kind == "none":
        return f"none ({WHY.get(row['no_limit_because'], row['no_limit_because'])})"
    if row["limit_crossing"]:
        low = ratio(row["limit_ratio_stored_lower"], math.floor) or "below all"
        high = ratio(row["limit_ratio_stored_upper"], math.ceil) or "beyond all"
        return f"{ratio(row['limit_crossing'])} ({low} to {high})"
    return {"beyond_tested": "beyond all tested", "below_tested": "below all tested"}.get(kind, kind)


def safe(row: dict[str, str], key: str = "limit_ratio_stored") -> str:
    kind = row["family_limit_kind" if key.startswith("family") else "limit_kind"]
    shown = ratio(row[key], math.floor) or "–"
    words = {"at": shown, "beyond_tested": f"all tested, {shown}", "below_tested": "none tested"}
    return words.get(kind, "–")


def efficiency(row: dict[str, str]) -> str:
    if not row["efficiency"]:
        return "–"
    at, low, high = (f"{float(row[key]):.2f}" if row[key] else "–"
                     for key in ("efficiency", "efficiency_lower", "efficiency_upper"))
    return f"{at} ({low} to {high})"


def title(name: str) -> str:
    phantom, preset = name.rsplit("-", 1)
    return f"{phantom} ({preset})"


def study(name: str) -> tuple[list[dict[str, str]], dict]:
    with (RESULTS / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    about = json.loads((RESULTS / f"{name}.json").read_text())
    null = {row["path"]: float(row["ratio_stored"]) for row in reversed(rows)
            if row["codec"] == "lossless"}
    about["lossless"] = dict(reversed(null.items()))
    return [row for row in rows if row["codec"] != "lossless"], about


def limits(name: str, rows: list[dict[str, str]], about: dict) -> str:
    first = {(r["task"], r["codec"], r["path"], r["regime"]): r for r in reversed(rows)}
    has_ceiling = any(row["efficiency"] for row in rows)
    lines = []
    for (task, codec, path, regime), row in reversed(first.items()):
        if regime not in TRAINED:
            continue
        ceiling = row["ceiling_accuracy"] or row["ceiling_auc"]
        lines.append([
            task, f"{CODECS[codec]}, {path}", TRAINED[regime],
            f"{float(row['original_score']):.3f}", limit(row), safe(row),
            safe(row, "limit_ratio_allocated"), safe(row, "family_limit_ratio_stored"),
        ] + [number(ceiling) if ceiling else "–", efficiency(row)] * has_ceiling)
    said = ", ".join(f"{g['body']} {g['year']} {g['ratio']:g}:1" for g in about["guidelines"])
    of_task = {row["task"]: row for row in reversed(rows)}
    images = ", ".join(f"{task} {row['images']}" for task, row in reversed(of_task.items()))
    size = f"{rows[0]['replicates']} networks per arm; test images: {images}"
    lossless = ", ".join(f"{path} {at:.1f}:1" for path, at in about["lossless"].items())
    head = ["task", "codec, path", "trained on", "score on originals",
            "loss reaches the margin at (95 %)", "safe up to (stored bits)",
            "safe up to (allocated bits)", "safe up to, all arms together"]
    head += ["ideal observer", "efficiency"] * has_ceiling
    return (f"### {title(name)}\n\n{size}. Guidelines: {said}. Lossless: {lossless}.\n\n"
            + table(head, lines))


def losses(name: str, rows: list[dict[str, str]], task: str) -> str:
    arms: dict[tuple[str, str, str], dict[float, str]] = {}
    for row in (row for row in rows if row["task"] == task):
        arm = arms.setdefault((row["codec"], row["path"], row["regime"]), {})
        mark = {"PASS": " +", "FAIL": " ✕", "INCONCLUSIVE": " ?"}.get(row["verdict"], "")
        arm[float(row["target"])] = number(row["loss"]) + mark
    arms = {arm: of for arm, of in arms.items() if arm[2] in TRAINED}
    targets = sorted({target for of in arms.values() for target in of})
    head = ["target"] + [f"{CODECS[c]}, {p}, {TRAINED[r]}" for c, p, r in arms]
    lines = [[f"{t:g}:1"] + [of.get(t, "") for of in arms.values()] for t in targets]
    score = next(row["score_name"] for row in rows if row["task"] == task)
    return f"#### Loss of {title(name)}, {task} ({score})\n\n" + table(head, lines)


def shift(about: dict) -> str:
    lines = [
        [f"{CODECS[s['codec']]}, {s['path']}", f"{s['target']:g}:1", number(s["loss_original"]),
         number(s["loss_matched"]),
         f"{number(s['domain_shift'])} ({number(s['domain_shift_lower'])} to "
         f"{number(s['domain_shift_upper'])})",
         f"{100 * s['domain_shift'] / s['loss_original']:.0f} %"
         if s["domain_shift_lower"] > 0 else "–"]
        for s in about["shift"]
    ]
    head = ["codec, path", "level", "loss, trained on originals", "loss, trained at the level",
            "domain shift", "its share"]
    start = ("\n\nNetworks trained at a level start from the originals' network and train a quarter as "
             "long.") if about["warm_start"] else ""
    return f"#### How much of the loss is domain shift{start}\n\n" + table(head, lines)


def matrix(about: dict) -> str:
    name = lambda at: "originals" if at is None else f"{at:g}:1"
    order = lambda at: -1.0 if at is None else at
    parts = []
    for codec, path in dict.fromkeys((m["codec"], m["path"]) for m in about["matrix"]):
        cells = {(m["trained_at"], m["tested_at"]): m["accuracy"]
                 for m in about["matrix"] if (m["codec"], m["path"]) == (codec, path)}
        trained = sorted({t for t, _ in cells}, key=order)
        tested = sorted({t for _, t in cells}, key=order)
        lines = [[name(t)] + [f"{cells[t, u]:.3f}" if (t, u) in cells else "" for u in tested]
                 for t in trained]
        head = ["trained on"] + [f"tested on {name(u)}" for u in tested]
        parts.append(f"#### Accuracy by training and test level: {CODECS[codec]}, {path}\n\n"
                     + table(head, lines))
    return "\n\n".join(parts)


def predictors(about: dict) -> str:
    lines = []
    for one in about["predictors"]:
        if (one["task"], one["regime"]) != ("identify", "original") or one["index"] not in ("psnr", "ssim"):
            continue
        wrong = one["inversion"]
        called = lambda it: f"{CODECS[it['codec']]}, {it['path']}, {it['target']:g}:1"
        lines.append([
            one["index"].upper(), one["path"] or "both", str(one["levels"]),
            number(one["rank_correlation"]),
            f"{called(wrong['called_better'])} above {called(wrong['called_worse'])}" if wrong else "–",
            number(wrong["loss"]) if wrong else "–",
        ])
    head = ["index", "path", "levels", "Spearman's ρ with accuracy", "worst misjudgement",
            "how much more accuracy the level called better loses"]
    return ("#### How well quality indices rank the levels (networks trained on originals)\n\n"
            + table(head, lines))


def collect(run: pathlib.Path) -> None:
    if not (run / "results.json").exists():
        sys.exit(f"{run} holds no finished run: give a directory that `calibrate --out` has filled")
    plan = json.loads((run / "plan.json").read_text())
    results = json.loads((run / "results.json").read_text())
    about = {key: plan[key] for key in
             ("phantom", "phantom_hash", "version", "preset", "seed", "kernel", "codec_versions",
              "warm_start")}
    about["sha256"] = {name: hashlib.sha256((run / name).read_bytes()).hexdigest()
                       for name in ("plan.json", "results.json", "results.csv")}
    about |= {key: results.get(key, []) for key in ("guidelines", "predictors", "shift", "matrix")}
    asked = [] if plan["tasks"] == USUAL_TASKS else plan["tasks"]
    name = "-".join([plan["phantom"], *asked, plan["preset"]])
    shutil.copyfile(run / "results.csv", RESULTS / f"{name}.csv")
    (RESULTS / f"{name}.json").write_text(json.dumps(about, indent=1) + "\n")


def main() -> None:
    check = sys.argv[1:] == ["--check"]
    for run in [] if check else sys.argv[1:]:
        collect(pathlib.Path(run))
    parts = []
    order = [f"{phantom}{tasks}-{preset}" for phantom in STUDIES for tasks in TASKS
             for preset in ("full", "standard")]
    for name in order:
        if not (RESULTS / f"{name}.csv").exists():
            continue
        rows, about = study(name)
        parts.append(limits(name, rows, about))
        parts += [losses(name, rows, task) for task in dict.fromkeys(row["task"] for row in rows)]
        parts.append(predictors(about))
        if about["shift"]:
            parts.append(shift(about))
        if about["matrix"]:
            parts.append(matrix(about))
    page = RESULTS / "README.md"
    text = page.read_text()
    findings = campaign_findings.filled((RESULTS / "findings.txt").read_text().strip(), RESULTS)
    for mark, made in (("findings", findings), ("tables", "\n\n".join(parts))):
        block = f"<!-- {mark} -->\n{made}\n<!-- /{mark} -->"
        text, count = re.subn(f"<!-- {mark} -->.*?<!-- /{mark} -->", lambda _: block, text, flags=re.S)
        assert count == 1, f"docs/results/README.md has no markers of {mark}"
    if not check:
        page.write_text(text)
    elif text != page.read_text():
        sys.exit("docs/results/README.md differs from its files: run scripts/campaign_tables.py")


if __name__ == "__main__":
    main()
