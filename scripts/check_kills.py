"""What scripts/check-kills does.

usage: check_kills.py PROGRAM KILLS [COMMAND...]
"""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STUDY = ["shapes", "--preset", "smoke", "--codec", "jpeg", "--ratio", "20", "--train-images", "4",
         "--test-images", "2", "--replicates", "2", "--epochs", "1"]

# Commands that continue what a former call of theirs began, and what comes before and after them:
# arguments, in which OUT is the directory that is written and IMAGES one of users' images.
COMMANDS = {
    "calibrate": {"killed": ["calibrate", *STUDY, "--out", "OUT"]},
    "generate": {"killed": ["generate", "ct-head", "--count", "6", "--format", "dicom", "--out", "OUT"]},
    "compress": {
        "killed": ["compress", "IMAGES", "--codec", "jpeg2000", "--ratio", "5,20", "--keep", "decoded",
                   "--out", "OUT"]
    },
    "insert": {"killed": ["insert", "IMAGES", "--targets", "shapes", "--mtf50", "0.5",
                         "--rescale", "1,-1024", "--pixel-mm", "0.5", "--out", "OUT"]},
    "work": {
        "before": ["calibrate", *STUDY, "--plan-only", "--out", "OUT"],
        "killed": ["work", "OUT"],
        "after": ["conclude", "OUT"],
    },
}
# Which machine, when, and how long.
VARIES = "provenance.json"


def arguments(program, command, out, images):
    names = {"OUT": str(out), "IMAGES": str(images)}
    return [program, *(names.get(word, word) for word in command)]


def finish(program, command, out, images):
    """Runs a command to its end, which must be a good one."""
    done = subprocess.run(arguments(program, command, out, images), capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"exit {done.returncode} of {' '.join(command)}: {done.stderr}{done.stdout}")


def content(out):
    """SHA-256 of every file but those that say who wrote when."""
    files = sorted(path for path in out.rglob("*") if path.is_file() and path.name != VARIES)
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def difference(expected, found):
    names = sorted(set(expected) | set(found))
    return [name for name in names if expected.get(name) != found.get(name)]


def killed(program, command, out, images, after):
    """Starts a command and kills it after so many seconds; whether it was still running."""
    child = subprocess.Popen(
        arguments(program, command, out, images), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        child.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.wait()
        return True
    return False


def main():
    program, kills = sys.argv[1], int(sys.argv[2])
    chosen = sys.argv[3:] or list(COMMANDS)
    if unknown := set(chosen) - set(COMMANDS):
        sys.exit(f"no such command: {', '.join(sorted(unknown))}; there are {', '.join(COMMANDS)}")
    chance = random.Random(int(os.environ.get("KILL_SEED", "1")))
    failed = []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        images = place / "images"
        drawn = ["generate", "shapes", "--count", "3", "--format", "tiff", "--out", "OUT"]
        finish(program, drawn, images, "")
        for mask in images.rglob("*.mask.*"):
            mask.unlink()
        images = images / "train"
        for title in chosen:
            steps, wanted = COMMANDS[title], kills // len(chosen)
            before, command, after = (steps.get(name) for name in ("before", "killed", "after"))

            def whole(out, disturb):
                """Steps of one directory; kills until the command ends by itself or so many are made.
                Gives the kills, and the seconds of the command that ended."""
                made = 0
                if before:
                    finish(program, before, out, images)
                while made < disturb and killed(program, command, out, images, chance.uniform(0.0, taken)):
                    made += 1
                started = time.monotonic()
                finish(program, command, out, images)
                seconds = time.monotonic() - started
                if after:
                    finish(program, after, out, images)
                return made, seconds

            _, taken = whole(place / "undisturbed", 0)
            expected = content(place / "undisturbed")
            shutil.rmtree(place / "undisturbed")
            made = rounds = 0
            while made < wanted:
                out = place / "disturbed"
                # Most rounds end after a few kills; progress that is kept ends the others.
                made += whole(out, min(wanted - made, chance.choice([1, 1, 2, 3, 6])))[0]
                rounds += 1
                wrong = difference(expected, content(out))
                if wrong:
                    failed.append(f"{title}, round {rounds}: {', '.join(wrong[:5])}")
                shutil.rmtree(out)
            print(f"{title}: {made} kills in {rounds} rounds, {len(expected)} files, {taken:.1f} s undisturbed",
                  flush=True)
    for line in failed:
        print(f"differs: {line}")
    if failed:
        sys.exit(1)
    print("every command continued to the same bytes")


main()
