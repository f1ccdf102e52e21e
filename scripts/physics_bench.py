"""What a claim is, one phantom with its images, and changes that make it measurable."""

import dataclasses

import numpy
import phantom_file
import physics_formulae as formulae
from phantom_file import physics_of, rectangle, with_acquisition


@dataclasses.dataclass
class Row:
    claim: str
    product: float
    independent: float
    tolerance: float
    note: str = ""

    def holds(self) -> bool:
        return abs(self.product - self.independent) <= self.tolerance


@dataclasses.dataclass
class Bench:
    """One phantom, and what is drawn of it once."""

    program: phantom_file.Program
    id: str
    file: dict
    drawn: phantom_file.Drawn
    # The same scenes without noise, on the same scale of stored values.
    still: phantom_file.Drawn

    @property
    def physics(self) -> str:
        return physics_of(self.file)

    @property
    def settings(self) -> dict:
        return self.file["acquisition"][self.physics]

    @property
    def spacing(self) -> float:
        return self.file["matrix"]["pixel_spacing_mm"]

    def physical(self, stored: numpy.ndarray) -> numpy.ndarray:
        rescale = self.file["matrix"]["rescale"]
        return stored * rescale["slope"] + rescale["intercept"]

    def peak(self) -> float:
        return 2.0 ** self.file["matrix"]["bits_stored"] - 1

    def image(self, file: dict) -> numpy.ndarray:
        """The first image of a file in physical values."""
        return self.physical(self.program.draw(file).images[0])


def still(file: dict) -> dict:
    """The same scenes without noise (nuclear medicine and ultrasound: with little), without what
    differs from place to place: the coil's sensitivity, structure, attenuation with depth."""
    physics = physics_of(file)
    if physics == "ct":
        return with_acquisition(file, sigma_hu=0.0)
    if physics == "mr":
        return with_acquisition(file, sigma_au=0.0)
    if physics == "xray":
        return with_acquisition(file, quanta_per_pixel=1e9, electronic_quanta=0.0)
    if physics == "nuclear":
        return with_acquisition(file, counts_per_pixel=formulae.MANY_COUNTS)
    return with_acquisition(file, noise_db=-120.0, attenuation_db_per_cm=0.0)


def even(file: dict) -> dict:
    """Without what makes one tissue differ from place to place."""
    physics = physics_of(file)
    file = still(file)
    if physics == "mr":
        file = with_acquisition(file, bias_percent=0.0)
    if physics == "xray":
        file = with_acquisition(file, scatter_percent=0.0, structure_percent=0.0)
    return file


def in_range(file: dict) -> dict:
    """Projections that are not clipped, whatever lies in the beam."""
    if physics_of(file) != "xray":
        return file
    share = 0.3 if file["acquisition"]["xray"]["gain_au"] > 0 else 0.85
    return with_acquisition(file, offset_au=share * 2.0 ** file["matrix"]["bits_stored"])


def wide(file: dict) -> dict:
    """Ultrasound of which the darkest speckle is seen."""
    if physics_of(file) != "ultrasound":
        return file
    settings = {"slope": 110.0 / 255, "intercept": -80.0}
    file = with_acquisition(file, dynamic_range_db=110.0, white_db=30.0)
    return file | {"matrix": file["matrix"] | {"rescale": settings}}


def whole(file: dict) -> dict:
    """An outline of more than the whole matrix."""
    rows, columns = file["matrix"]["rows"], file["matrix"]["columns"]
    return rectangle(file, (-rows, 2 * rows), (-columns, 2 * columns))
