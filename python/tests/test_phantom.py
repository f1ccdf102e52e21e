"""Phantoms and cases are those of the program, bit for bit."""

import hashlib
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from phantom_limit import Phantom, phantoms

GOLDEN = Path(__file__).parents[2] / "tests/golden/images.txt"


def golden():
    for line in GOLDEN.read_text().split("\n"):
        if line and not line.startswith("#"):
            name, _, seed, split, index, sha256 = line.split()
            yield name, int(seed), split, int(index), sha256


@pytest.mark.parametrize("line", list(golden()), ids=lambda line: "-".join(map(str, line[:4])))
def test_images_have_the_golden_hashes(line):
    # The features of dependencies differ from those of the program: pixels may not.
    name, seed, split, index, sha256 = line
    case = Phantom(name).case(index, split, seed)
    assert case.image.dtype == np.uint16
    assert hashlib.sha256(case.image.astype("<u2").tobytes()).hexdigest() == sha256
    assert case.sha256 == sha256


def test_a_case_says_what_it_is():
    phantom = Phantom("ct-head")
    case = phantom.case(3, "tune", seed=2)
    assert (case.index, case.split, case.seed) == (3, "tune", 2)
    assert case.image.shape == case.mask.shape == phantom.shape
    assert case.bits_stored == phantom.bits_stored == 12
    assert case.pixel_spacing_mm == phantom.pixel_spacing_mm > 0
    assert (phantom.id, phantom.modality, phantom.unit) == ("ct-head", "CT", "HU")
    assert phantom.rescale == (1.0, -1024.0)
    assert case.image is case.image
    assert "ct-head" in phantoms() and len(phantoms()) > 15


def test_the_mask_holds_the_targets():
    phantom = Phantom("shapes")
    case = phantom.case(0)
    rest = case.mask.copy()
    present = [target for target in case.targets if target["contrast"] is not None]
    assert 0 < len(present) < len(case.targets)
    for target in present:
        row, column, side = target["region"]
        inside = case.mask[row : row + side, column : column + side]
        assert phantom.classes[target["class_index"]] == target["class"]
        assert set(np.unique(inside)) == {0, target["class_index"] + 1}
        # Half-covered pixels count whole: the error is at most half of the outline's pixels, of which
        # a box of w by h pixels is crossed by no more than 2 (w + h) for the shapes here.
        height, width = target["box"][2:]
        assert abs((inside > 0).sum() - target["area_pixels"]) < height + width
        rest[row : row + side, column : column + side] = 0
    assert not rest.any()


def test_the_window_is_that_of_dicom():
    phantom = Phantom("ct-head")
    case = phantom.case(0)
    slope, intercept = phantom.rescale
    # DICOM PS3.3 C.11.2.1.2.1 with the window of the file: centre 40, width 120.
    assert "center_hu = 40.0, width_hu = 120.0" in phantom.source
    position = (case.image * slope + intercept - 39.5) / 119 + 0.5
    expected = np.floor(np.clip(position * 255 + 0.5, 0, 255))
    windowed = case.windowed()
    assert windowed.dtype == np.uint8
    np.testing.assert_array_equal(windowed, expected)


def test_overrides_change_what_they_name():
    doses = (100.0, 25.0, 6.25)
    full, quarter, sixteenth = (
        Phantom("ct-head", {"acquisition": {"ct": {"dose_percent": dose}}}).case(0) for dose in doses
    )
    assert full.sha256 == Phantom("ct-head").case(0).sha256
    assert [t["region"] for t in full.targets] == [t["region"] for t in quarter.targets]
    np.testing.assert_array_equal(full.mask, quarter.mask)
    # The same scene and the same noise, once, twice and four times: by the root of the dose.
    brain = np.s_[200:300, 200:300]
    once, thrice = (it.image[brain] - full.image[brain].astype(float) for it in (quarter, sixteenth))
    assert thrice.std() / once.std() == pytest.approx(3, rel=0.03)  # rounding to stored values


def test_a_phantom_is_found_by_the_path_of_its_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('format = 1\nextends = "ct-head"\nid = "mine"\n')
    assert Phantom(file).id == Phantom(str(file), overrides={}).id == "mine"
    assert Phantom(file, {"title": "Mine"}).title == "Mine"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Phantom("ct-hed"), "ct-head"),
        (lambda: Phantom("none.toml"), "none.toml"),
        (
            lambda: Phantom("ct-head", {"acquisition": {"ct": {"dose_percents": 50}}}),
            "unknown key `dose_percents`",
        ),
        (lambda: Phantom("ct-head", {"id": None}), "without None"),
        (lambda: Phantom("ct-head", {"extends": "us"}), "leave out `extends`"),
        (lambda: Phantom("ct-head").case(0, "val"), "there are train, tune, test"),
        (lambda: Phantom("ct-head").case(2**40), "2^40"),
    ],
)
def test_what_is_wrong_is_said(make, said):
    with pytest.raises(ValueError, match=r".") as error:
        make()
    assert said in str(error.value)


def test_a_phantom_goes_to_another_process():
    overrides = {"acquisition": {"ct": {"dose_percent": 25.0}}}
    phantom = Phantom("ct-head", overrides)
    copy = pickle.loads(pickle.dumps(phantom))
    assert copy.source == phantom.source != Phantom("ct-head").source
    assert copy.case(1).sha256 == phantom.case(1).sha256


def test_threads_draw_the_same_cases():
    phantom = Phantom("shapes")
    alone = [phantom.case(index).sha256 for index in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda index: phantom.case(index).sha256, range(4)))
    assert together == alone and len(set(alone)) == 4


def test_the_interpreter_is_free_while_a_case_is_drawn():
    phantom = Phantom("ct-head")
    drawing = threading.Thread(target=phantom.case, args=(0,))
    drawing.start()
    steps = 0
    while drawing.is_alive():
        steps += 1
    # A call that keeps the interpreter lets this loop begin once, when it is over.
    assert steps > 1000
