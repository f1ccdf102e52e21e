"""The parts of the book's pages that scripts make, each between two markers."""

import pathlib
import sys


def put(page: pathlib.Path, name: str, made: str, check: bool) -> None:
    """Puts text between the markers of that name, or, to check, fails where another stands there."""
    text = page.read_text()
    before, rest = text.split(f"<!-- {name} -->\n")
    _, after = rest.split(f"<!-- /{name} -->")
    new = f"{before}<!-- {name} -->\n{made}\n<!-- /{name} -->{after}"
    if not check:
        page.write_text(new)
    elif new != text:
        sys.exit(f"{page.name} has something else between its markers {name} than its file gives")
