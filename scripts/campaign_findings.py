"""Fills the figures into docs/results/findings.txt, the sentences of the page of results.

A figure stands in braces, so that no sentence can say another number than the files of its study:

    {STUDY COLUMN TASK/CODEC/PATH/REGIME}       the arm's figure, from the CSV file
    {STUDY COLUMN TASK/CODEC/PATH/REGIME 50:1}  at that level
    {STUDY COLUMN TASK/CODEC/PATH/REGIME ..6:1} the largest up to that level
    {STUDY lossless PATH}                       ratio of lossless compression
    {STUDY shift CODEC/PATH 50:1}               share of the loss that is domain shift, in percent
    {STUDY crossed CODEC/PATH 50:1>originals}   accuracy of networks trained there, tested there
    {STUDY rho INDEX/PATH}                      rank correlation of a quality index with accuracy
    {=12:1}                                     a number that no study gives: a level, a guideline

`*` stands for any word between strokes; several arms give the range from the least to the largest.
A last word `.2` is the number of decimals. Numbers outside of braces that look like a figure are
refused.
"""

import csv
import fnmatch
import json
import math
import pathlib
import re

# Regimes that `*` stands for.
TRAINED = ("original", "mixed")
DECIMALS = {"ratio": 1, "crossing": 1, "lossless": 1, "loss": 3, "score": 3, "efficiency": 2,
            "shift": 0, "rho": 2}
BARE = re.compile(r"\d+(?:\.\d+)?:1|\b\d+\.\d+|\b\d+ %")


def ratio(text: str | float, round_to=round) -> str:
    """One decimal below 100; `round_to` is `math.floor` for what is shown safe and for the lower end
    of an interval, `math.ceil` for the upper one, as in the program's own report."""
    if text == "":
        return ""
    tenths = 10 if float(text) < 99.95 else 1
    scaled = float(text) * tenths
    near = abs(scaled - round(scaled)) < 1e-9 * scaled
    return f"{(round(scaled) if near else round_to(scaled)) / tenths:.{int(tenths == 10)}f}:1"


def filled(text: str, results: pathlib.Path) -> str:
    """The sentences with their figures."""
    outside = re.sub(r"\{[^}]*\}", "", text)
    bare = BARE.findall(re.sub(r"\[[^]]*\]\([^)]*\)", "", outside))
    if bare:
        raise SystemExit(f"findings.txt has figures without braces: {', '.join(bare)}")
    return re.sub(r"\{([^}]*)\}", lambda found: figure(found[1], results), text)


def figure(words: str, results: pathlib.Path) -> str:
    if words.startswith("="):
        return words[1:]
    try:
        study, column, arms, *rest = words.split()
        decimals = int(rest.pop()[1:]) if rest and re.fullmatch(r"\.\d", rest[-1]) else None
        level = rest.pop() if rest else None
        values = of_json(results, study, column, arms, level) or of_csv(
            results, study, column, arms, level
        )
    except (ValueError, KeyError, OSError) as error:
        raise SystemExit(f"findings.txt: {{{words}}}: {error!r}") from error
    if not values:
        raise SystemExit(f"findings.txt: {{{words}}}: there is no such figure")
    if decimals is None:
        kind = next((word for word in DECIMALS if word in column or word == arms), "score")
        decimals = 3 if column == "crossed" else DECIMALS[kind]
    ends = min(values), max(values)
    said = [f"{value:.{decimals}f}" for value in ends]
    if any(word in column for word in ("ratio", "crossing", "lossless")):
        shown_safe = re.search(r"limit_ratio_(stored|allocated)$", column)
        said = [ratio(value, math.floor if shown_safe else round) for value in ends]
    both = said[0] if said[0] == said[1] else f"{said[0]} to {said[1]}"
    return f"{both} %" if column == "shift" else both


def matches(row: dict, arms: str, keys: list[str]) -> bool:
    names = [str(row[key] or "both") for key in keys]
    wanted = arms.split("/")
    if keys[-1] == "regime" and wanted[-1] == "*" and names[-1] not in TRAINED:
        return False
    return all(fnmatch.fnmatchcase(*pair) for pair in zip(names, wanted, strict=True))


def at(level: str | None) -> float | None:
    return None if level in (None, "originals") else float(level.removesuffix(":1"))


def of_json(results, study: str, column: str, arms: str, level: str | None) -> list[float]:
    if column not in ("shift", "crossed", "rho"):
        return []
    about = json.loads((results / f"{study}.json").read_text())
    if column == "rho":
        rows = [row for row in about["predictors"]
                if (row["task"], row["regime"]) == ("identify", "original")]
        return [r["rank_correlation"] for r in rows if matches(r, arms, ["index", "path"])]
    rows = about["shift" if column == "shift" else "matrix"]
    rows = [row for row in rows if matches(row, arms, ["codec", "path"])]
    if column == "shift":
        rows = [row for row in rows if row["target"] == at(level)]
        return [100 * row["domain_shift"] / row["loss_original"] for row in rows]
    trained, tested = (at(word) for word in level.split(">"))
    return [r["accuracy"] for r in rows if (r["trained_at"], r["tested_at"]) == (trained, tested)]


def of_csv(results, study: str, column: str, arms: str, level: str | None) -> list[float]:
    with (results / f"{study}.csv").open() as file:
        rows = list(csv.DictReader(file))
    if column == "lossless":
        found = {float(row["ratio_stored"]) for row in rows
                 if row["codec"] == column and fnmatch.fnmatchcase(row["path"], arms)}
        return sorted(found)
    rows = [row for row in rows if row["codec"] != "lossless"]
    rows = [row for row in rows if matches(row, arms, ["task", "codec", "path", "regime"])]
    kind = re.sub("limit_(ratio_(stored|allocated)|crossing)$", "limit_kind", column)
    if kind != column and any(row[kind] != "at" for row in rows):
        raise ValueError("some arm has no limit within the tested levels")
    if level and level.startswith(".."):
        rows = [row for row in rows if float(row["target"]) <= at(level[2:])]
        return [max(float(row[column]) for row in rows)] if rows else []
    if level:
        rows = [row for row in rows if float(row["target"]) == at(level)]
    return [float(row[column]) for row in rows]
