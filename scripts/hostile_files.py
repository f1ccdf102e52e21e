"""Files that are made to crash, starve or fool a reader, for scripts/check-hostile."""

import io
import os
import random
import struct
import zipfile
import zlib

# A file that must be read: what is made from it gets as far.
NOTHING_WRONG = "nothing wrong"
COMPRESS = ["compress", "FILE", "--codec", "jpeg", "--ratio", "10", "--out", "OUT"]
SIDES = [(1 << 26, 1), (1, 1 << 26), (8192, 8192), (65535, 65535), (1 << 31, 1 << 31)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(columns, rows, data, depth=8, colour=0, interlace=0, more=b""):
    head = struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, interlace)
    packed = chunk(b"IDAT", data)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + packed + chunk(b"IEND", b"")


def pngs():
    nothing = zlib.compress(b"")
    for columns, rows in SIDES:
        yield f"claims {columns}×{rows}", png(columns & 0xFFFFFFFF, rows & 0xFFFFFFFF, nothing)
        yield f"claims {columns}×{rows}, interlaced", png(
            columns & 0xFFFFFFFF, rows & 0xFFFFFFFF, nothing, interlace=1
        )
    bomb = zlib.compress(bytes(1 << 28), 9)
    yield "a bomb of 256 MiB for 16×16 pixels", png(16, 16, bomb)
    yield "4096×4096 of nothing but zeros", png(4096, 4096, zlib.compress(bytes(4097 * 4096), 9))
    yield "a text bomb", png(16, 16, nothing, more=chunk(b"zTXt", b"a\0\0" + bomb))
    yield "a profile bomb", png(16, 16, nothing, more=chunk(b"iCCP", b"a\0\0" + bomb))
    yield "100 000 empty chunks", png(16, 16, nothing, more=chunk(b"tEXt", b"a\0b") * 100_000)
    yield "no sides", png(0, 0, nothing)
    yield "a chunk of 2 GiB", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 1 << 31) + b"IHDR"
    yield "a depth of 3", png(16, 16, nothing, depth=3)


