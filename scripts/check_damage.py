"""What scripts/check-damage does.

usage: check_damage.py PROGRAM TIMES
"""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

MADE = {
    "run": ["calibrate", "shapes", "--preset", "smoke", "--codec", "jpeg,jpeg2000", "--ratio", "5,20",
            "--train-images", "4", "--test-images", "2", "--replicates", "2", "--epochs", "1"],
    "dataset": ["generate", "shapes", "--count", "5", "--format", "npy,png,dicom",
                "--compress", "jpeg2000@10"],
}


def flip(chance, path, _):
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    content[at] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return [path]


def cut(chance, path, _):
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])
    return [path]


def empty(_, path, __):
    path.write_bytes(b"")
    return [path]


def remove(_, path, __):
    path.unlink()
    return [path]


def add(chance, path, _):
    new = path.with_name(f"{path.stem}-{chance.randrange(1000)}{path.suffix}")
    new.write_bytes(path.read_bytes())
    return [new]


def swap(_, path, other):
    first, second = path.read_bytes(), other.read_bytes()
    path.write_bytes(second)
    other.write_bytes(first)
    return [path, other] if first != second else []


DAMAGES = {"flipped": flip, "cut": cut, "emptied": empty, "missing": remove, "added": add, "swapped": swap}


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    chance = random.Random(int(os.environ.get("DAMAGE_SEED", "1")))
    unnoticed = []
    with tempfile.TemporaryDirectory() as name:
        for title, command in MADE.items():
            out = Path(name) / title
            subprocess.run([program, *command, "--out", str(out)], check=True, capture_output=True)
            files = sorted(path for path in out.rglob("*") if path.is_file() and path.stat().st_size)
            whole = {path: path.read_bytes() for path in files}
            verify = [program, "verify", str(out)]
            assert subprocess.run(verify, capture_output=True).returncode == 0, "a fault before any damage"
            counts = dict.fromkeys(DAMAGES, 0)
            for _ in range(times // len(MADE)):
                kind = chance.choice(list(DAMAGES))
                path, other = chance.sample(files, 2)
                if kind == "missing" and path.name == "provenance.json":
                    # It may be: no result rests on it.
                    continue
                touched = DAMAGES[kind](chance, path, other)
                if not touched:
                    continue
                counts[kind] += 1
                done = subprocess.run(verify, capture_output=True, text=True)
                said = done.stdout + done.stderr
                names = [path.relative_to(out) for path in touched]
                if any(name.name == "manifest.json" for name in names):
                    # Without its hashes nothing can be said of the others.
                    names = []
                lacking = [str(name) for name in names if str(name) not in said]
                # Without a manifest it is as if it had never been finished, and is to be continued.
                unfinished = kind == "missing" and not (out / "manifest.json").exists()
                if done.returncode != (1 if unfinished else 3) or lacking:
                    line = said.strip().splitlines()[-1] if said.strip() else "nothing"
                    unnoticed.append(f"{title}: {kind} {', '.join(map(str, names))}: exit {done.returncode}, {line}")
                for path in touched:
                    if path in whole:
                        path.write_bytes(whole[path])
                    else:
                        path.unlink()
            print(f"{title}: {len(files)} files; {counts}", flush=True)
            assert subprocess.run(verify, capture_output=True).returncode == 0, "a fault after all is mended"
    for line in unnoticed:
        print(f"not named: {line}")
    if unnoticed:
        sys.exit(1)
    print("all damage was found and named")


main()
