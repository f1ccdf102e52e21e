"""Regions and compression in PyTorch, MONAI and torchvision."""

import numpy as np
import pytest

from phantom_limit import Phantom, decode, encode

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader  # noqa: E402

from phantom_limit.torch import Compressed, Regions  # noqa: E402


@pytest.fixture(scope="module")
def phantom():
    return Phantom("ct-head")


def drawn(regions, workers):
    loader = DataLoader(regions, batch_size=16, num_workers=workers)
    found = []
    for images, classes in loader:
        found += [(int(label), image.numpy().tobytes()) for image, label in zip(images, classes)]
    return found


def test_workers_share_out_the_cases(phantom):
    regions = Regions(phantom, split="test", cases=5, first=2)
    alone = drawn(regions, 0)
    assert len(alone) == len(set(alone)) > 5
    for workers in (1, 2, 3):
        assert sorted(drawn(regions, workers)) == sorted(alone)


def test_processes_share_out_the_cases(phantom):
    alone = drawn(Regions(phantom, cases=4), 0)
    parts = [drawn(Regions(phantom, cases=4, share=(k, 2)), workers) for k, workers in ((0, 2), (1, 0))]
    assert sorted(parts[0] + parts[1]) == sorted(alone)
    assert set(parts[0]).isdisjoint(parts[1])


def test_without_a_number_of_cases_there_is_no_end(phantom):
    regions = iter(Regions(phantom))
    many = len(phantom.case(0).targets) + 1
    assert len([next(regions) for _ in range(many)]) == many


@pytest.mark.parametrize("task", ["identify", "detect"])
def test_a_region_is_cut_out_of_its_case(phantom, task):
    case = phantom.case(0)
    regions = Regions(phantom, cases=1, task=task)
    targets = [target for target in case.targets if target["task"] == task]
    found = list(regions)
    assert len(found) == len(targets) > 3
    for (image, label), target in zip(found, targets):
        row, column, side = target["region"]
        stored = case.image[row : row + side, column : column + side]
        assert image.dtype == torch.float32 and image.shape == (1, side, side)
        np.testing.assert_array_equal(np.rint(image[0].numpy() * 4095), stored)
        present = target["contrast"] is not None
        assert regions.classes[label] == (("lesion" if present else "absent") if task == "detect" else target["class"])


def test_whole_images_are_compressed_before_regions_are_cut(phantom):
    compressed = Compressed(ratio=20, bits_stored=12)
    case = phantom.case(0)
    restored = decode(encode(case.image, "jpeg2000", ratio=20, bits_stored=12))
    (image, _), *_ = Regions(phantom, cases=1, image_transform=compressed)
    row, column, side = next(t for t in case.targets if t["task"] == "identify")["region"]
    np.testing.assert_array_equal(np.rint(image[0].numpy() * 4095), restored[row : row + side, column : column + side])
    (flipped, _), *_ = Regions(phantom, cases=1, image_transform=compressed, transform=lambda it: it.flip(-1))
    assert torch.equal(flipped, image.flip(-1))


def test_what_is_wrong_is_said(phantom):
    with pytest.raises(ValueError, match="it has identify, detect"):
        Regions(phantom, task="outline")
    with pytest.raises(ValueError, match="k from 0 to n - 1"):
        Regions(phantom, share=(2, 2))
    for values, said in (
        (torch.zeros(4), "rows and columns"),
        (torch.zeros(4, 4), "give bits_stored"),
    ):
        with pytest.raises(ValueError, match=said):
            Compressed(ratio=2)(values)
    with pytest.raises(ValueError, match="-1024.0 to -1024.0 are no stored ones"):
        Compressed(ratio=2, bits_stored=12)(np.full((16, 16), -1024.0))


def expected(stored, codec="jpeg2000", **level):
    return decode(encode(stored, codec, **level))


def test_arrays_and_tensors_keep_type_and_shape(phantom):
    image = phantom.case(1).image
    restored = expected(image, ratio=15, bits_stored=12)
    compressed = Compressed(ratio=15, bits_stored=12)
    np.testing.assert_array_equal(compressed(image), restored)
    for kind in (torch.float32, torch.int16, torch.int32):
        found = compressed(torch.from_numpy(image.astype(np.int32)).to(kind)[None])
        assert found.dtype == kind and found.shape == (1, *image.shape)
        np.testing.assert_array_equal(found[0].numpy(), restored)
    # Every channel is an image by itself.
    both = compressed(np.stack([image, image.T.copy()]))
    np.testing.assert_array_equal(both[0], restored)
    np.testing.assert_array_equal(both[1], expected(image.T.copy(), ratio=15, bits_stored=12))


def test_values_of_another_scale_come_back_on_it(phantom):
    image = phantom.case(1).image
    restored = expected(image, ratio=15, bits_stored=12)
    numbers = image.astype(np.float32) - 1024
    found = Compressed(ratio=15, bits_stored=12, rescale=(1, -1024))(torch.from_numpy(numbers))
    np.testing.assert_array_equal(found.numpy(), restored.astype(np.float32) - 1024)
    eight = (image >> 4).astype(np.uint8)
    shares = Compressed("jpeg", quality=50, bits_stored=8, rescale=(1 / 255, 0))(eight / np.float32(255))
    np.testing.assert_allclose(shares * 255, expected(eight, "jpeg", quality=50), atol=1e-4)


def test_it_is_a_transform_of_monai(phantom):
    monai = pytest.importorskip("monai")
    image = phantom.case(1).image
    tensor = monai.data.MetaTensor(torch.from_numpy(image.astype(np.float32))[None], meta={"patient": "p"})
    chain = monai.transforms.Compose(
        [monai.transforms.Lambdad("image", Compressed(ratio=15, bits_stored=12)), monai.transforms.Flipd("image", 1)]
    )
    found = chain({"image": tensor})["image"]
    assert isinstance(found, monai.data.MetaTensor) and found.meta["patient"] == "p"
    np.testing.assert_array_equal(found[0].numpy(), expected(image, ratio=15, bits_stored=12)[:, ::-1])


def test_it_is_a_transform_of_torchvision(phantom):
    transforms = pytest.importorskip("torchvision.transforms.v2")
    from PIL import Image

    eight = (phantom.case(1).image >> 4).astype(np.uint8)
    chain = transforms.Compose(
        [transforms.PILToTensor(), Compressed("jpeg", quality=40), transforms.ToDtype(torch.float32, scale=True)]
    )
    found = chain(Image.fromarray(eight))
    assert found.dtype == torch.float32
    np.testing.assert_array_equal(np.rint(found[0].numpy() * 255), expected(eight, "jpeg", quality=40))
