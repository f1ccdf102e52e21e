"""Reads back what `generate` wrote, for `scripts/check-datasets`."""

import ctypes
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
BINARY, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
os.environ["HF_HOME"] = str(WORK / "huggingface")
os.environ["CROISSANT_CACHE"] = str(WORK / "croissant")
PHANTOM = "tests/phantom/small.toml"
FORMATS = "npy,npz,png,tiff,dicom,dicomdir,codestream,imagefolder,webdataset,coco,nifti,nnunet,yolo"
WAYS = "jpegls@10,jpeg2000@10,jpeg@10,jpeg2000-windowed@10,jpeg12@10,lossless"
# 56 training images: more than one shard.
COUNT = 80

import numpy  # noqa: E402

FAILED: list[str] = []


def generate(out, count=COUNT, formats=FORMATS, ways=WAYS, phantom=PHANTOM, **options):
    command = [BINARY, "generate", phantom, "--count", str(count), "--format", formats]
    command += ["--out", str(out), "--quiet"]
    if ways:
        command += ["--compress", ways]
    return subprocess.run(command, capture_output=True, text=True, **options)


def written(out, **options):
    result = generate(out, **options)
    assert result.returncode == 0, result.stderr
    return out


def tree(directory):
    """Relative paths and hashes of every file."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


class Rendition:
    """The originals or one way of compression."""

    def __init__(self, directory):
        self.directory = directory
        self.name = directory.name

    def rows(self, split):
        with open(self.directory / split / "metadata.jsonl") as lines:
            return [json.loads(line) for line in lines]

    def image(self, split, index):
        return numpy.load(self.directory / split / f"{index:06}.npy")

    def mask(self, split, index):
        from PIL import Image

        return numpy.asarray(Image.open(self.directory / split / f"{index:06}.mask.png"))


SPLITS = ("train", "tune", "test")


def check_numpy(renditions):
    for rendition in renditions:
        dtype = numpy.uint8 if "windowed" in rendition.name else numpy.uint16
        for split in SPLITS:
            for row in rendition.rows(split):
                image = rendition.image(split, row["index"])
                assert image.dtype == dtype, (rendition.name, image.dtype)
                digest = hashlib.sha256(image.astype("<u2").tobytes()).hexdigest()
                assert digest == row["sha256"], (rendition.name, split, row["index"])
                with numpy.load(
                    rendition.directory / split / f"{row['index']:06}.npz", allow_pickle=False
                ) as archive:
                    assert (archive["image"] == image).all()
                    assert (archive["mask"] == rendition.mask(split, row["index"])).all()
                    classes = [target["class_index"] for target in row["targets"]]
                    assert archive["class_index"].tolist() == classes
                    regions = [target["region"] for target in row["targets"]]
                    assert archive["region"].tolist() == regions
                    for target, value in zip(row["targets"], archive["contrast"]):
                        wanted = target["contrast"]
                        assert numpy.isnan(value) if wanted is None else value == wanted


def check_pictures(renditions):
    import tifffile
    from PIL import Image

    for rendition in renditions:
        for row in rendition.rows("train")[:8]:
            image = rendition.image("train", row["index"])
            assert row["file_name"].endswith(".png")
            path = rendition.directory / "train" / row["file_name"]
            picture = numpy.asarray(Image.open(path))
            assert picture.dtype == image.dtype and (picture == image).all(), path
            mask = rendition.mask("train", row["index"])
            stem = str(path)[: -len(".png")]
            assert (numpy.load(stem + ".mask.npy") == mask).all() and mask.any()
            assert (tifffile.imread(stem + ".mask.tiff") == mask).all()
            if image.dtype == numpy.uint16:
                visible = numpy.asarray(Image.open(stem + ".window.png"))
                # PS3.3 C.11.2.1.2.1, of small.toml: centre 40, width 120, intercept −1024.
                grey = ((image - 1024.0 - 39.5) / 119 + 0.5) * 255
                assert visible.dtype == numpy.uint8 and visible.max() > 100, path
                assert abs(visible - grey.clip(0, 255)).max() <= 1, path
            tiff = tifffile.imread(path.with_suffix(".tiff"))
            assert tiff.dtype == image.dtype and (tiff == image).all(), path
            assert (numpy.asarray(Image.open(path.with_suffix(".tiff"))) == image).all()
    # The trap that the card warns of is still there: if it were gone, the warning should go.
    path = renditions[0].directory / "train" / "000000.png"
    assert numpy.asarray(Image.open(path).convert("RGB")).max() <= 255


def check_truth(renditions):
    for split in SPLITS:
        for row in renditions[0].rows(split):
            mask = renditions[0].mask(split, row["index"])
            for target in row["targets"]:
                top, left, side = target["region"]
                found = mask[top : top + side, left : left + side]
                if target["class"] == "absent":
                    assert not found.any()
                    missing = ["contrast", "box", "detectability", "center_mm", "area_pixels"]
                    assert all(target[key] is None for key in missing)
                    continue
                assert set(numpy.unique(found)) == {0, target["class_index"] + 1}
                # A pixel counts from one half on, so a mask errs along its outline only.
                assert abs((found > 0).sum() / target["area_pixels"] - 1) < 0.25
                area = numpy.pi * target["equivalent_radius_mm"] ** 2
                assert abs(target["area_mm2"] / area - 1) < 1e-9
                rows, columns = numpy.nonzero(found)
                center = numpy.array([rows.mean() + top + 0.5, columns.mean() + left + 0.5])
                assert abs(center - target["center_pixels"]).max() < 0.5
                spacing = row["pixel_spacing_mm"]
                origin = numpy.array([row["rows"], row["columns"]]) / 2
                millimetres = (numpy.array(target["center_pixels"]) - origin) * spacing
                assert abs(millimetres - target["center_mm"]).max() < 1e-9
                assert target["contrast_unit"] and target["detectability"] > 0
    for rendition in renditions[1:]:
        for row in rendition.rows("test"):
            compression = row["compression"]
            path = rendition.directory / "test" / f"{row['index']:06}"
            files = [path.with_suffix(end) for end in (".jpg", ".j2k", ".jls")]
            (size,) = [file.stat().st_size for file in files if file.exists()]
            assert size == compression["codestream_bytes"]
            if compression["target_ratio"]:
                assert compression["reached"]
                assert compression["ratio_stored"] >= compression["target_ratio"]


def check_hugging_face(renditions):
    import datasets

    datasets.disable_progress_bars()
    root = renditions[0].directory
    loaded = datasets.load_dataset(str(root), "images")
    assert list(loaded) == list(SPLITS), loaded
    for split in SPLITS:
        rows = renditions[0].rows(split)
        assert len(loaded[split]) == len(rows)
        for row, sample in zip(rows, loaded[split]):
            image = numpy.asarray(sample["image"])
            expected = renditions[0].image(split, row["index"])
            assert image.dtype == numpy.uint16 and (image == expected).all()
            assert sample["index"] == row["index"] and sample["sha256"] == row["sha256"]
            assert sample["targets"][0]["class"] == row["targets"][0]["class"]
    features = loaded["train"].features
    assert features["index"].dtype == "int64" and features["pixel_spacing_mm"].dtype == "float64"
    assert "mask" in features, features
    regions = datasets.load_dataset(str(root), "regions")
    names = regions["train"].features["label"].names
    counts = sum(len(row["targets"]) for row in renditions[0].rows("train"))
    assert len(regions["train"]) == counts and "5-absent" in names, names
    # The number of a class is that of everything else.
    assert [int(name.split("-")[0]) for name in names] == list(range(len(names))), names
    by_directory = datasets.load_dataset("imagefolder", data_dir=str(root / "imagefolder"))
    assert by_directory["test"].features["label"].names == names
    image = numpy.asarray(regions["train"][0]["image"])
    assert image.dtype == numpy.uint16 and image.max() > 255
    compressed = datasets.load_dataset(str(root), f"{renditions[1].name}-images")
    row = renditions[1].rows("test")[1]
    image = numpy.asarray(compressed["test"][1]["image"])
    assert (image == renditions[1].image("test", 1)).all()
    assert compressed["test"][1]["compression"]["codec"] == row["compression"]["codec"]
    shards = {"train": str(root / "webdataset" / "train-*.tar")}
    samples = datasets.load_dataset("webdataset", data_files=shards)["train"]
    assert len(samples) == len(renditions[0].rows("train"))
    assert (numpy.asarray(samples[3]["npy"]) == renditions[0].image("train", 3)).all()


def check_image_folder(renditions):
    """What torchvision.datasets.ImageFolder does: sorted directories are the classes."""
    from PIL import Image

    for rendition in renditions:
        for split in SPLITS:
            directory = rendition.directory / "imagefolder" / split
            classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
            found = {name: 0 for name in classes}
            for row in rendition.rows(split):
                image = rendition.image(split, row["index"])
                for number, target in enumerate(row["targets"]):
                    name = f"{row['index']:06}-{number:03}.png"
                    folder = f"{target['class_index']}-{target['class']}"
                    assert classes[target["class_index"]] == folder, classes
                    picture = numpy.asarray(Image.open(directory / folder / name))
                    top, left, side = target["region"]
                    region = image[top : top + side, left : left + side]
                    assert picture.dtype == image.dtype and (picture == region).all()
                    found[folder] += 1
            for name, count in found.items():
                assert len(list((directory / name).iterdir())) == count
        assert len(classes) == 6, classes


def check_medical(renditions):
    """NIfTI, nnU-Net's raw dataset and YOLO."""
    import nibabel
    from PIL import Image

    for number, rendition in enumerate(renditions[:2], start=1):
        raw = rendition.directory / "nnunet" / f"Dataset{number:03}_small-head"
        dataset = json.loads((raw / "dataset.json").read_text())
        cases = {"Tr": 0, "Ts": 0}
        for split in SPLITS:
            for row in rendition.rows(split):
                index = row["index"]
                image, mask = rendition.image(split, index), rendition.mask(split, index)
                stem = str(rendition.directory / split / f"{index:06}")
                loaded = nibabel.load(stem + ".nii.gz")
                assert nibabel.aff2axcodes(loaded.affine) == ("L", "P", "S"), loaded.affine
                assert abs(loaded.header.get_zooms()[0] - row["pixel_spacing_mm"]) < 1e-6
                assert numpy.allclose(loaded.get_qform(), loaded.get_sform())
                stored = numpy.asarray(loaded.dataobj.get_unscaled())[:, :, 0].T
                assert (stored == image).all()
                labels = numpy.asarray(nibabel.load(stem + ".mask.nii.gz").dataobj)[:, :, 0].T
                assert (labels == mask).all()
                part = "Ts" if split == "test" else "Tr"
                case = f"{split}-{index:06}"
                of_case = nibabel.load(raw / f"images{part}" / f"{case}_0000.nii.gz")
                assert (numpy.asarray(of_case.dataobj.get_unscaled())[:, :, 0].T == image).all()
                of_case = nibabel.load(raw / f"labels{part}" / f"{case}.nii.gz")
                found = numpy.asarray(of_case.dataobj)[:, :, 0].T
                assert (found == mask).all()
                assert set(numpy.unique(found)) <= set(dataset["labels"].values())
                cases[part] += 1
                yolo = rendition.directory / "yolo"
                picture = Image.open(yolo / "images" / split / f"{index:06}.png")
                assert picture.mode == "L" and picture.size == (row["columns"], row["rows"])
                lines = (yolo / "labels" / split / f"{index:06}.txt").read_text().splitlines()
                present = [t for t in row["targets"] if t["class"] != "absent"]
                assert len(lines) == len(present)
                for line, target in zip(lines, present):
                    kind, x, y, width, height = line.split()
                    top, left, rows, columns = target["box"]
                    assert int(kind) == target["class_index"]
                    box = [float(x) - float(width) / 2, float(y) - float(height) / 2]
                    assert abs(box[0] * row["columns"] - left) < 1e-4
                    assert abs(box[1] * row["rows"] - top) < 1e-4
                    assert abs(float(width) * row["columns"] - columns) < 1e-4
        assert dataset["numTraining"] == cases["Tr"] == len(list((raw / "imagesTr").iterdir()))
        assert sorted(dataset["labels"].values()) == list(range(len(dataset["labels"])))


