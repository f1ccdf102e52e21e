"""What scripts/check-hostile does; the files are made by hostile_files.py.

usage: check_hostile.py PROGRAM [--table]
"""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hostile_files

SECONDS = float(os.environ.get("HOSTILE_SECONDS", "2"))
BYTES = 1_000_000_000
# Done, done in part, refused: never a signal, never a panic.
CODES = {0, 1, 2, 4}


def tried(program, command, file, out):
    """Exit code, seconds, bytes of memory of it and its processes, and what it said."""
    words = {"FILE": str(file), "OUT": str(out)}
    arguments = [program, *(words.get(word, word) for word in command)]
    with tempfile.TemporaryFile() as said:
        start = time.monotonic()
        child = subprocess.Popen(arguments, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        timer = None
        while timer is None:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                timer = time.monotonic() - start
            elif time.monotonic() - start > 60:
                child.kill()
            else:
                time.sleep(0.003)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return child.returncode, timer, usage.ru_maxrss * 1024, said.read().decode(errors="replace")


def written(program, place, listed):
    """Makes the files, numbered, and a list of kind, name, file and command. In a process of its own: the
    memory of the one that starts the program counts as that of the program."""
    drawn = ["generate", "shapes", "--count", "1", "--format", "png", "--out", str(place / "drawn")]
    subprocess.run([program, *drawn], check=True, capture_output=True)
    source = place / "drawn" / "train" / "000000.png"
    kept = ["compress", str(source), "--ratio", "10", "--keep", "codestream", "--out", str(place / "kept")]
    subprocess.run([program, *kept], check=True, capture_output=True)
    stream = next((place / "kept").rglob("*.j2k")).read_bytes()
    phantom = Path(__file__).resolve().parent.parent / "phantoms" / "shapes.toml"
    suffixes = {"jpg": "dcm", "j2k": "dcm", "study": "toml"}
    made_of = []
    for number, (kind, title, made, command) in enumerate(hostile_files.cases(stream, phantom.read_bytes())):
        file = place / f"{number}.{suffixes.get(kind, kind)}"
        if isinstance(made, bytes):
            file.write_bytes(made.replace(b"FILE", str(file).encode()) if kind == "toml" else made)
        else:
            made(file)
        made_of.append((kind, title, str(file), command))
    listed.write_text(json.dumps(made_of))


def main():
    program, as_table = sys.argv[1], "--table" in sys.argv
    figures, wrong = {}, []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        maker = multiprocessing.Process(target=written, args=(program, place, place / "list"))
        maker.start()
        maker.join()
        if maker.exitcode != 0:
            sys.exit("the files could not be made")
        for kind, title, file, command in json.loads((place / "list").read_text()):
            out = place / "out"
            code, seconds, memory, said = tried(program, command, file, out)
            faults = []
            if code not in CODES or "panicked" in said:
                faults.append(f"exit code {code}")
            if code != 0 and "error" not in said:
                faults.append("no message")
            elif code != 0 and file not in said:
                faults.append("the message names no file")
            if code != 0 and title == hostile_files.NOTHING_WRONG:
                faults.append("refused")
            if "\x1b[2J" in said:
                faults.append("control characters")
            # What is read in the end may take its time.
            if code != 0 and seconds > SECONDS:
                faults.append(f"{seconds:.1f} s")
            if memory > BYTES:
                faults.append(f"{memory / 1e6:.0f} MB")
            if faults:
                wrong.append(f"{kind}, {title}: {', '.join(faults)}: {said.strip()[-300:]}")
            figures.setdefault(kind, []).append((code, seconds, memory))
            shutil.rmtree(out, ignore_errors=True)
    names = {"jpg": "JPEG in DICOM", "j2k": "JPEG 2000 in DICOM", "dcm": "DICOM", "toml": "phantoms",
             "study": "studies", "none": "pipes, devices, links"}
    if as_table:
        print("| kind | refused | slowest, s | most memory, MB | read |\n|---|---|---|---|---|")
    for kind, tries in figures.items():
        refused = [it for it in tries if it[0] != 0]
        slowest, most = max(it[1] for it in refused), max(it[2] for it in refused) / 1e6
        cells = [names.get(kind, kind.upper()), len(refused), f"{slowest:.2f}", f"{most:.0f}"]
        print("| " + " | ".join(map(str, [*cells, len(tries) - len(refused)])) + " |")
    for line in wrong:
        print(f"wrong: {line}")
    print(f"{sum(map(len, figures.values()))} hostile files, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
