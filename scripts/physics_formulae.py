"""The image formation of docs/phantoms.md in formulae, and how images are measured against it.

Written from the sources that are named there, without our code: numpy and scipy only.
"""

import numpy
import scipy.ndimage

# Counts of a pixel at an uptake of 100 percent of which the noise hardly counts.
MANY_COUNTS = 4000.0
# Slant of the edge for the MTF, in degrees from the columns.
EDGE_DEG = 4.0
# Bins of the edge's profile per pixel.
BINS = 4
# Frequency below which the ramp of the CT noise levels off, in 1/mm.
RAMP_FLOOR_PER_MM = 0.01
# Enhancement of the kernels.
ENHANCEMENT = {"soft": 0.0, "standard": 1.0, "bone": 3.0, "lung": 5.0}


def ct_mtf(frequency: numpy.ndarray, ct: dict) -> numpy.ndarray:
    """(1 + a u) 2^(-(1 + log2(1 + a)) u) with u = (f/f50)²: one half at f50."""
    u, a = (frequency / ct["mtf50_per_mm"]) ** 2, ENHANCEMENT[ct["kernel"]]
    return (1 + a * u) * 2.0 ** (-(1 + numpy.log2(1 + a)) * u)


def ct_noise_power(frequency: numpy.ndarray, ct: dict) -> numpy.ndarray:
    """f MTF² (Wagner, Brown & Pastel 1979), not zero at f = 0 (Kijewski & Judy 1987)."""
    return numpy.hypot(frequency, RAMP_FLOOR_PER_MM) * ct_mtf(frequency, ct) ** 2


def ct_sd_hu(ct: dict) -> float:
    """One over the root of dose and slice."""
    slices, dose = ct.get("slice_thickness_mm", 5.0), ct.get("dose_percent", 100.0)
    return ct["sigma_hu"] * numpy.sqrt(5.0 / slices) * numpy.sqrt(100.0 / dose)


def mr_sigma_au(mr: dict) -> float:
    return mr["sigma_au"] * 1.5 / mr["field_t"]


def mr_cut_per_mm(file: dict) -> float:
    """Up to where k-space is acquired; the Nyquist frequency in other modalities."""
    share = file["acquisition"].get("mr", {}).get("kspace_percent", 100.0) / 100
    return share / (2 * file["matrix"]["pixel_spacing_mm"])


def half_frequency(file: dict) -> float:
    """Where the MTF is one half; of a Gaussian of this width 2 ln 2/(π FWHM)."""
    settings = next(iter(file["acquisition"].values()))
    if "fwhm_mm" in settings:
        return 2 * numpy.log(2) / (numpy.pi * settings["fwhm_mm"])
    return settings["mtf50_per_mm"]


def mtf(frequency: numpy.ndarray, file: dict) -> numpy.ndarray:
    if "ct" in file["acquisition"]:
        return ct_mtf(frequency, file["acquisition"]["ct"])
    return 2.0 ** -((frequency / half_frequency(file)) ** 2)


def tissue(file: dict, layer: dict) -> tuple[float, float, float]:
    """The physical value of an even field of a layer's material, and the range of the matrix."""
    matrix = file["matrix"]
    slope, low = matrix["rescale"]["slope"], matrix["rescale"]["intercept"]
    high = low + slope * (2.0 ** matrix["bits_stored"] - 1)
    ((physics, settings),) = file["acquisition"].items()
    if physics == "ct":
        value = layer["value_hu"]
    elif physics == "mr":
        # Bottomley 1984: T1 grows as a power of the field.
        t1 = layer["t1_ms"] * (settings["field_t"] / 1.5) ** layer.get("t1_exponent", 0.0)
        recovered = 1 - numpy.exp(-settings["tr_ms"] / t1)
        decayed = numpy.exp(-settings["te_ms"] / layer["t2_ms"])
        value = settings["gain_au"] * layer["pd_percent"] / 100 * recovered * decayed
    elif physics == "xray":
        line = layer["thickness_mm"] * layer["mu_per_mm"]
        value = settings.get("offset_au", 0.0) + settings["gain_au"] * line
    elif physics == "ultrasound":
        # Mean of the logarithm of a Rayleigh envelope: 10 γ/ln 10 below that of its power.
        value = layer["echogenicity_db"] - 10 * numpy.euler_gamma / numpy.log(10)
        # Speckle reaches this far down and up before it is clipped.
        low, high = low + 15, high - 8
    else:
        value = settings["counts_per_pixel"] * layer["uptake_percent"] / 100
    return value, low, high