def check_media(renditions):
    """A file-set as pydicom reads it: the objects of the dataset, each patient with its own."""
    import pydicom
    from pydicom.fileset import FileSet

    for rendition in renditions:
        medium = rendition.directory / "dicomdir"
        listed = FileSet(medium / "DICOMDIR")
        valid([medium / "DICOMDIR"])
        of_kind = {"I": {}, "S": {}}
        for instance in listed:
            path = pathlib.Path(instance.path)
            of_kind[path.name[0]][path.parent.name.lower(), int(path.name[1:])] = path, instance
        expected = {(split, row["index"]) for split in SPLITS for row in rendition.rows(split)}
        assert set(of_kind["I"]) == expected
        assert set(of_kind["S"]) == (expected if rendition is renditions[0] else set())
        assert len(listed.find_values("PatientID")) == len(expected)
        for kind, ending in (("I", ".dcm"), ("S", ".seg.dcm")):
            for (split, index), (path, instance) in of_kind[kind].items():
                beside = rendition.directory / split / f"{index:06}{ending}"
                assert path.read_bytes() == beside.read_bytes(), path
                object = pydicom.dcmread(path, stop_before_pixels=True)
                assert instance.PatientID == object.PatientID
                assert instance.SOPInstanceUID == object.SOPInstanceUID


