"""The command is the program: output, exit codes, signals."""

import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

import phantom_limit

SCRIPT = Path(sysconfig.get_path("scripts")) / "phantom-limit"


def run(*arguments, **options):
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, **options)


def test_the_command_is_installed():
    printed = run("--version")
    assert printed.returncode == 0
    assert printed.stdout.startswith(f"phantom-limit {phantom_limit.__version__} (")
    module = subprocess.run(
        [sys.executable, "-m", "phantom_limit", "--version"], capture_output=True, text=True
    )
    assert module.stdout == printed.stdout


def test_exit_codes_are_those_of_the_program(tmp_path):
    assert "ct-head" in run("list").stdout
    usage = run("calibrate", "ct-head", "--presets", "smoke")
    assert usage.returncode == 2 and "--preset" in usage.stderr and usage.stdout == ""
    unknown = run("show", "ct-hed")
    assert unknown.returncode == 2 and "ct-head" in unknown.stderr
    assert run("verify", tmp_path).returncode in (1, 2)


def test_output_without_an_end_of_line_is_complete():
    # Rust writes what is left of a line when its main function ends, and there is none.
    script = run("completions", "bash").stdout
    assert "complete -o nospace" in script and script.rstrip().endswith("fi")


def test_a_closed_pipe_is_no_failure():
    process = subprocess.Popen([SCRIPT, "show", "ct-head"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait() == 0


def smoke(out):
    return ["calibrate", "ct-head", "--preset", "smoke", "--out", str(out), "--quiet"]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_stops_and_the_same_command_continues(tmp_path):
    out = tmp_path / "run"
    # By hand, since subprocesses of a shell in the background ignore SIGINT.
    process = subprocess.Popen(
        [SCRIPT, *smoke(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    plan = out / "plan.json"
    for _ in range(600):
        if plan.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    assert plan.exists(), process.stderr.read()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "run the same command again to continue" in said and "Traceback" not in said
    assert not (out / "report.html").exists()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_is_the_ordinary_end_of_the_page():
    process = subprocess.Popen(
        [SCRIPT, "explore", "--no-open", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0 and "Traceback" not in said


def test_scripts_of_a_cluster_start_this_command(tmp_path):
    out = tmp_path / "run"
    assert run(*smoke(out), "--plan-only").returncode == 0
    assert run("submit", str(out), "--engine", "slurm").returncode == 0
    script = (out / "submit/work.sbatch").read_text()
    assert f"{SCRIPT} work " in script
    again = [sys.executable, "-m", "phantom_limit", "submit", str(out), "--engine", "slurm"]
    assert subprocess.run(again, capture_output=True).returncode == 0
    assert (out / "submit/work.sbatch").read_text() == script
