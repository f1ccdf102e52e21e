"""Compares our codecs with independent ones; see scripts/check-codecs."""

import io
import pathlib
import subprocess
import sys
import tempfile

import imagecodecs
import numpy
import pydicom
from codec_peer import Ours, image, read, write
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRLittleEndian, JPEGExtended12Bit, generate_uid

# Decoders round the inverse transform each in its own way.
ROUNDING = 1
# The quality at which a table has steps above 255, and one below libjpeg's lowest.
QUALITIES_12 = [0.05, 0.5, 1, 3, 10, 35, 50, 75, 92.5, 100]
SIZES = [(64, 64), (61, 83), (7, 200), (1, 1)]
RATIOS = [5, 8, 10, 12, 15, 20, 30, 50, 80, 120, 200]


def apart(first: numpy.ndarray, second: numpy.ndarray) -> int:
    assert first.shape == second.shape, (first.shape, second.shape)
    return int(numpy.abs(first.astype(int) - second.astype(int)).max())


def dicom(path: pathlib.Path, pixels: bytes, rows: int, columns: int, syntax: str) -> pathlib.Path:
    """The least DICOM file that DCMTK takes: 12 bits stored in 16."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    file = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID = meta.MediaStorageSOPClassUID
    file.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    file.Rows, file.Columns = rows, columns
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    file.BitsAllocated, file.BitsStored, file.HighBit = 16, 12, 11
    file.PixelRepresentation = 0
    if syntax == ExplicitVRLittleEndian:
        file.PixelData = pixels
    else:
        file.PixelData = encapsulate([pixels])
        file["PixelData"].is_undefined_length = True
    file["PixelData"].VR = "OB" if syntax != ExplicitVRLittleEndian else "OW"
    file.save_as(path, enforce_file_format=True)
    return path


def dcmtk_decoded(path: pathlib.Path) -> numpy.ndarray:
    plain = path.with_suffix(".plain.dcm")
    subprocess.run(["dcmdjpeg", str(path), str(plain)], check=True)
    file = pydicom.dcmread(plain)
    return numpy.frombuffer(file.PixelData, "<u2")[: file.Rows * file.Columns].reshape(
        file.Rows, file.Columns
    )


def jpeg12_ours_in_theirs(ours: Ours, folder: pathlib.Path) -> None:
    worst, files = 0, 0
    for rows, columns in SIZES:
        for sigma in [10, 200]:
            source = write(folder / "in", image(rows, columns, 12, sigma, rows + columns))
            for quality in QUALITIES_12:
                file = folder / "ours.jpg"
                ours.ask("encode", "jpeg12", 12, rows, columns, source, file, f"quality={quality}")
                decoded = read(f"{file}.raw", rows, columns)
                theirs = imagecodecs.jpeg8_decode(file.read_bytes())
                wrapped = dicom(
                    folder / "ours.dcm", file.read_bytes(), rows, columns, JPEGExtended12Bit
                )
                for other in [theirs, dcmtk_decoded(wrapped)]:
                    worst = max(worst, apart(decoded, other))
                files += 1
    assert worst <= ROUNDING, worst
    print(f"jpeg12: {files} of our files in imagecodecs and DCMTK: at most {worst} apart")


def jpeg12_theirs_in_ours(ours: Ours, folder: pathlib.Path) -> None:
    worst, files = 0, 0
    for rows, columns in SIZES:
        pixels = image(rows, columns, 12, 40, rows)
        for quality in [5, 30, 75, 95, 100]:
            file = folder / "theirs.jpg"
            file.write_bytes(imagecodecs.jpeg8_encode(pixels, level=quality, bitspersample=12))
            ours.ask("decode", "jpeg12", 12, file, folder / "out")
            decoded = read(folder / "out", rows, columns)
            worst = max(worst, apart(decoded, imagecodecs.jpeg8_decode(file.read_bytes())))
            plain = dicom(
                folder / "plain.dcm", pixels.tobytes(), rows, columns, ExplicitVRLittleEndian
            )
            packed = folder / "packed.dcm"
            command = ["dcmcjpeg", "+ee", "+q", str(quality), "+bt", str(plain), str(packed)]
            subprocess.run(command, check=True)
            frame = next(generate_frames(pydicom.dcmread(packed).PixelData, number_of_frames=1))
            file.write_bytes(frame)
            ours.ask("decode", "jpeg12", 12, file, folder / "out")
            worst = max(worst, apart(read(folder / "out", rows, columns), dcmtk_decoded(packed)))
            files += 2
    assert worst <= ROUNDING, worst
    print(f"jpeg12: {files} files of imagecodecs and DCMTK in ours: at most {worst} apart")


def jpeg(ours: Ours, folder: pathlib.Path) -> None:
    rows, columns = 150, 171
    pixels = image(rows, columns, 8, 80, 1)
    source = write(folder / "in", pixels)
    worst, largest = 0, 0.0
    for quality in range(1, 101):
        file = folder / "ours.jpg"
        ours.ask("encode", "jpeg", 8, rows, columns, source, file, f"quality={quality}")
        saved = io.BytesIO()
        options = {"quality": quality, "optimize": True}
        Image.fromarray(pixels.astype("u1")).save(saved, "JPEG", **options)
        with Image.open(file) as opened, Image.open(saved) as reference:
            assert opened.quantization == reference.quantization, quality
            worst = max(worst, apart(numpy.asarray(opened), read(f"{file}.raw", rows, columns)))
        largest = max(largest, file.stat().st_size / len(saved.getvalue()) - 1)
        # Extended sequential of 8 bits, decoded by our own decoder.
        file = folder / "ours12.jpg"
        ours.ask("encode", "jpeg12", 8, rows, columns, source, file, f"quality={quality}")
        with Image.open(file) as opened:
            worst = max(worst, apart(numpy.asarray(opened), read(f"{file}.raw", rows, columns)))
    # A file of ours that is larger than libjpeg's by more than its rounding of the transform.
    assert largest < 0.01, largest
    assert worst <= 2, worst
    print(
        f"jpeg: quantisation tables equal libjpeg's at all qualities; libjpeg decodes at most "
        f"{worst} grey levels apart; our files are at most {100 * largest:.2f} % larger"
    )


def jpeg2000(ours: Ours, folder: pathlib.Path) -> None:
    files = 0
    for bits, sigma in [(12, 10), (8, 80), (16, 20)]:
        rows, columns = 300, 256
        source = write(folder / "in", image(rows, columns, bits, sigma, bits))
        targets = [f"ratio={ratio}" for ratio in RATIOS]
        for codec, target in [("jpeg2000", t) for t in targets] + [("lossless", "lossless")]:
            file = folder / "ours.j2k"
            ours.ask("encode", codec, bits, rows, columns, source, file, target)
            theirs = imagecodecs.jpeg2k_decode(file.read_bytes())
            assert apart(read(f"{file}.raw", rows, columns), theirs) == 0, (codec, target, bits)
            files += 1
    print(f"jpeg2000: {files} of our files in imagecodecs: the same pixels")


def htj2k(ours: Ours, folder: pathlib.Path) -> None:
    files = 0
    for bits in [8, 16]:
        for rows, columns in SIZES:
            pixels = image(rows, columns, bits, 40, rows)
            # The encoder declares the bits of the array.
            pixels = pixels.astype("u1") if bits == 8 else pixels
            for options in [{"reversible": True}, {"reversible": False, "level": 0.01}]:
                file = folder / "theirs.j2c"
                file.write_bytes(imagecodecs.htj2k_encode(pixels, **options))
                ours.ask("decode", "htj2k", bits, file, folder / "out")
                # OpenJPH and OpenJPEG restore irreversible coefficients at other points.
                lossless = options["reversible"]
                decode = imagecodecs.htj2k_decode if lossless else imagecodecs.jpeg2k_decode
                decoded = read(folder / "out", rows, columns)
                theirs = decode(file.read_bytes())
                assert apart(decoded, theirs) == 0, (bits, rows, columns, options)
                files += 1
    print(f"htj2k: {files} files of OpenJPH in ours: the pixels of OpenJPH or, if lossy, OpenJPEG")


def jpegls(ours: Ours, folder: pathlib.Path) -> None:
    """Our files in CharLS, and the samples as it codes them with the same error allowed."""
    files, same = 0, 0
    for rows, columns in SIZES:
        for bits in [8, 10, 12, 16]:
            pixels = image(rows, columns, bits, 40, rows + bits)
            source = write(folder / "in", pixels)
            for target in ["psnr=70", "psnr=55", "psnr=45", "psnr=38", "psnr=30", "ratio=6"]:
                file = folder / "ours.jls"
                ours.ask("encode", "jpegls", bits, rows, columns, source, file, target)
                written, decoded = file.read_bytes(), read(f"{file}.raw", rows, columns)
                assert apart(decoded, imagecodecs.jpegls_decode(written)) == 0, (bits, target)
                scan = written.index(b"\xff\xda")
                near = written[scan + 7]
                assert apart(decoded, pixels) <= near, (bits, target, near)
                files += 1
                # imagecodecs has 8 and 16 bits alone.
                if bits in (8, 16):
                    dtype = "u1" if bits == 8 else "u2"
                    theirs = imagecodecs.jpegls_encode(pixels.astype(dtype), level=near)
                    assert theirs[theirs.index(b"\xff\xda") :] == written[scan:], (bits, near)
                    ours.ask("decode", "jpegls", bits, write_bytes(folder / "t", theirs), folder / "o")
                    assert apart(read(folder / "o", rows, columns), decoded) == 0
                    same += 1
    print(f"jpegls: {files} of our files in CharLS to the sample; {same} of its own to the byte")


def write_bytes(path: pathlib.Path, data: bytes) -> pathlib.Path:
    path.write_bytes(data)
    return path


def main() -> None:
    ours = Ours(sys.argv[1])
    print(f"imagecodecs {imagecodecs.__version__}, {Image.__name__} {Image.__version__}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        jpeg(ours, folder)
        jpeg12_ours_in_theirs(ours, folder)
        jpeg12_theirs_in_ours(ours, folder)
        jpeg2000(ours, folder)
        htj2k(ours, folder)
        jpegls(ours, folder)
    print("ok")


if __name__ == "__main__":
    main()