def check_segmentations(renditions):
    import highdicom
    import pydicom

    root = renditions[0].directory
    valid(sorted(root.glob("*/*.seg.dcm"))[:6])
    patients = set()
    for split in SPLITS:
        for row in renditions[0].rows(split):
            path = root / split / f"{row['index']:06}"
            segmentation = highdicom.seg.segread(str(path) + ".seg.dcm")
            image = pydicom.dcmread(str(path) + ".dcm")
            assert segmentation.PatientID == image.PatientID not in patients
            patients.add(image.PatientID)
            assert segmentation.StudyInstanceUID == image.StudyInstanceUID
            assert segmentation.FrameOfReferenceUID == image.FrameOfReferenceUID
            again = numpy.zeros((row["rows"], row["columns"]), numpy.uint8)
            labels = {d.segment_number: d.segment_label for d in segmentation.SegmentSequence}
            values = {t["class"]: t["class_index"] + 1 for t in row["targets"]}
            found = segmentation.get_pixels_by_source_instance([image.SOPInstanceUID])[0]
            for number, label in labels.items():
                again[found[..., number - 1] > 0] = values.get(label, 255)
            assert (again == renditions[0].mask(split, row["index"])).all(), path


def check_webdataset(renditions):
    import webdataset

    for rendition in renditions:
        for split in SPLITS:
            shards = sorted((rendition.directory / "webdataset").glob(f"{split}-*.tar"))
            samples = webdataset.WebDataset([str(shard) for shard in shards], shardshuffle=False)
            rows = rendition.rows(split)
            seen = 0
            for row, sample in zip(rows, samples.decode()):
                image = rendition.image(split, row["index"])
                assert sample["npy"].dtype == image.dtype and (sample["npy"] == image).all()
                assert (sample["mask.npy"] == rendition.mask(split, row["index"])).all()
                assert sample["json"]["targets"] == row["targets"]
                seen += 1
            assert seen == len(rows)
    shards = list((renditions[0].directory / "webdataset").glob("train-*.tar"))
    assert len(shards) == 2, shards


