"""The limit of a table is that of the command line."""

import csv
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from phantom_limit import limit


def table(networks=5, images=60):
    """Right answers that get fewer at harsher levels: of 100, 90, 90, 80 and 60."""
    rng = np.random.default_rng(7)
    columns = {name: [] for name in ("network", "image", "ratio", "correct")}
    hardness = rng.random(images)
    for network in range(networks):
        for ratio, share in ((None, 0.9), (5.0, 0.9), (10.25, 0.8), (40.0, 0.6)):
            for image in range(images):
                columns["network"].append(f"seed{network}")
                columns["image"].append(f"i{image}")
                columns["ratio"].append(ratio)
                columns["correct"].append(int(hardness[image] + rng.normal(0, 0.02) < share))
    return columns


def written(columns, path):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values()):
            writer.writerow("" if value is None else value for value in row)
    return path


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "phantom_limit", "limit", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


def test_results_are_those_of_the_command_line(tmp_path):
    columns = table()
    path = written(columns, tmp_path / "answers.csv")
    options = ["--codec", "jpeg2000", "--bits-stored", 12, "--margin", 0.05, "--alpha", 0.05]
    printed = command("--answers", path, *options, "--out", tmp_path / "command")
    assert printed.returncode == 0, printed.stderr
    asked = {"codec": "jpeg2000", "bits_stored": 12, "margin": 0.05, "alpha": 0.05}
    for given in (path, str(path), columns):
        found = limit(given, **asked)
        assert str(found) == printed.stdout
        assert found.results == json.loads((tmp_path / "command/results.json").read_text())
    found.report(tmp_path / "python")
    names = {file.name for file in (tmp_path / "command").iterdir()}
    assert {"results.json", "results.csv", "operating.csv", "accuracy.svg"} <= names
    for name in names:
        assert (tmp_path / "python" / name).read_bytes() == (tmp_path / "command" / name).read_bytes()


def test_defaults_are_those_of_the_command_line(tmp_path):
    path = written(table(networks=3), tmp_path / "answers.csv")
    printed = command("--answers", path, "--codec", "jpeg")
    assert str(limit(path, codec="jpeg")) == printed.stdout


def test_an_arm_has_its_limit_and_verdicts():
    found = limit(table(), codec="jpeg2000", bits_stored=12, margin=0.05)
    (arm,) = found.arms
    assert (arm.task, arm.codec, arm.path, arm.training) == ("own", "jpeg2000", "native", "original")
    assert (arm.networks, arm.images, arm.kind, arm.gates) == (5, 60, "at", ())
    mild, middle, harsh = arm.levels
    assert [level.verdict for level in (mild, harsh)] == ["PASS", "FAIL"]
    # The loss is the difference of the mean scores.
    assert harsh.loss == pytest.approx(arm.original_score - harsh.score)
    assert harsh.loss_lower < harsh.loss < harsh.loss_upper
    assert 5 <= arm.safe <= arm.crossing <= 40 and arm.crossing_lower <= arm.crossing
    assert middle.target == 10.25 and arm.passed == 5


def test_ratings_and_patients_are_judged():
    columns = table()
    answers = columns.pop("correct")
    truth = [int(image[1:]) % 2 for image in columns["image"]]
    columns["truth"] = [bool(it) for it in truth]
    columns["score"] = [np.float64(t if a else 1 - t) for t, a in zip(truth, answers)]
    columns["patient"] = columns["image"]
    columns["codec"] = ["jpeg" if ratio else None for ratio in columns["ratio"]]
    found = limit(columns, margin="d_a=0.5", readers="fixed")
    assert found.results["margin"] == {"d_a": 0.5}
    assert found.results["data"]["readers"] == "fixed"
    assert found.results["measures"][0]["short"] == "AUC"
    # Of ratings 0 and 1 the area is the mean of sensitivity and specificity.
    right = {truth: [] for truth in (0, 1)}
    for t, a, ratio in zip(truth, answers, columns["ratio"]):
        if ratio is None:
            right[t].append(a)
    assert found.arms[0].original_score == pytest.approx(np.mean([np.mean(it) for it in right.values()]))


def test_frames_are_tables(tmp_path):
    columns = table()
    asked = {"codec": "jpeg2000"}
    expected = str(limit(columns, **asked))
    numbers = {**columns, "ratio": [np.nan if it is None else it for it in columns["ratio"]]}
    pandas = pytest.importorskip("pandas")
    assert str(limit(pandas.DataFrame(numbers), **asked)) == expected
    polars = pytest.importorskip("polars")
    assert str(limit(polars.DataFrame(columns), **asked)) == expected
    pyarrow = pytest.importorskip("pyarrow")
    assert str(limit(pyarrow.table(columns), **asked)) == expected


def without(name):
    columns = table()
    del columns[name]
    return columns


@pytest.mark.parametrize(
    ("answers", "asked", "said"),
    [
        (table(), {}, "there is no column `codec`"),
        (without("ratio"), {"codec": "jpeg"}, "there is no column `ratio`"),
        ({**table(), "correct": [2] * 1200}, {"codec": "jpeg"}, "line 2, column `correct`: `2` is not"),
        ({**table(), "correct": [1]}, {"codec": "jpeg"}, "`correct` 1"),
        (table(), {"codec": "jpg"}, "there is no codec `jpg`"),
        (table(), {"codec": "jpeg", "margin": 2}, "2"),
        (table(), {"codec": "jpeg", "alpha": 0.7}, "the one-sided error 0.7 is not possible"),
        (table(), {"codec": "jpeg", "readers": "few"}, "fixed, sampled"),
        (table(), {"codec": "jpeg", "bits_stored": 17}, "1 to 16"),
        ([1, 2], {"codec": "jpeg"}, "not list"),
    ],
)
def test_what_is_wrong_is_said(answers, asked, said):
    with pytest.raises(ValueError, match=r".") as error:
        limit(answers, **asked)
    assert said in str(error.value)


def test_errors_are_those_of_the_command_line(tmp_path):
    path = written({**table(), "correct": [0.5, "x"] * 600}, tmp_path / "answers.csv")
    printed = command("--answers", path, "--codec", "jpeg")
    assert printed.returncode == 2
    with pytest.raises(ValueError, match="line 3") as error:
        limit(path, codec="jpeg")
    assert printed.stderr == f"error: `{path}`: {error.value}\n"


def test_results_of_others_are_not_overwritten(tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ValueError, match=re.escape(str(tmp_path))):
        limit(table(), codec="jpeg").report(tmp_path)
    assert (tmp_path / "mine").read_text() == "mine" and len(list(tmp_path.iterdir())) == 1
