#!/usr/bin/env python3
"""Licences of every crate in Cargo.lock, and what is published against their versions.

usage: scripts/check_dependencies.py [DATABASE]

DATABASE is a clone of RustSec's advisory-db; without it only licences are checked. Exits with 1 where a
licence is none of the permissive ones below, or an advisory is open: it affects the version that is
locked, and is neither a notice, such as that nobody maintains the crate, nor of other systems than Linux
alone. Needs Python 3.9, with DATABASE 3.11.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0",
    "BlueOak-1.0.0", "CC0-1.0", "IJG", "ISC", "MIT", "Unicode-3.0", "Unlicense", "Zlib",
}


def is_allowed(expression):
    """Whether an SPDX expression can be met by allowed licences alone."""
    terms = [term.strip() for term in re.split(r"\bAND\b", expression.replace("/", " OR "))]
    options = lambda term: [it.strip(" ()") for it in re.split(r"\bOR\b", term)]
    return all(any(option in ALLOWED for option in options(term)) for term in terms)


def version(text):
    numbers, _, before = text.partition("+")[0].partition("-")
    parts = [int(it) for it in numbers.split(".")]
    # A pre-release comes before its release.
    return (*(parts + [0, 0])[:3], not before, before)


def meets(found, requirement):
    """Whether a version meets a comma-separated requirement of Cargo."""
    for part in requirement.split(","):
        operator, wanted = re.fullmatch(r"\s*(<=|>=|<|>|=|\^|~)?\s*(\S+)\s*", part).groups()
        least, given = version(wanted), wanted.partition("-")[0].split(".")
        if operator in ("<", "<=", ">", ">="):
            holds = {"<": found < least, "<=": found <= least, ">": found > least, ">=": found >= least}[operator]
        elif operator == "=":
            holds = found == least
        else:
            numbers = [int(it) for it in given]
            at = 1 if operator == "~" and len(numbers) > 1 else next(
                (at for at, number in enumerate(numbers) if number or at == len(numbers) - 1), 0)
            if operator == "~" and len(numbers) == 1:
                at = 0
            bound = [*numbers[:at], numbers[at] + 1]
            holds = least <= found < version(".".join(map(str, bound)))
        if not holds:
            return False
    return True


def advisories(database, locked):
    """Advisories against a locked version: identifier, crate, version, kind, title."""
    import tomllib

    for path in sorted(Path(database, "crates").rglob("RUSTSEC-*.md")):
        text = path.read_text(encoding="utf-8")
        head, _, rest = text.partition("```toml")[2].partition("```")
        facts = tomllib.loads(head)
        advisory = facts["advisory"]
        if advisory.get("withdrawn"):
            continue
        fine = [*facts["versions"].get("patched", []), *facts["versions"].get("unaffected", [])]
        for found in locked.get(advisory["package"], []):
            if any(meets(version(found), requirement) for requirement in fine):
                continue
            systems = facts.get("affected", {}).get("os", ["linux"])
            kind = "open" if "linux" in systems else "of " + ", ".join(systems)
            if advisory.get("informational") in ("unmaintained", "notice"):
                kind = advisory["informational"]
            title = next((line[2:] for line in rest.splitlines() if line.startswith("# ")), "")
            yield advisory["id"], advisory["package"], found, kind, title


def main():
    assert meets(version("1.2.3"), "^1.2") and not meets(version("2.0.0"), "^1.2")
    assert meets(version("0.3.9"), ">= 0.3.7, < 0.4") and not meets(version("0.4.0"), "^0.3.7")
    assert not meets(version("1.0.0-rc.1"), ">= 1.0.0") and meets(version("1.2.9"), "~1.2")
    metadata = subprocess.run(["cargo", "metadata", "--locked", "--format-version", "1"],
                              capture_output=True, check=True)
    packages = json.loads(metadata.stdout)["packages"]
    locked = {}
    for package in packages:
        locked.setdefault(package["name"], []).append(package["version"])
    licences = Counter(package["license"] or "none" for package in packages)
    print(f"{len(packages)} crates")
    for expression, count in licences.most_common():
        print(f"{count:5}  {expression}")
    faults = [f"{it['name']} {it['version']}: licence {it['license']}" for it in packages
              if not is_allowed(it["license"] or "none")]
    if len(sys.argv) > 1:
        database = sys.argv[1]
        found = list(advisories(database, locked))
        counted = sum(1 for _ in Path(database, "crates").rglob("RUSTSEC-*.md"))
        print(f"{counted} advisories, {len(found)} against locked versions")
        for identifier, crate, number, kind, title in found:
            print(f"{identifier}  {crate} {number}  {kind}: {title}")
        faults += [f"{crate} {number}: {identifier}" for identifier, crate, number, kind, _ in found if kind == "open"]
    for fault in faults:
        print(f"fault: {fault}")
    sys.exit(bool(faults))


main()