def check_coco(renditions):
    import contextlib

    from pycocotools import mask as runs
    from pycocotools.coco import COCO

    for rendition in renditions[:2]:
        for split in SPLITS:
            with contextlib.redirect_stdout(io.StringIO()):
                path = rendition.directory / "annotations" / f"instances_{split}.json"
                coco = COCO(str(path))
            rows = rendition.rows(split)
            assert sorted(coco.imgs) == [row["index"] for row in rows]
            for row in rows:
                mask = rendition.mask(split, row["index"])
                again = numpy.zeros_like(mask)
                annotations = coco.imgToAnns[row["index"]]
                present = [t for t in row["targets"] if t["class"] != "absent"]
                assert len(annotations) == len(present)
                for annotation, target in zip(annotations, present):
                    inside = coco.annToMask(annotation)
                    again[inside > 0] = annotation["category_id"]
                    encoded = runs.encode(numpy.asfortranarray(inside))
                    assert runs.toBbox(encoded).tolist() == annotation["bbox"]
                    assert runs.area(encoded) == annotation["area"]
                    name = coco.cats[annotation["category_id"]]["name"]
                    assert name == target["class"]
                    holes = sum(border["hole"] for border in annotation["borders"])
                    assert holes == (1 if name == "ring" else 0), (name, holes)
                assert (again == mask).all()
                assert coco.imgs[row["index"]]["file_name"] == row["file_name"]


