"""Compression against numpy, and the ceilings that it must keep."""

import numpy as np
import pytest

from phantom_limit import Phantom, decode, encode, ladder, measure

LOSSY = ["jpeg", "jpeg12", "jpeg2000"]


@pytest.fixture(scope="module")
def head():
    return Phantom("ct-head").case(0).image


def noise(bits, shape=(64, 48)):
    kind = np.uint8 if bits <= 8 else np.uint16
    return np.random.default_rng(1).integers(0, 2**bits, shape).astype(kind)


@pytest.mark.parametrize("bits", [1, 8, 12, 16])
def test_lossless_restores_every_sample(bits):
    image = noise(bits)
    encoded = encode(image, "lossless", bits_stored=bits)
    assert encoded.reached and encoded.codec == "lossless" and encoded.quality is None
    for data in (encoded, encoded.data):
        restored = decode(data)
        assert restored.dtype == image.dtype
        np.testing.assert_array_equal(restored, image)


def test_the_layout_of_an_array_does_not_matter():
    image = noise(12, (40, 64))
    for other in (np.asfortranarray(image), image[::-1][::-1], np.repeat(image, 2, 1)[:, ::2]):
        assert encode(other, "lossless", bits_stored=12).data == encode(image, "lossless", bits_stored=12).data


@pytest.mark.parametrize("codec", LOSSY)
def test_a_ratio_is_a_ceiling_of_bytes(codec, head):
    encoded = encode(head, codec, ratio=10, bits_stored=12)
    # N:1 on 12 stored bits of each pixel.
    assert encoded.reached and len(encoded.data) <= head.size * 12 / 8 / 10
    assert len(encoded) == len(encoded.data)
    assert encoded.ratio_stored == pytest.approx(head.size * 12 / 8 / len(encoded.data), rel=1e-12)
    assert encoded.ratio_allocated == pytest.approx(encoded.ratio_stored * 16 / 12, rel=1e-12)
    assert encoded.bpp == pytest.approx(8 * len(encoded.data) / head.size, rel=1e-12)
    restored = decode(encoded)
    assert restored.dtype == np.uint16 and restored.shape == head.shape and restored.max() < 4096


def test_a_ratio_counts_the_bits_that_base_names(head):
    stored = encode(head, "jpeg2000", ratio=12, bits_stored=12)
    allocated = encode(head, "jpeg2000", ratio=16, bits_stored=12, base="allocated")
    # 12:1 of 12 bits and 16:1 of 16 are one bit per pixel.
    bpp = encode(head, "jpeg2000", bpp=1, bits_stored=12)
    assert stored.data == allocated.data == bpp.data


@pytest.mark.parametrize("codec", LOSSY)
def test_a_ladder_gives_what_single_levels_give(codec, head):
    ratios = [20, 5, 10.5]
    levels = ladder(head, codec, ratios, bits_stored=12)
    for ratio, level in zip(ratios, levels, strict=True):
        alone = encode(head, codec, ratio=ratio, bits_stored=12)
        assert level.reached and level.ratio_stored >= ratio
        # Layers of one encode of JPEG 2000 end elsewhere than those of single encodes, at one rate.
        psnrs = [measure(head, decode(it), 12).psnr_db for it in (alone, level)]
        assert abs(psnrs[0] - psnrs[1]) < 0.3
        assert codec == "jpeg2000" or level.data == alone.data


def test_fidelity_is_reached(head):
    for codec in LOSSY[1:]:
        restored = decode(encode(head, codec, psnr=50, bits_stored=12))
        assert measure(head, restored, 12).psnr_db >= 50
        restored = decode(encode(head, codec, ssim=0.95, bits_stored=12))
        assert measure(head, restored, 12).ssim >= 0.95


def test_a_quality_is_that_of_the_tables(head):
    image = (head >> 4).astype(np.uint8)
    encoded = encode(image, "jpeg", quality=75)
    assert encoded.quality == 75 and encoded.bits_stored == 8
    # libjpeg's luminance table at quality 75: the first step is (16 × 50 + 50) / 100 = 8 (T.81 K.1).
    tables = encoded.data.index(b"\xff\xdb")
    assert encoded.data[tables + 5] == 8


def test_a_shifted_file_gets_its_bits_back(head):
    encoded = encode(head, "jpeg", quality=95, bits_stored=12)
    restored = decode(encoded)
    np.testing.assert_array_equal(restored, decode(encoded.data, bits_stored=12))
    # The file by itself holds the upper 8 bits; the middle of what the lower 4 leave is added.
    np.testing.assert_array_equal(restored, (decode(encoded.data).astype(np.uint16) << 4) + 8)


def test_measures_are_those_of_their_formulae(head):
    restored = decode(encode(head, "jpeg2000", ratio=20, bits_stored=12))
    found = measure(head, restored, 12)
    difference = head.astype(float) - restored
    assert found.psnr_db == pytest.approx(10 * np.log10(4095**2 / np.mean(difference**2)), abs=1e-9)
    assert found.max_error == np.abs(difference).max()
    assert 0 < found.ms_ssim <= 1 and 0 < found.ssim_uniform < 1 and found.ripple > 0.01
    same = measure(head, head, 12)
    assert (same.psnr_db, same.max_error) == (np.inf, 0)
    assert same.ssim == pytest.approx(1) and same.ripple == same.ringing == same.blur == 0
    small = measure(noise(8, (6, 6)), noise(8, (6, 6)))
    assert small.ssim is small.ssim_uniform is small.ms_ssim is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: encode(noise(12), "jpeg3000", ratio=5), "there are jpeg, jpeg12, jpeg2000"),
        (lambda: encode(noise(12), "jpeg2000"), "no level is given"),
        (lambda: encode(noise(12), "jpeg2000", ratio=5, bpp=1), "several levels are given"),
        (lambda: encode(noise(12), "lossless", ratio=5), "lossless takes no level"),
        (lambda: encode(noise(12), "jpeg2000", ratio=0), "cannot be asked for 0:1"),
        (lambda: encode(noise(12), "jpeg2000", ratio=5, base="words"), "allocated"),
        (lambda: encode(noise(12), "jpeg12", ratio=5), "16 bits stored in 16 bits allocated"),
        (lambda: encode(noise(12), "jpeg2000", ratio=5, bits_stored=10), "does not fit in 10 bits"),
        (lambda: encode(noise(8), "jpeg2000", ratio=5, bits_stored=12), "12 bits stored in 8"),
        (lambda: encode(noise(8).astype(float), "jpeg", ratio=5), "array of float64"),
        (lambda: encode(noise(8)[None], "jpeg", ratio=5), "[1, 64, 48]"),
        (lambda: encode([[1]], "jpeg", ratio=5), "not list"),
        (lambda: encode(noise(12), "htj2k", ratio=5), "take jpeg2000"),
        (lambda: decode(b"II*\0"), "no codestream"),
        (lambda: decode(encode(noise(8), "jpeg", quality=50).data[:-40]), "jpeg could not decode"),
        (lambda: measure(noise(8), noise(8, (64, 64))), "64×48 pixels cannot be compared"),
        (lambda: measure(noise(8), noise(8).astype(np.uint16)), "cannot be compared"),
    ],
)
def test_what_is_wrong_is_said(call, said):
    with pytest.raises(ValueError, match=r".") as error:
        call()
    assert said in str(error.value)
