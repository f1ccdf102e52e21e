"""Phantoms, compression and its limit: what the program phantom-limit computes, for Python.

Images are arrays of stored values with axes [rows, columns]. What is wrong raises ValueError with the
text that the program would print. The interpreter is free while images are drawn and compressed, so
threads do both in parallel.
"""

from ._limit import Arm, Level, Limit, limit
from ._native import (
    Case,
    Encoded,
    Measurement,
    Phantom,
    __version__,
    decode,
    encode,
    ladder,
    measure,
    phantoms,
)

__all__ = [
    "Arm",
    "Case",
    "Encoded",
    "Level",
    "Limit",
    "Measurement",
    "Phantom",
    "__version__",
    "decode",
    "encode",
    "ladder",
    "limit",
    "measure",
    "phantoms",
]
