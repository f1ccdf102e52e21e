"""What scripts/check-failing-disk does.

usage: check_failing_disk.py PROGRAM CALLS [COMMAND...]
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Kinds of calls and the names that they have on Linux.
KINDS = {
    "write": "write,writev,pwrite64,copy_file_range,ftruncate",
    "flush": "fsync,fdatasync,sync_file_range,syncfs",
    "rename": "rename,renameat,renameat2,link,linkat",
    "create": "mkdir,mkdirat",
    "open": "openat",
}
ERRORS = ["EIO", "ENOSPC"]
COMMANDS = {
    "generate": ["generate", "shapes", "--count", "2"],
    "compress": ["compress", "shapes", "--count", "2", "--ratio", "10", "--keep", "decoded"],
    "calibrate": ["calibrate", "shapes", "--preset", "smoke", "--codec", "jpeg", "--ratio", "20",
                  "--train-images", "4", "--test-images", "2", "--replicates", "2", "--epochs", "1"],
}
# Those that are fast enough for every call.
USUAL = ["generate", "compress"]
# Of a run alone: which machine, when, and how long; and who works, which decides nothing.
VARIES = ["provenance.json", "locks"]


def run(program, command, out, inject=None, trace=None):
    """Runs the program, under strace if calls are to fail or to be counted: both are logged to the
    second part of `trace`."""
    arguments = [program, *command, "--out", str(out)]
    if trace:
        traced, log = trace
        filtered = ["-e", f"trace={traced}"] + (["-e", f"inject={inject}"] if inject else ["-y"])
        arguments = ["strace", "-f", "-qq", "-o", str(log), *filtered, *arguments]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300)


def content(out, command):
    """SHA-256 of every file but those that say who wrote when."""
    varies = VARIES if command[0] == "calibrate" else []
    files = [path.relative_to(out) for path in sorted(out.rglob("*")) if path.is_file()]
    return {
        str(name): hashlib.sha256((out / name).read_bytes()).hexdigest()
        for name in files if name.parts[0] not in varies
    }


def calls(program, command, kind, place):
    """Where, among the calls of a thread, those are that touch the output."""
    out, log = place / "counted", place / "trace"
    run(program, command, out, trace=(KINDS[kind], log))
    numbers, found = {}, set()
    for line in log.read_text(errors="replace").splitlines():
        match = re.match(r"(\d+) +(\w+)\((.*)", line)
        if not match:
            continue
        thread, name, rest = match.groups()
        # strace counts the calls of each name and thread.
        numbers[thread, name] = numbers.get((thread, name), 0) + 1
        # A path as an argument, or the file behind a descriptor; not text that names it.
        if re.match(rf"(\d+<|(AT_FDCWD[^,]*, )?\"){re.escape(str(out))}", rest):
            found.add((name, numbers[thread, name]))
    shutil.rmtree(out)
    return sorted(found)


def faults(program, command, out, whole, inject):
    """What is wrong with a run whose calls fail so, and with the run that continues it."""
    log = out.parent / "failures"
    failed = run(program, command, out, inject=inject, trace=(inject.split(":")[0], log))
    if failed.returncode == 127:
        # The same call of another thread was one of the system's loader.
        return
    if failed.returncode < 0 or failed.returncode >= 128:
        yield f"ended by signal or panic: {failed.returncode}"
    if failed.returncode == 0 and content(out, command) != whole:
        yield "exit code 0 with other files"
    # strace counts the calls of each thread, so that one may have been a write of the message.
    silenced = re.search(r"writev?\([12],.*INJECTED", log.read_text(errors="replace"))
    if failed.returncode != 0 and not silenced:
        if "error: " not in failed.stderr:
            yield f"exit code {failed.returncode} without a message"
        elif str(out) not in failed.stderr:
            yield f"the message names no file: {failed.stderr.strip().splitlines()[-1]}"
    if "panicked" in failed.stderr:
        yield "panic"
    for name, digest in content(out, command).items() if out.exists() else ():
        hidden = Path(name).name.startswith(".")
        if not hidden and name in whole and digest != whole[name] and not name.endswith(".log"):
            yield f"incomplete: {name}"
    again = run(program, command, out)
    if again.returncode != 0:
        yield f"not continued: {again.stderr.strip().splitlines()[-1:]}"
    elif content(out, command) != whole:
        wrong = {n for n in whole if content(out, command).get(n) != whole[n]} | set(content(out, command)) - set(whole)
        yield f"continued to other bytes: {sorted(wrong)}"


def main():
    program, most = str(Path(sys.argv[1]).resolve()), int(sys.argv[2])
    tried, wrong = 0, 0
    titles = sys.argv[3:] or USUAL
    if unknown := set(titles) - set(COMMANDS):
        sys.exit(f"no such command: {', '.join(sorted(unknown))}; there are {', '.join(COMMANDS)}")
    for title in titles:
        command = COMMANDS[title]
        with tempfile.TemporaryDirectory() as place:
            place = Path(place)
            reference = place / "whole"
            assert run(program, command, reference).returncode == 0
            whole = content(reference, command)
            for kind in KINDS:
                found = calls(program, command, kind, place)
                # From the first to the last.
                step = max(1.0, len(found) / most) if most else 1.0
                chosen = [found[int(at * step)] for at in range(int(len(found) / step))]
                for name, number in chosen:
                    for error in ERRORS:
                        for when in (f"{number}", f"{number}+"):
                            inject = f"{name}:error={error}:when={when}"
                            out = place / "out"
                            shutil.rmtree(out, ignore_errors=True)
                            for fault in faults(program, command, out, whole, inject):
                                wrong += 1
                                print(f"{title} {inject}: {fault}", flush=True)
                            tried += 1
                print(f"{title} {kind}: {len(chosen)} of {len(found)} calls", flush=True)
    print(f"{tried} failures tried, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
