"""The Python blocks of the book's page and of the package's page run, in their order."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["docs/python.md", "python/README.md"]


@pytest.mark.parametrize("page", PAGES)
def test_blocks_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / page).read_text()
    blocks = re.findall(r"^```python(.*?)\n(.*?)^```$", text, re.M | re.S)
    assert blocks
    names = {}
    for mark, block in blocks:
        if mark.strip() == "torch":
            try:
                import torch  # noqa: F401
            except ImportError:
                continue
        exec(compile(block, page, "exec"), names)
