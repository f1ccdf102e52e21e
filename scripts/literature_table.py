"""Puts the replications of a directory into docs/results/literature.json, and their table into
docs/literature.md, between its markers. With --check it writes nothing and fails where the page has
another table than the file gives.

usage: scripts/literature_table.py --check | LITERATURE.JSON
"""

import json
import pathlib
import sys

import marked

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
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
        first = f"{one['name']}: **{WORDS[one['agreement']]}**"
        if one.get("cannot"):
            lines.append(f"| {first} | {one['finding']} | – | {one['cannot']} |")
        finding = one["finding"]
        for claim in one["claims"]:
            found = f"{WORDS[claim['agreement']]}: {claim['found']}"
            lines.append(f"| {first} | {finding} | {claim['claim']} | {found} |")
            first = finding = ""
    return "\n".join(lines)


def main() -> None:
    check = sys.argv[1:] == ["--check"]
    if not check:
        (source,) = sys.argv[1:]
        KEPT.write_text(pathlib.Path(source).read_text())
    marked.put(DOCS / "literature.md", "literature", table(json.loads(KEPT.read_text())), check)


if __name__ == "__main__":
    main()
