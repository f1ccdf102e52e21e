#!/usr/bin/env python3
"""Makes the codestreams of other programs that tests in tests/codecs and tests/exchange read.

usage: make_codestreams.py        beside this file; needs imagecodecs, numpy, pydicom, dcmtk

r, c = numpy.mgrid[:16, :24]; v = (37 * r * c) % 3000 * (c >= 8): runs and structure.
JPEG-LS by CharLS and JPEG 2000 by OpenJPEG (imagecodecs 2026.3.6), lossless JPEG by dcmcjpeg (DCMTK 3.6.7;
+pl codes 12 bits as 12, and what lies above the smallest value, which is 0).
"""

import pathlib
import subprocess
import tempfile

import imagecodecs
import numpy
import pydicom
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian

PLACE = pathlib.Path(__file__).parent
r, c = numpy.mgrid[:16, :24]
V = ((37 * r * c) % 3000 * (c >= 8)).astype("uint16")


def write(name: str, codestream: bytes) -> None:
    """One file beside this one."""
    (PLACE / name).write_bytes(codestream)
    print(name, len(codestream), "bytes")


def lossless_jpeg(name: str, values: numpy.ndarray, *options: str) -> None:
    """Lossless JPEG of DCMTK."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "2.25.1"
    dataset.StudyInstanceUID = dataset.SeriesInstanceUID = "2.25.2"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = values.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelData = values.astype("<u2").tobytes()
    with tempfile.TemporaryDirectory() as place:
        raw, coded = f"{place}/raw.dcm", f"{place}/coded.dcm"
        dataset.save_as(raw, enforce_file_format=True)
        subprocess.run(["dcmcjpeg", "+el", "+pl", "+ua", *options, raw, coded], check=True)
        pixels = pydicom.dcmread(coded).PixelData
    write(name, next(generate_frames(pixels, number_of_frames=1)))


S = V.astype("int16") - 2048
j2k = {"bitspersample": 12, "reversible": True, "level": 0}
write("openjpeg12signed.j2k", imagecodecs.jpeg2k_encode(S, codecformat="j2k", **j2k))
write("openjpeg12.jp2", imagecodecs.jpeg2k_encode(V, codecformat="jp2", **j2k))
write("charls12.jls", imagecodecs.jpegls_encode(V))
write("charls16.jls", imagecodecs.jpegls_encode(V * 20))
write("charls8near3.jls", imagecodecs.jpegls_encode((V // 16).astype("uint8"), level=3))
for predictor in range(1, 8):
    lossless_jpeg(f"dcmtk12p{predictor}.jpg", V, "+sv", str(predictor))
lossless_jpeg("dcmtk12p4shift2.jpg", V // 4 * 4, "+sv", "4", "+pt", "2")