def check_croissant(renditions):
    import mlcroissant

    root = renditions[0].directory
    path = root / "croissant.json"
    validate = pathlib.Path(sys.executable).parent / "mlcroissant"
    result = subprocess.run(
        [str(validate), "validate", "--jsonld", str(path)], capture_output=True, text=True
    )
    assert result.returncode == 0 and "Done" in result.stderr + result.stdout, result.stderr
    dataset = mlcroissant.Dataset(jsonld=str(path))
    assert not dataset.metadata.issues.errors, dataset.metadata.issues.errors
    for name, rendition in [("test", renditions[0]), ("lossless/test", renditions[-1])]:
        records = list(dataset.records(record_set=name))
        rows = rendition.rows("test")
        assert len(records) == len(rows)
        for record, row in zip(records, rows):
            assert record[f"{name}/index"] == row["index"]
            assert record[f"{name}/sha256"] in (row["sha256"], row["sha256"].encode())
            classes = [target[f"{name}/targets/class"] for target in record[f"{name}/targets"]]
            expected = [target["class"] for target in row["targets"]]
            assert [c.decode() if isinstance(c, bytes) else c for c in classes] == expected
    # A changed byte is found: `load` compares hashes.
    copy = WORK / "croissant-copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("*.np?", "*.dcm", "*.png", "*.t*"))
    metadata = copy / "test" / "metadata.jsonl"
    metadata.write_text(metadata.read_text().replace("disk", "dusk"))
    try:
        list(mlcroissant.Dataset(jsonld=str(copy / "croissant.json")).records(record_set="test"))
    except Exception as error:
        assert "hash" in f"{error} {error.__cause__}".lower(), error
    else:
        raise AssertionError("a changed metadata.jsonl was loaded")


SYNTAXES = {
    "": "1.2.840.10008.1.2.1",
    "jpeg2000": "1.2.840.10008.1.2.4.91",
    "jpeg2000-windowed": "1.2.840.10008.1.2.4.91",
    "jpeg-windowed": "1.2.840.10008.1.2.4.50",
    "jpeg12": "1.2.840.10008.1.2.4.51",
    "jpegls": "1.2.840.10008.1.2.4.81",
    "lossless": "1.2.840.10008.1.2.4.90",
}


def pixels(dicom, path):
    """Stored values; pydicom has no decoder of 12-bit JPEG under a permissive licence, and one of
    JPEG-LS in a package of its own, where DCMTK has CharLS."""
    import pydicom

    tools = {SYNTAXES["jpeg12"]: "dcmdjpeg", SYNTAXES["jpegls"]: "dcmdjpls"}
    tool = tools.get(dicom.file_meta.TransferSyntaxUID)
    if tool:
        subprocess.run([tool, str(path), str(WORK / "plain.dcm")], check=True)
        dicom = pydicom.dcmread(WORK / "plain.dcm")
    return dicom.pixel_array.astype(int)


def valid(paths):
    """No error of dciodvfy; warnings are allowed."""
    for path in paths:
        result = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True)
        text = result.stdout + result.stderr
        errors = [line for line in text.splitlines() if line.startswith("Error")]
        assert result.returncode == 0 and not errors, f"{path}: {errors}"


