"""Measures noise: how large it is, how it is distributed, and its spectrum."""

import numpy
import physics_formulae as formulae
import scipy.ndimage
from phantom_file import something, test_object, with_acquisition
from physics_bench import Bench, Row, even, in_range, whole

# Images of an even field.
IMAGES = 2


def noise(bench: Bench) -> list[Row]:
    """Standard deviation and spectrum of the noise, from pairs with and without it."""
    match bench.physics:
        case "ct":
            values = numpy.concatenate([(a - b)[used] for a, b, used in pairs(bench)])
            # Both images of a pair are rounded.
            sd = numpy.sqrt(values.var() - 2 / 12)
            expected = formulae.ct_sd_hu(bench.settings)
            return [Row("noise sd, HU", sd, expected, 0.02 * expected), *ct_spectrum(bench)]
        case "mr":
            return rician(bench)
        case "xray":
            return poisson(bench, xray_counts(bench)) + structure(bench)
        case "nuclear":
            return poisson(bench, nuclear_counts(bench))
        case "ultrasound":
            return speckle(bench)
    raise ValueError(bench.physics)


def pairs(bench: Bench):
    """Physical values with and without noise, and where both are far from the ends of the range.

    Magnitudes and counts end at 0 by nature."""
    low = 0.06 if bench.physics in ("ct", "xray") else -1
    for image, calm in zip(bench.drawn.images, bench.still.images):
        used = (calm > low * bench.peak()) & (calm < 0.94 * bench.peak())
        yield bench.physical(image), bench.physical(calm), used


def ct_spectrum(bench: Bench) -> list[Row]:
    """The shape of the NPS in bands, and where it is largest, on an even field."""
    drawn = bench.program.draw(test_object(bench.file, []), 4 * IMAGES)
    frequencies, power = formulae.radial_spectrum(drawn.images, bench.spacing)
    nyquist = 0.5 / bench.spacing
    used = (frequencies > 0.02 * nyquist) & (frequencies < 0.95 * nyquist)
    frequencies, power = frequencies[used], power[used]
    expected = formulae.ct_noise_power(frequencies, bench.settings)
    expected *= power.sum() / expected.sum()
    bands = numpy.array_split(numpy.arange(len(frequencies)), 10)
    # Weighted by the length of the rings.
    energy = frequencies * numpy.stack([power, expected])
    sums = numpy.array([energy[:, band].sum(axis=1) for band in bands])
    worst = numpy.abs(sums[:, 0] - sums[:, 1]).max() / sums[:, 1].max()
    smooth = scipy.ndimage.gaussian_filter1d(power, 0.05 * len(power))
    ideal = scipy.ndimage.gaussian_filter1d(expected, 0.05 * len(power))
    peak, ideal_peak = frequencies[smooth.argmax()], frequencies[ideal.argmax()]
    return [
        Row("NPS, worst of 10 bands", worst, 0.0, 0.03, "share of the largest band"),
        Row("NPS peak, 1/mm", peak, ideal_peak, 0.06 * nyquist),
    ]


def rician(bench: Bench) -> list[Row]:
    """Rayleigh in air, near Gaussian in tissue (Gudbjartsson & Patz 1995), white where acquired."""
    sigma = formulae.mr_sigma_au(bench.settings)
    image, calm, used = (numpy.stack(stack) for stack in zip(*pairs(bench)))
    air, tissue = image[calm < 0.1 * sigma], (calm > 8 * sigma) & used
    # The mean exceeds the signal by σ²/2A.
    field = numpy.where(tissue, image - calm - sigma**2 / (2 * numpy.maximum(calm, sigma)), 0.0)
    sd = field[tissue].std()
    rows = [Row("noise sd in tissue, au", sd, sigma, 0.02 * sigma)]
    rows.append(Row("Rician excess of the mean, au", field[tissue].mean(), 0.0, 0.02 * sigma))
    if len(air) > 1000:
        rows.append(Row("Rayleigh mean in air, au", air.mean(), 1.2533 * sigma, 0.02 * sigma))
        rows.append(Row("Rayleigh sd in air, au", air.std(), 0.6551 * sigma, 0.02 * sigma))
    return rows + white(bench, list(field), formulae.mr_cut_per_mm(bench.file))


