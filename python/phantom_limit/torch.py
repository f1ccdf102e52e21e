"""Regions of phantoms drawn on the fly, and compression as a transform. Needs PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, islice
from typing import Any, Optional

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from . import Phantom, decode, encode

__all__ = ["Compressed", "Regions"]


class Regions(IterableDataset):
    """Regions of the cases of a phantom with their classes, drawn when they are asked for.

    Yields (region, class): float32 [1, side, side], stored values over 2^bits_stored − 1, and the
    index of the class in `classes`. Cases are shared out among the workers of a DataLoader: worker k
    of n draws every n-th case from the k-th on, so that together they draw the same cases, whatever n
    is, each once.

    task: "identify" (which shape, or absent) or "detect" (absent or lesion).
    first, cases: the first case of the split, and how many; without end where `cases` is None.
    share: (k, n) where n processes share the cases, such as the ranks of distributed training.
    image_transform: applied to the whole image, uint16 [rows, columns], before regions are cut, such
    as Compressed(...).
    transform: applied to every region.

    Raises ValueError if the phantom does not ask that task, or a share is not possible.
    """

    def __init__(
        self,
        phantom: Phantom,
        *,
        split: str = "train",
        seed: int = 1,
        task: str = "identify",
        first: int = 0,
        cases: Optional[int] = None,
        share: tuple[int, int] = (0, 1),
        image_transform: Optional[Callable[[np.ndarray], np.ndarray]] = None,
        transform: Optional[Callable[[torch.Tensor], Any]] = None,
    ) -> None:
        shapes = [name for name in phantom.classes if name not in ("absent", "lesion")]
        known = {"identify": [*shapes, "absent"]}
        if "lesion" in phantom.classes:
            known["detect"] = ["absent", "lesion"]
        if task not in known:
            raise ValueError(f"{phantom.id} has no task `{task}`; it has {', '.join(known)}")
        if not 0 <= share[0] < share[1]:
            raise ValueError(f"share {share} is not possible: (k, n) with k from 0 to n - 1")
        self.phantom, self.split, self.seed, self.task = phantom, split, seed, task
        self.first, self.cases, self.share = first, cases, share
        self.image_transform, self.transform = image_transform, transform
        self.classes: list[str] = known[task]
        """Names of the classes by their index."""
        # Classes of detection follow those of shapes.
        self._before = len(shapes) if task == "detect" else 0

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        worker = get_worker_info()
        number, of = (worker.id, worker.num_workers) if worker else (0, 1)
        start, step = self.share[0] + self.share[1] * number, self.share[1] * of
        indices = count(self.first) if self.cases is None else range(self.first, self.first + self.cases)
        for index in islice(indices, start, None, step):
            yield from self._regions(index)

    def _regions(self, index: int) -> Iterator[tuple[Any, int]]:
        case = self.phantom.case(index, self.split, self.seed)
        image = case.image if self.image_transform is None else self.image_transform(case.image)
        values = np.asarray(image, dtype=np.float32) / np.float32(2**case.bits_stored - 1)
        for target in case.targets:
            if target["task"] == self.task:
                row, column, side = target["region"]
                region = values[row : row + side, column : column + side]
                region = torch.from_numpy(region[np.newaxis].copy())
                if self.transform is not None:
                    region = self.transform(region)
                yield region, target["class_index"] - self._before


class Compressed:
    """Compresses an image and decodes it again: an image as this codec leaves it at this level.

    Takes an array or a tensor whose last two axes are rows and columns, every other one being of
    images that are coded by themselves, and gives the same type, shape and device. In MONAI it is a
    transform as it is, or Lambdad("image", Compressed(...)); in torchvision it stands behind
    PILToTensor, which gives 8 bits.

    codec, and one of ratio, bpp, quality, psnr, ssim and max_error, and base: as in `encode`.
    bits_stored: bits of a stored value; those of uint8 and uint16 unless it is given.
    rescale: slope and intercept of values that are not stored ones (value = slope × stored +
    intercept): (1, -1024) for CT numbers of 12 bits, (1 / 255, 0) for 8 bits as values from 0 to 1.
    They are rounded to stored values and held within their range.

    Raises ValueError if values are no stored ones and no `rescale` is given.
    """

    def __init__(
        self,
        codec: str = "jpeg2000",
        *,
        ratio: Optional[float] = None,
        bpp: Optional[float] = None,
        quality: Optional[float] = None,
        psnr: Optional[float] = None,
        ssim: Optional[float] = None,
        max_error: Optional[float] = None,
        bits_stored: Optional[int] = None,
        base: str = "stored",
        rescale: Optional[tuple[float, float]] = None,
    ) -> None:
        self.codec, self.bits_stored, self.rescale = codec, bits_stored, rescale
        self.level = {
            "ratio": ratio,
            "bpp": bpp,
            "quality": quality,
            "psnr": psnr,
            "ssim": ssim,
            "max_error": max_error,
        }
        self.base = base

    def __call__(self, image: Any) -> Any:
        is_tensor = isinstance(image, torch.Tensor)
        values = image.detach().cpu().numpy() if is_tensor else np.asarray(image)
        if values.ndim < 2:
            raise ValueError(f"an image has rows and columns: this has shape {values.shape}")
        bits = self._bits(values.dtype)
        stored = self._stored(values, bits).reshape(-1, *values.shape[-2:])
        restored = np.stack([self._through(plane, bits) for plane in stored])
        restored = restored.reshape(values.shape)
        if self.rescale is not None:
            slope, intercept = self.rescale
            restored = restored.astype(np.float64) * slope + intercept
            if np.issubdtype(values.dtype, np.integer):
                restored = np.rint(restored)
        restored = restored.astype(values.dtype)
        if not is_tensor:
            return restored
        # A clone keeps what subclasses of tensors carry.
        return image.detach().clone().copy_(torch.from_numpy(restored))

    def _through(self, plane: np.ndarray, bits: int) -> np.ndarray:
        return decode(encode(plane, self.codec, **self.level, bits_stored=bits, base=self.base))

    def _bits(self, dtype: np.dtype) -> int:
        if self.bits_stored is not None:
            return self.bits_stored
        if dtype in (np.uint8, np.uint16):
            return dtype.itemsize * 8
        raise ValueError(f"values are {dtype}: give bits_stored, such as 12 for CT")

    def _stored(self, values: np.ndarray, bits: int) -> np.ndarray:
        peak = 2**bits - 1
        if self.rescale is not None:
            slope, intercept = self.rescale
            # Halves up, as stored values of phantoms are rounded.
            steps = (values.astype(np.float64) - intercept) / slope
            values = np.clip(np.floor(steps + 0.5), 0, peak)
        elif not (np.all(values >= 0) and np.all(values <= peak) and np.all(values == np.rint(values))):
            low, high = values.min(), values.max()
            raise ValueError(
                f"values from {low} to {high} are no stored ones, whole numbers from 0 to {peak}: give "
                "rescale, such as (1, -1024) for CT numbers or (1 / 255, 0) for values from 0 to 1"
            )
        return np.ascontiguousarray(values, dtype=np.uint8 if bits <= 8 else np.uint16)

    def __repr__(self) -> str:
        level = ", ".join(f"{name}={value}" for name, value in self.level.items() if value is not None)
        return f"Compressed({', '.join(part for part in (repr(self.codec), level) if part)})"
