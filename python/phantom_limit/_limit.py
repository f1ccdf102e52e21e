"""The limit of a user's own networks, from a table of their answers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union

from . import _native
from ._table import to_csv


@dataclass(frozen=True)
class Level:
    """One level of an arm, and its verdict."""

    target: Optional[float]
    """The ratio that was asked for; None where the codec is lossless."""
    ratio_stored: float
    """The ratio on stored bits that was reached: bits of all images over bits of all files."""
    score: float
    """Mean score over networks and patients."""
    loss: float
    """Score on originals minus score at this level."""
    loss_lower: float
    """Lower two-sided 1 − 2α bound of the loss."""
    loss_upper: float
    """Upper bound."""
    verdict: str
    """PASS, FAIL or INCONCLUSIVE."""
    images_to_decide: Optional[int]
    """Patients that would decide an inconclusive level, where some number would."""


@dataclass(frozen=True)
class Arm:
    """The limit of one task, codec, path and training. Ratios count stored bits."""

    task: str
    codec: str
    path: str
    training: str
    networks: int
    images: int
    original_score: float
    kind: str
    """at, beyond_tested, below_tested, undetermined or none."""
    crossing: Optional[float]
    """Where the loss reaches the margin; None outside the tested ratios."""
    crossing_lower: Optional[float]
    crossing_upper: Optional[float]
    safe: Optional[float]
    """The largest ratio that is shown to be safe; None where no level passed."""
    passed: Optional[float]
    """The harshest level that passed in sequence."""
    gates: tuple[str, ...]
    """Why there is no limit, where kind is none."""
    levels: tuple[Level, ...]
    """From the mildest to the harshest."""


class Limit:
    """What a table of answers shows; `print` shows it as the command `limit` does."""

    def __init__(self, judged: _native.Answers) -> None:
        self._judged = judged
        self.results: dict[str, Any] = json.loads(judged.json())
        """Everything, as results.json has it."""
        self.arms: tuple[Arm, ...] = tuple(_arm(arm) for arm in self.results["arms"])
        """The limits, one for each task, codec, path and training."""

    def report(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes results.json, results.csv, operating.csv and accuracy.svg into a directory of their
        own, as `limit --out` does."""
        self._judged.write(os.fspath(path))

    def __str__(self) -> str:
        return self._judged.text()

    def __repr__(self) -> str:
        limits = "; ".join(f"{arm.task} {arm.codec} {arm.kind} {_ratio(arm.safe)}" for arm in self.arms)
        return f"<Limit {limits}>"


def limit(
    answers: Any,
    *,
    margin: Union[float, str, None] = None,
    alpha: Optional[float] = None,
    codec: Optional[str] = None,
    readers: Optional[str] = None,
    bits_stored: int = 16,
) -> Limit:
    """The limit that answers of networks show, the same as `limit --answers FILE.csv` gives.

    `answers` is a table of pandas, polars or pyarrow, a dictionary of columns, or the path of a CSV
    file, with the columns that the book's chapter "Your own images" lists. `margin` is the loss of
    the score that is accepted, 0.02 unless it is given, or "d_a=0.1"; `alpha` the one-sided error of
    each verdict, 0.025 unless it is given; `codec` that of a table without such a column; `readers`
    "fixed" or "sampled", which 5 networks or more are unless it is given; `bits_stored` the bits of a
    pixel that ratios count.

    Raises ValueError where the table is not in that form, or an answer is missing; lines are counted
    as in a CSV file, where row 0 of a table is line 2.
    """
    if isinstance(answers, (str, os.PathLike)):
        name, csv = Path(answers).stem, Path(answers).read_bytes()
    else:
        name, csv = "answers", to_csv(answers)
    word = None if margin is None else str(margin)
    return Limit(_native.judge(csv, name, word, alpha, codec, readers, bits_stored))


def _arm(arm: dict[str, Any]) -> Arm:
    limit, crossing = arm["limit"], arm["limit"]["crossing"]
    return Arm(
        task=arm["task"],
        codec=arm["codec"],
        path=arm["path"],
        training=arm["regime"],
        networks=arm["replicates"],
        images=arm["images"],
        original_score=arm["original_score"],
        kind=limit["kind"],
        crossing=crossing["ratio_stored"],
        crossing_lower=crossing["lower"],
        crossing_upper=crossing["upper"],
        safe=limit["safe"] and limit["safe"]["stored"],
        passed=limit["passed"] and limit["passed"]["stored"],
        gates=tuple(limit.get("gates", ())),
        levels=tuple(_level(level) for level in arm["levels"]),
    )


def _level(level: dict[str, Any]) -> Level:
    return Level(**{name: level[name] for name in Level.__dataclass_fields__})


def _ratio(ratio: Optional[float]) -> str:
    return "no ratio shown safe" if ratio is None else f"safe up to {ratio:.2f}:1"