def tiff(entries, data=b"", order="<", next_directory=0, magic=42):
    """A classic TIFF of one directory; entries are tag, type, count, value."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", magic, 8)
    directory = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        directory += struct.pack(order + "HHII", tag, kind, count, value)
    return head + directory + struct.pack(order + "I", next_directory) + data


def grey(columns, rows, bits=8, compression=1, strips=(8, 16), count=1, rows_per_strip=None):
    entries = [
        (256, 4, 1, columns), (257, 4, 1, rows), (258, 3, 1, bits), (259, 3, 1, compression),
        (262, 3, 1, 1), (273, 4, count, strips[0]), (277, 3, 1, 1),
        (278, 4, 1, rows_per_strip or rows), (279, 4, count, strips[1]),
    ]
    return entries


def tiffs():
    for columns, rows in SIDES:
        yield f"claims {columns}×{rows}", tiff(grey(columns & 0xFFFFFFFF, rows & 0xFFFFFFFF))
        for compression, name in [(5, "LZW"), (8, "Deflate"), (32773, "PackBits"), (7, "JPEG")]:
            yield f"claims {columns}×{rows} of {name}", tiff(
                grey(columns & 0xFFFFFFFF, rows & 0xFFFFFFFF, compression=compression)
            )
    bomb = zlib.compress(bytes(1 << 28), 9)
    start = 8 + 2 + 12 * 9 + 4
    yield "a bomb of 256 MiB for 16×16 pixels", tiff(
        grey(16, 16, compression=8, strips=(start, len(bomb))), bomb
    )
    yield "four thousand million strips", tiff(grey(8192, 8192, count=0xFFFFFFFF, rows_per_strip=1))
    yield "strips beyond the file", tiff(grey(64, 64, strips=(0xFFFFFF00, 4096)))
    yield "a directory that is its own next", tiff(grey(16, 16), next_directory=8)
    yield "65535 entries of none", b"II" + struct.pack("<HIH", 42, 8, 65535)
    yield "a count that wraps", tiff([(256, 16, 1 << 31, 8), *grey(16, 16)[1:]])
    yield "no directory", b"II" + struct.pack("<HI", 42, 0)
    yield "BigTIFF with a directory at the end of the address space", b"II" + struct.pack(
        "<HHHQ", 43, 8, 0, (1 << 64) - 8
    )
    many = b"".join(tiff(grey(16, 16))[8:] for _ in range(3))
    yield "directories in one another", tiff(grey(16, 16), many, next_directory=20)


def jpeg(frame=0xC0, precision=8, rows=16, columns=16, components=1, scan=b"", more=b"", scans=1):
    parts = b"".join(bytes([at + 1, 0x11, 0]) for at in range(components))
    sof = struct.pack(">BHHB", precision, rows, columns, components) + parts
    tables = b"\xff\xdb\x00\x43\x00" + bytes([1] * 64)
    codes = bytes([0, 1] + [0] * 14) + b"\0"
    tables += b"".join(
        b"\xff\xc4" + struct.pack(">H", 3 + len(codes)) + bytes([kind]) + codes for kind in (0, 16)
    )
    sos = struct.pack(">HB", 6 + 2 * components, components)
    sos += b"".join(bytes([at + 1, 0]) for at in range(components)) + bytes([0, 63, 0])
    head = b"\xff\xd8" + more + tables + bytes([0xFF, frame]) + struct.pack(">H", 2 + len(sof)) + sof
    return head + (b"\xff\xda" + sos + scan) * scans + b"\xff\xd9"


def jpegs():
    for rows, columns in [(65535, 65535), (1, 65535), (65535, 1), (8192, 8192), (0, 16), (16, 0)]:
        yield f"claims {rows}×{columns}", jpeg(rows=rows, columns=columns)
        yield f"claims {rows}×{columns}, progressive", jpeg(0xC2, rows=rows, columns=columns)
    yield "4096×4096, 100 000 scans", jpeg(0xC2, rows=4096, columns=4096, scans=100_000)
    yield "2048×2048, 20 000 scans", jpeg(0xC2, rows=2048, columns=2048, scans=20_000)
    yield "zeros for 4096×4096 pixels", jpeg(rows=4096, columns=4096, scan=bytes(50_000))
    yield "255 components", jpeg(components=255)
    yield "no components", jpeg(components=0)
    yield "a precision of 255", jpeg(precision=255)
    yield "arithmetic coding", jpeg(0xC9)
    yield "hierarchical", jpeg(0xC5)
    yield "a segment of no bytes", jpeg(more=b"\xff\xe0\x00\x00")
    yield "100 000 comments", jpeg(more=b"\xff\xfe\x00\x02" * 100_000)
    yield "nothing but fill bytes", b"\xff\xd8" + b"\xff" * 1_000_000
    yield "codes of 17 bits", b"\xff\xd8\xff\xc4\x00\x14\x00" + b"\xff" * 17 + b"\xff\xd9"


def segment(marker, data):
    return struct.pack(">HH", marker, 2 + len(data)) + data


def siz(columns, rows, tile=(1 << 31, 1 << 31), components=1, depth=7, origin=(0, 0), step=(1, 1)):
    data = struct.pack(">HIIIIIIIIH", 0, columns, rows, *origin, *tile, 0, 0, components)
    return segment(0xFF51, data + bytes([depth, *step]) * min(components, 16384))


def cod(levels=5, layers=1, block=(4, 4), precincts=b"", progression=0, style=0):
    data = bytes([style | (1 if precincts else 0), progression]) + struct.pack(">HB", layers, 0)
    return segment(0xFF52, data + bytes([levels, *block, 0, 0]) + precincts)


def qcd(levels=5):
    return segment(0xFF5C, bytes([0x42]) + struct.pack(">H", 0x4800) * (3 * levels + 1))


def part(tile=0, number=0, parts=1, data=b"", length=None):
    length = 14 + len(data) if length is None else length
    return struct.pack(">HHHIBB", 0xFF90, 10, tile, length, number, parts) + b"\xff\x93" + data


def codestream(*segments, tail=b""):
    return b"\xff\x4f" + b"".join(segments) + tail + b"\xff\xd9"


def codestreams(honest):
    usual = lambda columns=64, rows=64, **it: [siz(columns, rows, **it), cod(), qcd()]
    for columns, rows in SIDES:
        yield f"claims {columns}×{rows}", codestream(
            *usual(columns & 0xFFFFFFFF, rows & 0xFFFFFFFF), tail=part()
        )
    yield "tiles of 1×1 for 2048×2048", codestream(*usual(2048, 2048, tile=(1, 1)), tail=part())
    yield "tiles of 16×16 for 2048×2048", codestream(*usual(2048, 2048, tile=(16, 16)), tail=part())
    yield "16384 components", codestream(*usual(components=16384), tail=part())
    yield "components of no step", codestream(*usual(step=(0, 0)), tail=part())
    yield "38 bits", codestream(*usual(depth=37), tail=part())
    yield "65535 layers", codestream(siz(2048, 2048), cod(layers=65535), qcd(), tail=part())
    yield "precincts of 2 pixels for 2048×2048", codestream(
        siz(2048, 2048), cod(precincts=bytes([0x11] * 6)), qcd(), tail=part()
    )
    yield "precincts of 1 pixel and 65535 layers", codestream(
        siz(1024, 1024), cod(layers=65535, precincts=bytes([0] * 6)), qcd(), tail=part()
    )
    yield "code-blocks of 2^17", codestream(siz(64, 64), cod(block=(15, 15)), qcd(), tail=part())
    yield "33 levels", codestream(siz(64, 64), cod(levels=33), qcd(33), tail=part())
    yield "steps for fewer levels", codestream(siz(64, 64), cod(levels=5), qcd(1), tail=part())
    for progression in range(6):
        yield f"progression {progression}, origin far away", codestream(
            siz(1 << 31, 1 << 31, origin=((1 << 31) - 64, (1 << 31) - 64)),
            cod(progression=progression), qcd(), tail=part(),
        )
    for parts in (1, 20, 255):
        lengths = segment(0xFF55, bytes([0, 0x50]) + struct.pack(">HI", 0, 14) * min(parts, 200))
        yield f"TLM and {parts} tile-parts", codestream(
            *usual(), lengths, tail=b"".join(part(number=it, parts=parts) for it in range(parts))
        )
    yield "tile-parts of no length", codestream(*usual(), tail=part(length=0) * 1000)
    yield "a tile-part longer than the file", codestream(*usual(), tail=part(length=0xFFFFFFFF))
    yield "two SIZ", codestream(*usual(), siz(8192, 8192), tail=part())
    yield "no COD", codestream(siz(64, 64), qcd(), tail=part())
    yield "packed headers of nothing", codestream(*usual(), segment(0xFF60, b"\0" * 9), tail=part())
    yield "POC of 255 changes", codestream(
        *usual(), segment(0xFF5F, bytes([0, 0, 0xFF, 0xFF, 33, 255, 4]) * 255), tail=part()
    )
    yield "an unknown segment", codestream(*usual(), segment(0xFF7F, b"\0" * 99), tail=part())
    yield "boxes in boxes", jp2_in_boxes(codestream(*usual(), tail=part()))
    chance = random.Random(1)
    for number in range(20):
        damaged = bytearray(honest)
        for _ in range(20):
            damaged[chance.randrange(2, len(damaged))] = chance.randrange(256)
        yield f"damaged, {number + 1} of 20", bytes(damaged)
    yield "cut in half", honest[: len(honest) // 2]
    yield NOTHING_WRONG, honest


def jp2_in_boxes(stream):
    box = lambda kind, data: struct.pack(">I", 8 + len(data)) + kind + data
    inner = box(b"jp2c", stream)
    for _ in range(2000):
        inner = box(b"asoc", inner)
    signature = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return signature + inner


EXPLICIT, IMPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"
JPEG2000, JPEGLS, RLE = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.5"
JPEG, HTJ2K = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.201"
LONG = {b"OB", b"OW", b"SQ", b"UN", b"UT"}


def element(group, number, kind, data, length=None):
    length = len(data) if length is None else length
    tag = struct.pack("<HH", group, number)
    if kind is None:
        return tag + struct.pack("<I", length) + data
    if kind in LONG:
        return tag + kind + b"\0\0" + struct.pack("<I", length) + data
    return tag + kind + struct.pack("<H", length) + data


def text(value):
    return value.encode() + (b"\0" if len(value) % 2 else b"")


def short(value):
    return struct.pack("<H", value)


def image(rows=16, columns=16, bits=16, frames=None, pixels=b"", before=b"", length=None, implicit=False):
    kind = (lambda it: None) if implicit else (lambda it: it)
    parts = before + element(0x28, 2, kind(b"US"), short(1))
    parts += element(0x28, 4, kind(b"CS"), b"MONOCHROME2 ")
    if frames is not None:
        parts += element(0x28, 8, kind(b"IS"), text(str(frames)))
    for number, value in [(0x10, rows), (0x11, columns), (0x100, bits), (0x101, bits), (0x102, bits - 1)]:
        parts += element(0x28, number, kind(b"US"), short(value & 0xFFFF))
    parts += element(0x28, 0x103, kind(b"US"), short(0))
    return parts + element(0x7FE0, 0x10, kind(b"OW" if length is None else b"OB"), pixels, length)


def dicom(syntax, dataset):
    meta = element(2, 2, b"UI", text("1.2.840.10008.5.1.4.1.1.7")) + element(2, 3, b"UI", text("1.2.3"))
    meta += element(2, 0x10, b"UI", text(syntax))
    return bytes(128) + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + dataset


def fragments(*parts, end=True):
    data = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(part)) + part for part in (b"", *parts))
    return data + (struct.pack("<HHI", 0xFFFE, 0xE0DD, 0) if end else b"")


def nested(depth, kind):
    """Sequences in sequences."""
    if kind == "undefined":
        opened = element(0x8, 0x1140, b"SQ", b"", 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
        closed = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
        return opened * depth + closed * depth
    data = b""
    for _ in range(depth):
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(data)) + data
        vr = {"defined": b"SQ", "unknown": b"UN", "implicit": None}[kind]
        data = element(0x8, 0x1140, vr, item)
    return data


def dicoms(honest):
    undefined = 0xFFFFFFFF
    for kind in ("defined", "undefined", "unknown"):
        for depth in (40, 3000, 30_000):
            yield f"{depth} sequences in one another, {kind}", dicom(
                EXPLICIT, nested(depth, kind) + image(pixels=bytes(512))
            )
    yield "3000 sequences in one another, implicit", dicom(
        IMPLICIT, nested(3000, "implicit") + image(pixels=bytes(512), implicit=True)
    )
    for rows, columns in [(65535, 65535), (1, 65535), (65535, 1), (0, 0), (8192, 8192)]:
        yield f"claims {rows}×{columns}", dicom(EXPLICIT, image(rows, columns, pixels=bytes(512)))
        for syntax, name in [(JPEG2000, "JPEG 2000"), (JPEGLS, "JPEG-LS"), (RLE, "RLE"), (JPEG, "JPEG")]:
            yield f"claims {rows}×{columns} of {name}", dicom(
                syntax, image(rows, columns, pixels=fragments(b"\0" * 64), length=undefined)
            )
    for frames in (0, 1_000_000_000, -1, "1E9"):
        yield f"{frames} frames", dicom(EXPLICIT, image(frames=frames, pixels=bytes(512)))
    yield "a codestream of other rows", dicom(
        JPEG2000, image(64, 64, 8, pixels=fragments(honest), length=undefined)
    )
    yield "HTJ2K that is none", dicom(HTJ2K, image(64, 64, 8, pixels=fragments(honest), length=undefined))
    yield "fragments without an end", dicom(
        JPEG2000, image(pixels=fragments(honest, end=False), length=undefined)
    )
    yield "100 000 fragments", dicom(
        JPEG2000, image(pixels=fragments(*[b"\0\0"] * 100_000), length=undefined)
    )
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = bomb.compress(image(pixels=bytes(1 << 28))) + bomb.flush()
    yield "a deflated bomb of 256 MiB", dicom(DEFLATED, data)
    yield "RLE of 15 segments beyond the file", dicom(
        RLE, image(pixels=fragments(struct.pack("<16I", 15, *[1 << 31] * 15)), length=undefined)
    )
    yield "RLE that writes more than its rows", dicom(
        RLE, image(pixels=fragments(struct.pack("<16I", 2, 64, 64, *[0] * 13) + b"\x81\0" * 50_000),
                   length=undefined),
    )
    yield "values of 4 GiB", dicom(EXPLICIT, element(0x8, 0x18, b"UN", b"", 0xFFFFFFF0) + image())
    yield "a header of 4 GiB", bytes(128) + b"DICM" + element(2, 0, b"UL", struct.pack("<I", 0xFFFFFFFF))
    yield "200 000 elements", dicom(
        EXPLICIT,
        b"".join(element(9, it & 0xFFFF, b"UN", b"") for it in range(200_000)) + image(pixels=bytes(512)),
    )
    yield "bits of none", dicom(EXPLICIT, image(bits=0, pixels=bytes(512)))
    yield "bits of 64", dicom(EXPLICIT, image(bits=64, pixels=bytes(2048)))
    yield "no pixels", dicom(EXPLICIT, b"")


def npy(header, data=b"", version=1):
    packed = header.encode()
    length = struct.pack("<H" if version == 1 else "<I", len(packed))
    return b"\x93NUMPY" + bytes([version, 0]) + length + packed + data


def described(dtype, shape, order="False"):
    return f"{{'descr': {dtype!r}, 'fortran_order': {order}, 'shape': {shape}, }}"


def zipped(name, data, claim=None):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(name, data)
    packed = file.getvalue()
    return packed if claim is None else packed.replace(struct.pack("<I", len(data)), struct.pack("<I", claim))


def arrays():
    for shape in ("(65535, 65535)", "(1, 67108864)", "(18446744073709551615, 2)", "(0, 0)", "(-1, -1)", "()"):
        yield "npy", f"shape {shape}", npy(described("<u2", shape), bytes(64))
    yield "npy", "objects", npy(described("|O", "(4, 4)"), b"cos\nsystem\n(S'id'\ntR.")
    yield "npy", "a header of 4 GiB", b"\x93NUMPY\x02\0" + struct.pack("<I", 0xFFFFFFFF)
    yield "npy", "a header nested 100 000 deep", npy("(" * 100_000, version=2)
    yield "npy", "a shape of 10 000 dimensions", npy(described("<u2", "(" + "1, " * 10_000 + ")"), version=2)
    yield "npy", "a type of types", npy(described("[('a', '<u2')]", "(4, 4)"), bytes(32))
    bomb = npy(described("<u2", "(4, 4)"), bytes(1 << 28))
    yield "npz", "a bomb of 256 MiB", zipped("image.npy", bomb)
    yield "npz", "a bomb that claims to be small", zipped("image.npy", bomb, claim=100)
    yield "npz", "names that leave the directory", zipped("../../image.npy", npy(described("<u2", "(2, 2)"), bytes(8)))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.npy", b"")
    yield "npz", "20 000 members", many.getvalue()
    yield "npz", "an end without a beginning", b"PK\x05\x06" + bytes([255] * 18)


def pgms():
    for columns, rows in SIDES:
        yield f"claims {columns}×{rows}", f"P5 {columns} {rows} 255\n".encode()
        yield f"claims {columns}×{rows} in text", f"P2 {columns} {rows} 255\n".encode()
    yield "33 MB of text for 16×16 pixels", b"P2 16 16 255\n" + b"1 " * 16_500_000
    yield "one number of 10 MB", b"P2 16 16 255\n" + b"9" * 10_000_000
    yield "a comment of 30 MB", b"P5 #" + b"x" * 30_000_000
    yield "numbers below 0", b"P2 -16 -16 255\n"
    yield "a peak of 0", b"P5 16 16 0\n" + bytes(256)


def phantoms(honest):
    yield "tables nested 100 000 deep", b"a = " + b"[" * 100_000
    yield "inline tables nested 10 000 deep", b"a = " + b"{ a = " * 10_000
    yield "dotted keys nested 100 000 deep", b"a" + b".a" * 100_000 + b" = 1"
    yield "bytes that are no UTF-8", b"\xff\xfe" + honest
    matrix = lambda line: honest.replace(b"[matrix]\n", b"[matrix]\n" + line + b"\n")
    yield "a matrix of 2^32", matrix(b"rows = 4294967296")
    yield "a matrix of 2^16", matrix(b"rows = 65536\ncolumns = 65536")
    yield "not a number", honest.replace(b"value_hu = 40.0", b"value_hu = nan")
    yield "itself as what it extends", b'extends = "FILE"\n' + honest
    yield "a file of the system as what it extends", b'extends = "/etc/passwd"\n' + honest
    yield "100 000 layers", honest + b"[[background]]\nname = 'a'\n" * 100_000
    yield "a string of 30 MB", b'name = "' + b"x" * 30_000_000 + b'"'


def studies():
    for line in ("not = [[[", "alpha = 1e-320", "margin = 1e-320", "ratios = [1e308]", "replicates = 4294967295",
                 "train_images = 4294967295", "ratios = " + "[" * 100_000, "preset = \"\\u001b[2J\""):
        yield line[:30], f'phantoms = ["shapes"]\n{line}\n'.encode()


def cases(honest_stream, honest_phantom):
    """Kind, name, content or how to make it, command."""
    kinds = [("png", pngs()), ("tiff", tiffs()), ("jpg", jpegs()), ("j2k", codestreams(honest_stream)),
             ("dcm", dicoms(honest_stream)), ("pgm", pgms())]
    for kind, made in kinds:
        for name, data in made:
            if kind in ("jpg", "j2k"):
                # Bare codestreams are not read: they come in DICOM objects.
                syntax = JPEG2000 if kind == "j2k" else JPEG
                rows, columns, bits = claimed(kind, data)
                pixels = fragments(data + b"\0" * (len(data) % 2))
                data = dicom(syntax, image(rows, columns, bits, pixels=pixels, length=0xFFFFFFFF))
            yield kind, name, data, COMPRESS
    for kind, name, data in arrays():
        yield kind, name, data, COMPRESS
    for name, data in phantoms(honest_phantom):
        yield "toml", name, data, ["generate", "FILE", "--count", "1", "--out", "OUT"]
    for name, data in studies():
        yield "study", name, data, ["calibrate", "--study", "FILE", "--plan-only", "--out", "OUT"]
    yield "none", "a pipe that nobody writes", os.mkfifo, COMPRESS
    yield "none", "/dev/zero by a link", lambda path: os.symlink("/dev/zero", path), COMPRESS
    yield "none", "a link to itself", lambda path: os.symlink(path.name, path), COMPRESS
    yield "none", "a directory with a link to itself", directory_of_itself, COMPRESS
    yield "none", "an empty file", b"", COMPRESS
    yield "none", "30 MB of noise", random.Random(2).randbytes(30_000_000), COMPRESS


def directory_of_itself(path):
    path.mkdir()
    os.symlink(path, path / "again")


def claimed(kind, data):
    """Rows, columns and bits that a codestream claims, as far as DICOM has them."""
    rows, columns, bits = 16, 16, 8
    if kind == "j2k":
        at = data.find(b"\xff\x51")
        columns, rows = struct.unpack(">II", data[at + 6 : at + 14])
        bits = 8 if data[at + 40] < 8 else 16
    else:
        frames = [bytes([0xFF, it, 0]) for it in range(0xC0, 0xCC) if it not in (0xC4, 0xC8)]
        at = max(data.find(frame) for frame in frames)
        if at >= 0:
            rows, columns = struct.unpack(">HH", data[at + 5 : at + 9])
    return min(rows, 65535), min(columns, 65535), bits
