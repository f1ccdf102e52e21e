"""Types command lines and Tab into bash, zsh and fish and reads what they make of them."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = "phantom-limit"
# A line, and what a shell makes of it where one word is left, or offers.
ONE = [
    ("calib", "calibrate"),
    ("calibrate --repl", "--replicates"),
    ("calibrate ct-head --preset st", "standard"),
    ("calibrate ct-head --task det", "detect"),
    ("decide runs/first --ratio 8 --bits alloc", "allocated"),
    ("demo --color alw", "always"),
    ("show ct-angio", "ct-angiography"),
    ("generate own-ph", "own-phantom.toml"),
    ("compress scan", "scan.png"),
    ("report runs/fir", "runs/first/"),
    ("decide runs/fir", "runs/first/"),
    ("explore --run runs/fir", "runs/first/"),
]
SEVERAL = [
    ("calibrate ct-head --preset s", ["smoke", "standard"]),
    ("show mr-", ["mr-body", "mr-brain"]),
    ("calibrate --test-", ["--test-images"]),
]
LIMIT_SECONDS = 20.0


class Terminal:
    """A shell on a terminal, to type into and read from."""

    def __init__(self, command, environment, directory):
        self.child, self.end = pty.fork()
        if self.child == 0:
            os.chdir(directory)
            os.execvpe(command[0], command, environment)

    def read_until(self, phrase):
        """What is printed up to a phrase; all of it, where the phrase does not come in time."""
        text, deadline = "", time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.end], [], [], 0.2)
            if not ready:
                continue
            try:
                text += os.read(self.end, 65536).decode(errors="replace")
            except OSError:
                break
            if phrase in plain(text):
                return plain(text)
        return plain(text)

    def type(self, text):
        os.write(self.end, text.encode())

    def close(self):
        os.close(self.end)
        os.waitpid(self.child, 0)


def plain(text):
    """Without the codes of a terminal."""
    text = re.sub(r"\x1b\][^\x07]*\x07", "", text)
    return re.sub(r"\x1b[\[(][0-9;?]*[a-zA-Z]|\x1b[=>]|[\x07\r]", "", text)


def typed(shell, environment, directory, script):
    """Completes lines in bash or zsh: after Tab, the line is printed by the shell as it then is."""
    command = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
    terminal = Terminal(command, environment, directory)
    if shell == "zsh":
        terminal.type("autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''\n")
        terminal.type("LISTMAX=0\n")
    else:
        terminal.type("bind 'set bell-style none'; bind 'set page-completions off'; bind 'set show-all-if-ambiguous on'\n")
        terminal.type("bind 'set completion-query-items 0'; bind 'set enable-bracketed-paste off'\n")
    terminal.type("PS1='' PROMPT=''\n")
    terminal.type(f"source '{script}'; echo re''ady\n")
    assert "ready" in terminal.read_until("ready"), f"{shell} does not start"
    for line, expected in ONE:
        # What Tab makes of the line is the argument of echo.
        terminal.type(f"{PROGRAM} {line}\t")
        terminal.read_until(expected)
        terminal.type("\x01echo [ \x05 ]; echo do''ne\n")
        said = terminal.read_until("done")
        found = re.findall(r"\[ (.*?) ?\]", said)
        word = found[-1].split()[-1] if found else said
        assert word == expected, f"{shell}: {line!r} becomes {word!r}, not {expected!r}: {said!r}"
        print(f"  {shell}: {line} -> {word}")
    for line, expected in SEVERAL:
        terminal.type(f"{PROGRAM} {line}\t\t")
        said = terminal.read_until(expected[-1])
        terminal.type("\x15echo do''ne\n")
        terminal.read_until("done")
        for word in expected:
            assert word in said, f"{shell}: {line!r} does not offer {word!r}: {said!r}"
        print(f"  {shell}: {line} -> {' '.join(expected)}")
    terminal.type("exit\n")
    terminal.close()


def asked(environment, directory, script):
    """Completes lines in fish, which says what it would offer."""
    for line, expected in [(line, [word]) for line, word in ONE] + SEVERAL:
        command = ["fish", "--no-config", "-c", f"source '{script}'; complete -C '{PROGRAM} {line}'"]
        said = subprocess.run(command, env=environment, cwd=directory, check=True,
                              capture_output=True, text=True).stdout
        offered = [offer.split("\t")[0] for offer in said.splitlines()]
        for word in expected:
            assert word in offered, f"fish: {line!r} does not offer {word!r}: {offered}"
        print(f"  fish: {line} -> {' '.join(expected)}")


def main():
    binary = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        (place / "bin").mkdir()
        shutil.copy(binary, place / "bin" / PROGRAM)
        work = place / "work"
        for directory in ["runs/first", "runs/other"]:
            (work / directory).mkdir(parents=True)
        (work / "runs/first/.phantom-limit").write_text("marker\n")
        (work / "own-phantom.toml").write_text("")
        (work / "scan.png").write_bytes(b"")
        environment = {
            "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
            "HOME": str(place),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
        }
        for shell in ["bash", "zsh", "fish"]:
            script = place / f"script.{shell}"
            written = subprocess.run([binary, "completions", shell], check=True, capture_output=True)
            script.write_bytes(written.stdout)
            if shell == "fish":
                asked(environment, work, script)
            else:
                typed(shell, environment, work, script)
    print("all completions hold")


main()