def check_dicom(renditions):
    import pydicom

    seen = set()
    for rendition in renditions:
        name = re.sub(r"-\d+$", "", rendition.name) if rendition is not renditions[0] else ""
        paths = sorted(rendition.directory.glob("*/*[0-9].dcm"))
        valid(paths[:3])
        for path in paths:
            split, index = path.parent.name, int(path.stem)
            dicom = pydicom.dcmread(path)
            assert dicom.file_meta.TransferSyntaxUID == SYNTAXES[name], (name, path)
            assert dicom.SOPInstanceUID not in seen
            seen.add(dicom.SOPInstanceUID)
            assert "SYNTHETIC" in str(dicom.PatientName) and dicom.QualityControlImage == "YES"
            image = rendition.image(split, index).astype(int)
            difference = abs(pixels(dicom, path) - image).max()
            # Decoders of lossy JPEG may round differently; those of what is coded in whole numbers
            # may not.
            allowed = 0 if name in ("", "lossless", "jpegls") else 1
            assert difference <= allowed, (name, path, difference)
            lossy = name not in ("", "lossless")
            assert dicom.LossyImageCompression == ("01" if lossy else "00")
            if lossy:
                ending = ".jls" if name == "jpegls" else ".j2k" if "2000" in name else ".jpg"
                size = path.with_suffix(ending)
                allocated = dicom.BitsAllocated // 8 * dicom.Rows * dicom.Columns
                ratio = allocated / size.stat().st_size
                assert abs(dicom.LossyImageCompressionRatio / ratio - 1) < 1e-9
    # dcmtk's decoder of baseline JPEG.
    for rendition in renditions:
        if rendition.name.startswith("jpeg-windowed"):
            for index in range(3):
                path = rendition.directory / "test" / f"{index:06}.dcm"
                plain = WORK / "plain.dcm"
                subprocess.run(["dcmdjpeg", str(path), str(plain)], check=True)
                decoded = pydicom.dcmread(plain).pixel_array.astype(int)
                image = rendition.image("test", index).astype(int)
                assert abs(decoded - image).max() <= 1


def check_dicom_classes(_):
    """Objects of every class and syntax, which the test wrote."""
    import pydicom

    paths = sorted((WORK / "classes").glob("*.dcm"))
    classes = {path.name.split("-")[0] for path in paths}
    assert len(classes) == 9, classes
    valid(paths)
    for path in paths:
        dicom = pydicom.dcmread(path)
        expected = numpy.load(path.with_suffix(".npy"))
        lossy = dicom.LossyImageCompression == "01"
        difference = abs(pixels(dicom, path) - expected.astype(int)).max()
        assert difference <= (1 if lossy else 0), (path, difference)
        if dicom.file_meta.TransferSyntaxUID == SYNTAXES["jpeg-windowed"]:
            plain = WORK / "plain.dcm"
            subprocess.run(["dcmdjpeg", str(path), str(plain)], check=True)
            decoded = pydicom.dcmread(plain).pixel_array.astype(int)
            assert abs(decoded - expected.astype(int)).max() <= 1, path


def check_library(_):
    """Every phantom that comes with the program, as DICOM objects of its modality."""
    import pydicom

    listed = json.loads(subprocess.check_output([BINARY, "list", "--json"]))
    for phantom in listed:
        out = WORK / "library" / phantom["id"]
        written(out, count=2, formats="npy,dicom", ways="jpeg2000@10", phantom=phantom["id"])
        valid(sorted(out.rglob("*.dcm")))
        for path in sorted(out.rglob("*[0-9].dcm")):
            dicom = pydicom.dcmread(path)
            assert dicom.Modality == phantom["modality"]
            image = numpy.load(path.with_suffix(".npy")).astype(int)
            assert abs(dicom.pixel_array.astype(int) - image).max() <= 1


def check_manifest(renditions):
    root = renditions[0].directory
    hashes = json.loads((root / "manifest.json").read_text())["sha256"]
    found = tree(root)
    for other in ("manifest.json", ".phantom-limit"):
        found.pop(other)
    assert hashes == found
    assert subprocess.run([BINARY, "verify", str(root)]).returncode == 0


