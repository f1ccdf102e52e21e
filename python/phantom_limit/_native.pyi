import os
from collections.abc import Sequence
from typing import Any, Literal, Optional, TypedDict, Union, final

import numpy as np
import numpy.typing as npt
from typing_extensions import Self, disjoint_base

_Codec = Literal["jpeg", "jpeg12", "jpeg2000", "htj2k", "jpegls", "lossless"]
_Base = Literal["stored", "allocated", "input"]
_Split = Literal["train", "tune", "test"]
_Pixels = Union[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]
"""Stored values, [rows, columns]."""

__all__ = [
    "Answers",
    "judge",
    "Encoded",
    "decode",
    "encode",
    "ladder",
    "run",
    "Measurement",
    "measure",
    "Case",
    "Phantom",
    "phantoms",
    "__version__",
]

__version__: str

class _Target(TypedDict):
    """A region of an image and what it holds; fields of the target are None where it is absent."""

    task: Literal["identify", "detect"]
    class_index: int
    """The mask holds it + 1. The name of the class is under the key "class"."""
    region: list[int]
    """Row, column and side in pixels."""
    center_pixels: Optional[list[float]]
    """Row and column; the first pixel's centre is [0.5, 0.5]."""
    center_mm: Optional[list[float]]
    """y and x from the centre of the matrix, y down and x to the right."""
    equivalent_radius_mm: Optional[float]
    angle_deg: Optional[float]
    contrast: Optional[float]
    contrast_unit: Optional[str]
    area_pixels: Optional[float]
    area_mm2: Optional[float]
    box: Optional[list[int]]
    """Row, column, rows and columns that the outline touches."""
    detectability: Optional[float]
    """d′ of the ideal observer in the uncompressed image; None where it is not known."""

@final
class Case:
    """One drawn image and its truth."""

    @property
    def index(self) -> int: ...
    @property
    def split(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def bits_stored(self) -> int: ...
    @property
    def pixel_spacing_mm(self) -> float: ...
    @property
    def image(self) -> npt.NDArray[np.uint16]:
        """Stored values, [rows, columns]."""
    @property
    def mask(self) -> npt.NDArray[np.uint8]:
        """Class index + 1 where a target covers at least half of the pixel, else 0."""
    @property
    def targets(self) -> list[_Target]:
        """What the regions hold, from top to bottom and left to right."""
    @property
    def sha256(self) -> str:
        """SHA-256 of the stored values as 16-bit little-endian words."""
    def windowed(self) -> npt.NDArray[np.uint8]:
        """The image through the phantom's display window."""

@disjoint_base
class Phantom:
    """A checked phantom: one of the library by its identifier, or the path of a file, with
    `overrides` (tables and keys of a phantom file) in place of what its file says.

    Raises ValueError if there is no such phantom or file, or it has a fault.
    """

    def __new__(
        cls,
        id_or_path: Union[str, os.PathLike[str]],
        overrides: Optional[dict[str, Any]] = None,
    ) -> Self: ...
    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def modality(self) -> str:
        """DICOM modality code."""
    @property
    def source(self) -> str:
        """Its file, whole."""
    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
    @property
    def bits_stored(self) -> int: ...
    @property
    def pixel_spacing_mm(self) -> float: ...
    @property
    def rescale(self) -> tuple[float, float]:
        """Slope and intercept from stored to physical values."""
    @property
    def unit(self) -> str:
        """Unit of physical values."""
    @property
    def classes(self) -> list[str]:
        """Class names by their index."""
    def case(self, index: int, split: _Split = "train", seed: int = 1) -> Case:
        """Draws one case, the same on every machine.

        Raises ValueError if the phantom has no room for a region, or index is 2^40 or more.
        """

@final
class Encoded:
    """A compressed image."""

    @property
    def data(self) -> bytes:
        """The complete file: it decodes alone."""
    @property
    def codec(self) -> str: ...
    @property
    def bits_stored(self) -> int: ...
    @property
    def ratio_stored(self) -> float:
        """Bits stored of the image over compressed bits, headers included."""
    @property
    def ratio_allocated(self) -> float:
        """Bits of the array's words over compressed bits."""
    @property
    def bpp(self) -> float:
        """Compressed bits per pixel."""
    @property
    def quality(self) -> Optional[float]:
        """Quality of the JPEG family that was taken."""
    @property
    def reached(self) -> bool:
        """True if the target is reached; if not, this is the nearest that the codec can."""
    def __len__(self) -> int: ...

@final
class Measurement:
    """What compression did to an image."""

    @property
    def psnr_db(self) -> float:
        """PSNR with peak 2^bits_stored − 1; infinite for equal images."""
    @property
    def ssim(self) -> Optional[float]:
        """SSIM, Gaussian window; None below 11 × 11 pixels."""
    @property
    def ssim_uniform(self) -> Optional[float]:
        """SSIM, uniform window of 7 × 7; None below that size."""
    @property
    def ms_ssim(self) -> Optional[float]:
        """MS-SSIM; None where a side is below 161 pixels."""
    @property
    def max_error(self) -> int:
        """Largest difference, in stored units."""
    @property
    def blocking(self) -> float: ...
    @property
    def ringing(self) -> float: ...
    @property
    def ripple(self) -> float: ...
    @property
    def blur(self) -> float: ...

@final
class Answers:
    def json(self) -> str: ...
    def text(self) -> str: ...
    def write(self, directory: str) -> None: ...

def phantoms() -> list[str]:
    """Identifiers of the phantoms that come with the program."""

def encode(
    image: _Pixels,
    codec: _Codec,
    *,
    ratio: Optional[float] = None,
    bpp: Optional[float] = None,
    quality: Optional[float] = None,
    psnr: Optional[float] = None,
    ssim: Optional[float] = None,
    max_error: Optional[float] = None,
    bits_stored: Optional[int] = None,
    base: _Base = "stored",
) -> Encoded:
    """Compresses an image to one target, with the fewest bytes or the highest quality that reach it.

    `ratio` and `bpp` are ceilings of the bytes, headers counted; `quality` is libjpeg's scale, 1 to
    100; `psnr` (dB) and `ssim` are least values; `max_error` is the largest error of a sample, a whole
    number, which jpegls guarantees. lossless takes no target. `bits_stored` are the bits of a sample that
    carry the value: all of the array's, unless it is given. `base` says which bits a
    ratio counts: those, or all bits of the array (allocated).

    Raises ValueError if the codec does not take the image or the target.
    """

def ladder(
    image: _Pixels,
    codec: _Codec,
    ratios: Sequence[float],
    *,
    bits_stored: Optional[int] = None,
    base: _Base = "stored",
) -> list[Encoded]:
    """Compresses an image to each of several ratios, in their order: one encode of JPEG 2000 serves
    them all, so that its files are not those of single encodes; those of other codecs are."""

def decode(data: Union[Encoded, bytes], *, bits_stored: Optional[int] = None) -> _Pixels:
    """Restores an image: what was encoded here with the bits that it had, a file with those that it
    states, unless `bits_stored` says that it holds the upper ones of so many.

    Raises ValueError if the bytes are damaged, or no codestream that is decoded here.
    """

def measure(original: _Pixels, restored: _Pixels, bits_stored: Optional[int] = None) -> Measurement:
    """Compares a restored image with the original, as `compress` does.

    Raises ValueError if the images differ in size or type.
    """

def judge(
    csv: bytes,
    name: str,
    margin: Optional[str],
    alpha: Optional[float],
    codec: Optional[str],
    readers: Optional[str],
    bits_stored: int,
) -> Answers: ...
def run(program: str, arguments: list[str]) -> int: ...
