"""Puts the replications of directories into docs/results/literature.json, in place of what it has of
the same studies, and their table into docs/literature.md, between its markers. With --check it writes
nothing and fails where the page has another table than the file gives.

usage: scripts/literature_table.py --check | LITERATURE.JSON...
"""

import json
import pathlib
import sys

import marked

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
KEPT = DOCS / "results" / "literature.json"
WORDS = {
    "agrees": "agrees",
    "in-part": "agrees in part",
    "disagrees": "disagrees",
    "undecided": "not decided",
    "cannot-be-asked": "cannot be asked here",
}


def table(studies: list[dict]) -> str:
    counted = {word: sum(one["agreement"] == word for one in studies) for word in WORDS}
    presets = sorted({one["preset"] for one in studies if one["claims"]})
    words = {word: said if counted[word] == 1 else said.replace("agrees", "agree")
             for word, said in WORDS.items()}
    said = ", ".join(f"{count} {words[word]}" for word, count in counted.items() if count)
    lines = [
        f"Literature in kind, preset {' and '.join(presets)}: of {len(studies)} studies {said}.",
        "",
        "| study | published | claim | here |",
        "| --- | --- | --- | --- |",
    ]
    for one in studies:
        preset = f" ({one['preset']})" if len(presets) > 1 and one["claims"] else ""
        first = f"{one['name']}{preset}: **{WORDS[one['agreement']]}**"
        if one.get("cannot"):
            lines.append(f"| {first} | {one['finding']} | – | {one['cannot']} |")
        finding = one["finding"]
        for claim in one["claims"]:
            found = f"{WORDS[claim['agreement']]}: {claim['found']}"
            lines.append(f"| {first} | {finding} | {claim['claim']} | {found} |")
            first = finding = ""
    return "\n".join(lines)


def joined(files: list[pathlib.Path]) -> str:
    """What is kept, and newer replications of the same studies, in the order of the program."""
    studies = {}
    for file in [KEPT, *files]:
        studies |= {one["name"]: one for one in json.loads(file.read_text())}
    listed = (ROOT / "src" / "replication" / "file.rs").read_text()
    in_order = sorted(studies.values(), key=lambda one: listed.index(one["name"]))
    return json.dumps(in_order, indent=2, ensure_ascii=False)


def main() -> None:
    check = sys.argv[1:] == ["--check"]
    if not check:
        if not sys.argv[1:]:
            sys.exit("name files literature.json, or --check")
        KEPT.write_text(joined([pathlib.Path(name) for name in sys.argv[1:]]) + "\n")
    marked.put(DOCS / "literature.md", "literature", table(json.loads(KEPT.read_text())), check)


if __name__ == "__main__":
    main()