def check_interruptions(renditions):
    """Stopped by Ctrl-C at any moment and continued: the same bytes in every format."""
    expected = tree(renditions[0].directory)
    out = WORK / "stopped"
    command = [BINARY, "generate", PHANTOM, "--count", str(COUNT), "--format", FORMATS]
    command += ["--compress", WAYS, "--out", str(out), "--quiet"]
    began = time.monotonic()
    written(WORK / "timed")
    length = time.monotonic() - began
    assert tree(WORK / "timed") == expected
    stops = 0
    for share in (0.1, 0.3, 0.5, 0.7):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(length * share)
        process.send_signal(signal.SIGINT)
        code = process.wait()
        assert code in (0, 130), code
        stops += code == 130
        partial = list(out.rglob("*.partial"))
        assert not partial, partial
    assert stops, "the program was never stopped"
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert tree(out) == expected


def check_full_disk(renditions):
    """A full disk: a clear message, nothing half-written, and continued when there is room."""
    expected = tree(renditions[0].directory)
    out = WORK / "full"
    out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(out)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        print("  (mounting needs root: the full disk was not tried)")
        return
    result = generate(out / "set")
    assert result.returncode == 1, result.returncode
    assert "disk is full" in result.stderr and str(out) in result.stderr, result.stderr
    for file, digest in tree(out / "set").items():
        assert not file.endswith(".partial"), file
        if not file.startswith("parts/"):
            assert expected[file] == digest, file
    subprocess.run(["mount", "-o", "remount,size=512m", str(out)], check=True)
    written(out / "set")
    assert tree(out / "set") == expected
    subprocess.run(["umount", str(out)], check=True)


def without_huge_pages():
    """Pages of 2 MiB that the kernel gives or not as it likes hide what the program asks for."""
    pr_set_thp_disable = 41
    if ctypes.CDLL(None).prctl(pr_set_thp_disable, 1, 0, 0, 0) != 0:
        raise OSError("huge pages cannot be switched off")


def check_memory(_):
    """Four times the images take the same memory, within a tenth."""
    peaks = []
    for count in (1000, 4000):
        command = [BINARY, "generate", PHANTOM, "--count", str(count), "--quiet", "--jobs", "2"]
        command += ["--format", "npy,webdataset", "--out", str(WORK / f"memory-{count}")]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, preexec_fn=without_huge_pages
        )
        # What wait4 gives begins with the memory of this process, from which it was forked.
        status, peak = pathlib.Path(f"/proc/{process.pid}/status"), 0
        while process.poll() is None:
            found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
            peak = max(peak, int(found[1])) if found else peak
            time.sleep(0.05)
        assert process.returncode == 0 and peak
        peaks.append(peak)
        shutil.rmtree(WORK / f"memory-{count}")
    print(f"  peak memory: {peaks[0]} kB for 1000 images, {peaks[1]} kB for 4000")
    assert peaks[1] <= 1.1 * peaks[0], peaks


def main():
    root = written(WORK / "set")
    ways = ["jpegls-10", "jpeg2000-10", "jpeg-windowed-10", "jpeg2000-windowed-10", "jpeg12-10", "lossless"]
    renditions = [Rendition(root)] + [Rendition(root / way) for way in ways]
    for check in (
        check_numpy,
        check_pictures,
        check_truth,
        check_hugging_face,
        check_image_folder,
        check_medical,
        check_segmentations,
        check_media,
        check_webdataset,
        check_coco,
        check_croissant,
        check_dicom,
        check_dicom_classes,
        check_library,
        check_manifest,
        check_interruptions,
        check_full_disk,
        check_memory,
    ):
        began = time.monotonic()
        name = check.__name__.removeprefix("check_").replace("_", " ")
        try:
            check(renditions)
        except Exception:
            FAILED.append(name)
            print(f"FAILED {name}")
            traceback.print_exc()
        else:
            print(f"passed {name} ({time.monotonic() - began:.1f} s)", flush=True)
    if FAILED:
        print(f"check-datasets: failed: {', '.join(FAILED)}")
        sys.exit(1)
    print("check-datasets: all passed")


main()
