"""The package has the version of the program."""

import re
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_program_and_package_have_one_version():
    program = re.search(r'^\[workspace.package\]\nversion = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.M)
    assert program[1] == version("phantom-limit")
