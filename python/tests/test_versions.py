"""The package is built from what the program is built from."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def locked(path):
    packages = {}
    for name, version in re.findall(r'^name = "(.*)"\nversion = "(.*)"$', path.read_text(), re.M):
        packages.setdefault(name, set()).add(version)
    return packages


def test_dependencies_have_the_versions_of_the_program():
    # Images and codestreams belong to versions of dependencies.
    program, package = locked(ROOT / "Cargo.lock"), locked(ROOT / "python/Cargo.lock")
    shared = package.keys() & program.keys()
    assert len(shared) > 200
    assert {name: package[name] for name in shared if not package[name] <= program[name]} == {}


def test_program_and_package_have_one_version():
    program = re.search(r'^\[workspace.package\]\nversion = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.M)
    package = re.search(r'^version = "(.*)"$', (ROOT / "python/Cargo.toml").read_text(), re.M)
    assert program[1] == package[1]
