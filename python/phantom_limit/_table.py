"""Tables of pandas, polars and pyarrow, and dictionaries of columns, as CSV text. Judges nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any


def to_csv(table: Any) -> bytes:
    """The table with a header and a line for each row, as limit --answers reads it."""
    columns = _columns(table)
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        stated = ", ".join(f"`{name}` {length}" for name, length in lengths.items())
        raise ValueError(f"columns differ in their numbers of values: {stated}")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*([_word(value) for value in values] for values in columns.values())))
    return text.getvalue().encode()


def _columns(table: Any) -> dict[str, list[Any]]:
    if hasattr(table, "to_pydict"):  # pyarrow
        columns = table.to_pydict()
    elif hasattr(table, "to_dicts"):  # polars
        columns = table.to_dict(as_series=False)
    elif hasattr(table, "iloc"):  # pandas
        columns = {name: table[name].tolist() for name in table.columns}
    elif isinstance(table, Mapping):
        columns = table
    else:
        raise ValueError(
            f"answers are a table of pandas, polars or pyarrow, a dictionary of columns, or the path "
            f"of a CSV file, not {type(table).__name__}"
        )
    return {str(name): list(values) for name, values in columns.items()}


def _word(value: Any) -> str:
    if hasattr(value, "item"):  # a number of numpy or torch
        value = value.item()
    # What is missing is not equal to itself, or None, or pandas.NA.
    if value is None or type(value).__name__ == "NAType" or value != value:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)