def tissue_tolerance(file: dict, value: float) -> float:
    """Rounding; in MR the ringing of neighbours; or what the noise of a square's mean allows."""
    ((physics, settings),) = file["acquisition"].items()
    return {
        "ct": 0.6,
        "mr": 0.6 + 0.001 * settings.get("gain_au", 0.0),
        "xray": 0.7,
        "ultrasound": 1.2,
        "nuclear": 4 * numpy.sqrt(max(value, 1)) / 8,
    }[physics]


def first_lines(image: numpy.ndarray) -> numpy.ndarray:
    """Means of the first column and the first row, of the half that is far from both slabs."""
    rows, columns = image.shape
    return numpy.array([image[: rows // 2, 0].mean(), image[0, : columns // 2].mean()])


def open_field_change(file: dict, dense: dict) -> numpy.ndarray:
    """What slabs over the last quarter of rows and columns change in the first ones: nothing but by
    scatter, which spreads as a Gaussian and finds beyond the matrix what is at its border."""
    ((physics, settings),) = file["acquisition"].items()
    if physics != "xray":
        return numpy.zeros(2)
    matrix = file["matrix"]
    ratio = settings.get("scatter_percent", 0.0) / 100
    sigma = settings.get("scatter_fwhm_mm", 60.0) / 2.3548 / matrix["pixel_spacing_mm"]
    line = dense["thickness_mm"] * dense["mu_per_mm"]
    integrals = numpy.zeros((matrix["rows"], matrix["columns"]))
    integrals[3 * matrix["rows"] // 4 :] += line
    integrals[:, 3 * matrix["columns"] // 4 :] += line
    primary = numpy.exp(-integrals)
    scatter = scipy.ndimage.gaussian_filter(primary, sigma, mode="nearest")
    change = -settings["gain_au"] * numpy.log((primary + ratio * scatter) / (1 + ratio))
    return first_lines(change)


def marked(physics: str, layer: dict, bright: bool) -> dict:
    """Values of an allowed layer in one of two images; see `visible`."""
    return {
        "ct": lambda: {"value_hu": layer["value_hu"] + (300.0 if bright else 0.0)},
        "mr": lambda: {"pd_percent": 100.0 if bright else 50.0},
        "xray": lambda: {"thickness_mm": (1.0 if bright else 0.5) / layer["mu_per_mm"]},
        "ultrasound": lambda: {"echogenicity_db": 0.0 if bright else -20.0},
        "nuclear": lambda: {"uptake_percent": 200.0 if bright else 100.0},
    }[physics]()


def visible(file: dict, bright: numpy.ndarray, dark: numpy.ndarray) -> numpy.ndarray:
    """The share of each pixel on which an allowed layer is seen."""
    ((physics, settings),) = file["acquisition"].items()
    difference = bright - dark
    if physics == "ct":
        return difference / 300
    if physics == "mr":
        return 2 * difference / numpy.maximum(bright, 1)
    if physics == "xray":
        return difference / (0.5 * settings["gain_au"])
    if physics == "ultrasound":
        return difference / 20
    return difference / MANY_COUNTS


def radial_spectrum(fields: list[numpy.ndarray], spacing: float):
    """Mean power in rings, and their frequencies in 1/mm."""
    rows, columns = fields[0].shape
    fy, fx = numpy.fft.fftfreq(rows, spacing)[:, None], numpy.fft.fftfreq(columns, spacing)
    radial = numpy.hypot(fy, fx)
    power = numpy.mean([numpy.abs(numpy.fft.fft2(field)) ** 2 for field in fields], axis=0)
    width = 1 / (spacing * min(rows, columns))
    ring = (radial / width + 0.5).astype(int).ravel()
    count = numpy.bincount(ring)
    mean = numpy.bincount(ring, power.ravel()) / count
    frequency = numpy.bincount(ring, radial.ravel()) / count
    return frequency[1:], mean[1:]


def covariance_width(fields: list[numpy.ndarray], axis: int) -> float:
    """Full width at half maximum of the autocovariance of intensity along an axis, in pixels.

    That of speckle is the square of the amplitude's, which is the point spread's with itself: as
    wide as the point spread of the amplitude if this is a Gaussian (Wagner et al. 1983).
    """
    total = []
    for lag in range(12):
        products = []
        for field in fields:
            moved = field - field.mean()
            first = numpy.take(moved, range(moved.shape[axis] - lag), axis)
            second = numpy.take(moved, range(lag, moved.shape[axis]), axis)
            products.append((first * second).mean())
        total.append(numpy.mean(products))
    total = numpy.array(total) / total[0]
    # The logarithm of a Gaussian is linear in the squared lag.
    lags = numpy.arange(len(total))
    used = (lags > 0) & (total > 0.15)
    slope = (lags[used] ** 2 * -numpy.log(total[used])).sum() / (lags[used] ** 4.0).sum()
    return 2 * numpy.sqrt(numpy.log(2) / slope)


def edge_mtf(image: numpy.ndarray, spacing: float):
    """The MTF across an edge through the centre that is `EDGE_DEG` off the columns (ISO 12233)."""
    rows, columns = image.shape
    half = min(rows, columns) // 4
    window = image[rows // 2 - half : rows // 2 + half, columns // 2 - half : columns // 2 + half]
    y, x = (numpy.mgrid[: 2 * half, : 2 * half] + 0.5 - half) * spacing
    angle = numpy.radians(EDGE_DEG)
    distance = x * numpy.cos(angle) + y * numpy.sin(angle)
    width = spacing / BINS
    reach = int(0.8 * half) * BINS
    place = numpy.floor(distance / width).astype(int) + reach
    used = (place >= 0) & (place < 2 * reach)
    count = numpy.bincount(place[used], minlength=2 * reach)
    profile = numpy.bincount(place[used], window[used], minlength=2 * reach) / count
    spread = numpy.diff(profile)
    spread *= numpy.hanning(len(spread) + 2)[1:-1]
    padded = 16 * len(spread)
    transfer = numpy.abs(numpy.fft.rfft(spread, padded))
    frequency = numpy.fft.rfftfreq(padded, width)
    used = frequency < 0.5 / spacing
    # The mean over a bin and the difference of neighbours, both of the bin's width.
    own = numpy.sinc(frequency * width) ** 2
    return frequency[used], (transfer / transfer[0] / own)[used]


def power_law(fields: list[numpy.ndarray], file: dict, exponent: float) -> tuple[float, float]:
    """The exponent that a field's spectrum shows, and the standard deviation of a field with all
    frequencies of the matrix whose power is that of `exponent`: one over f^exponent."""
    spacing = file["matrix"]["pixel_spacing_mm"]
    rows, columns = fields[0].shape
    frequency, power = radial_spectrum(fields, spacing)
    nyquist = 0.5 / spacing
    used = (frequency > 4 / (spacing * min(rows, columns))) & (frequency < 0.2 * nyquist)
    frequency, power = frequency[used], power[used] / mtf(frequency[used], file) ** 2
    # Rings hold as many frequencies as they are long.
    slope = numpy.polyfit(numpy.log(frequency), numpy.log(power), 1, w=numpy.sqrt(frequency))[0]
    level = (power * frequency**exponent * frequency).sum() / frequency.sum()
    fy, fx = numpy.fft.fftfreq(rows, spacing)[:, None], numpy.fft.fftfreq(columns, spacing)
    radial = numpy.hypot(fy, fx)
    radial[0, 0] = numpy.inf
    return -slope, numpy.sqrt(level * (radial**-exponent).sum()) / (rows * columns)


def texture_power(file: dict, texture: dict) -> dict:
    """The spectrum 1/(f² + 1/longest²)^(exponent/2) of a texture up to half the Nyquist frequency,
    painted and shown (behind the MTF); and parts of the frequency plane to compare it in."""
    matrix = file["matrix"]
    spacing = matrix["pixel_spacing_mm"]
    fy = numpy.fft.fftfreq(matrix["rows"], spacing)[:, None]
    fx = numpy.fft.fftfreq(matrix["columns"], spacing)[None, :]
    angle, stretch = numpy.radians(texture.get("angle_deg", 0.0)), texture.get("stretch", 1.0)
    along = numpy.cos(angle) * fx + numpy.sin(angle) * fy
    across = numpy.cos(angle) * fy - numpy.sin(angle) * fx
    squared = along**2 * stretch + across**2 / stretch + texture["longest_mm"] ** -2.0
    painted = squared ** (-texture["exponent"] / 2)
    quarter = 0.25 / spacing
    painted[(numpy.abs(fy) >= quarter) | (numpy.abs(fx) >= quarter)] = 0.0
    painted[0, 0] = 0.0
    radial = numpy.hypot(fy, fx)
    masks = {"beyond 2/longest": radial > 2 / texture["longest_mm"]}
    if stretch > 1:
        masks["within 45 degrees of its direction"] = numpy.abs(along) > numpy.abs(across)
    return {"painted": painted, "shown": painted * mtf(radial, file) ** 2, "masks": masks}


def shares(fields: list[numpy.ndarray], expected: numpy.ndarray, masks: dict) -> dict:
    """The share of the power in parts of the frequency plane, measured and expected."""
    power = numpy.mean([numpy.abs(numpy.fft.fft2(field)) ** 2 for field in fields], axis=0)
    power[0, 0] = 0.0
    return {
        name: (power[mask].sum() / power.sum(), expected[mask].sum() / expected.sum())
        for name, mask in masks.items()
    }