def xray_counts(bench: Bench):
    """Detected and expected quanta with the electronic noise's variance, from the logarithm."""
    settings, step = bench.settings, bench.file["matrix"]["rescale"]["slope"]
    quanta, gain = settings["quanta_per_pixel"], settings["gain_au"]
    for image, calm, used in pairs(bench):
        counts, expected = (
            quanta * numpy.exp((settings.get("offset_au", 0.0) - values) / gain)
            for values in (image, calm)
        )
        # A stored value stands for a range of quanta: rounding of both images adds to the variance.
        variance = expected + 2 * (expected * step / gain) ** 2 / 12
        yield counts, expected, variance + settings.get("electronic_quanta", 0.0) ** 2, used


def nuclear_counts(bench: Bench):
    share = bench.settings["counts_per_pixel"] / formulae.MANY_COUNTS
    for counts, calm, used in pairs(bench):
        expected = calm * share
        # Both images draw from the same uniform numbers, so the expectation errs with the counts,
        # by the root of the share.
        yield counts, expected, expected * (1 - numpy.sqrt(share)) ** 2, used & (expected > 4)


def poisson(bench: Bench, cases) -> list[Row]:
    values, fields = [], []
    for counts, expected, variance, used in cases:
        error = (counts - expected) / numpy.sqrt(numpy.maximum(variance, 1))
        values.append(error[used])
        fields.append(numpy.where(used, error, 0.0))
    values = numpy.concatenate(values)
    return [
        Row("Poisson, sd of (n - N)/root of N", values.std(), 1.0, 0.02),
        Row("Poisson, mean of (n - N)/root of N", values.mean(), 0.0, 0.03),
    ] + white(bench, fields, 0.5 / bench.spacing)


def structure(bench: Bench) -> list[Row]:
    """The anatomical structure in an even layer: the exponent of its spectrum, its deviation."""
    percent = bench.settings.get("structure_percent", 0.0)
    if percent == 0:
        return []
    calm = in_range(even(bench.file))
    layers = [{"name": "slab"} | whole(calm) | something(calm, 2.0)]
    rough = with_acquisition(calm, structure_percent=percent)
    # Relative to the line integral of the slab, which is 1.
    fields = [
        (bench.physical(a) - bench.physical(b)) / bench.settings["gain_au"]
        for a, b in zip(
            bench.program.draw(test_object(rough, layers, "slab"), IMAGES).images,
            bench.program.draw(test_object(calm, layers, "slab"), IMAGES).images,
        )
    ]
    exponent = bench.settings.get("structure_exponent", 3.0)
    slope, sd = formulae.power_law(fields, bench.file, exponent)
    return [
        Row("structure, exponent", slope, exponent, 0.15),
        Row("structure, sd in percent", 100 * sd, percent, 0.1 * percent),
    ]


def white(bench: Bench, fields: list[numpy.ndarray], cut: float) -> list[Row]:
    """The noise in the lower over that in the upper half of the frequencies."""
    frequencies, power = formulae.radial_spectrum(fields, bench.spacing)
    low = power[(frequencies > 0.05 * cut) & (frequencies < 0.5 * cut)].mean()
    high = power[(frequencies > 0.5 * cut) & (frequencies < 0.95 * cut)].mean()
    return [Row("NPS white: low over high", low / high, 1.0, 0.05)]


def speckle(bench: Bench) -> list[Row]:
    """Fully developed speckle of an even field: Rayleigh envelope, size of its cells."""
    level = bench.settings["white_db"] - 0.4 * bench.settings["dynamic_range_db"]
    layer = {"name": "slab", "echogenicity_db": level} | whole(bench.file)
    file = test_object(even(bench.file), [layer], "slab")
    drawn = [bench.physical(image) for image in bench.program.draw(file, IMAGES).images]
    values = numpy.stack(drawn)
    amplitude = 10 ** (values / 20)
    focus = int(bench.settings["focus_mm"] / bench.spacing)
    around = slice(max(focus - 40, 0), focus + 40)
    cells = [10 ** (value[around] / 10) for value in drawn]
    axial = formulae.covariance_width(cells, 0) * bench.spacing
    lateral = formulae.covariance_width(cells, 1) * bench.spacing
    return [
        Row("speckle, mean over sd", amplitude.mean() / amplitude.std(), 1.913, 0.04),
        Row("speckle sd, dB", values.std(), 5.57, 0.12),
        Row("speckle mean below level, dB", level - values.mean(), 2.51, 0.25),
        Row("speckle cell, axial, mm", axial, bench.settings["axial_fwhm_mm"], 0.04),
        Row("speckle cell, lateral, mm", lateral, bench.settings["lateral_fwhm_mm"], 0.06),
    ]
