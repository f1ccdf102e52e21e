//! Users' files of every kind: the samples exactly as stored, what the file says beside them, and
//! a way out for what is not taken.

use crate::image_files::{Dicom, npy, one_of_each, pgm, png, tiff};
use phantom_limit::codec::{CodecName, Target, codec};
use phantom_limit::image::{Image, Modality, Rescale, SampleFormat, Voi, WINDOWED, Window};
use phantom_limit::import::{FileKind, Imported, Reading, Remark, decode, images_in, read};

const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

/// 5×7 values that use all of 12 bits.
fn samples() -> Vec<u16> {
    (0..35).map(|at: u32| (at * 1213 % 4096) as u16).collect()
}

fn bits(bits_stored: Option<u8>) -> Reading {
    Reading { bits_stored, frame: None }
}

fn good(file: &[u8], bits_stored: Option<u8>) -> Imported {
    decode(file, bits(bits_stored)).unwrap_or_else(|fault| panic!("{fault}"))
}

fn refused(file: &[u8], phrases: &[&str]) {
    let message = decode(file, bits(None)).expect_err("not taken").to_string();
    for phrase in phrases {
        assert!(message.contains(phrase), "no `{phrase}` in: {message}");
    }
}

#[test]
fn every_kind_holds_the_same_image() {
    let files = one_of_each();
    let image = |name: &str| {
        let (_, file) = files.iter().find(|(other, _)| *other == name).expect("one of each");
        good(file, None).image
    };
    let deep = image("pgm");
    for name in ["png 16", "pgm text", "tiff", "npy", "dicom", "dicom jpeg2000"] {
        assert_eq!(image(name).samples(), deep.samples(), "{name}");
    }
    assert_eq!(image("dicom 8"), image("png 8"));
}

#[test]
fn sixteen_bit_files_keep_every_value() {
    let samples = samples();
    let files = [
        (FileKind::Png, png(7, &samples, 16)),
        (FileKind::Pgm, pgm(7, &samples, 65_535)),
        (FileKind::Tiff, tiff(7, &samples, 16)),
        (FileKind::Npy, npy(7, &samples, 16)),
    ];
    for (kind, file) in files {
        let image = good(&file, Some(12));
        assert_eq!(image.kind, kind);
        assert_eq!(image.image.samples(), samples, "{kind:?}");
        assert_eq!([image.image.rows(), image.image.columns()], [5, 7]);
        assert_eq!(image.image.format(), TWELVE);
        assert!(!image.states_bits_stored);
        // What is not said is not guessed.
        assert_eq!(good(&file, None).image.format().bits_stored, 16);
    }
}

#[test]
fn eight_bit_files_keep_every_value() {
    let samples: Vec<u16> = (0..35).map(|at| (at * 113) % 256).collect();
    for file in
        [png(7, &samples, 8), pgm(7, &samples, 255), tiff(7, &samples, 8), npy(7, &samples, 8)]
    {
        let image = good(&file, None).image;
        assert_eq!(image.samples(), samples);
        assert_eq!(image.format(), WINDOWED);
        let message = decode(&file, bits(Some(12))).expect_err("12 bits in 8").to_string();
        assert!(message.contains("give --bits-stored 8 or less"), "{message}");
    }
}

#[test]
fn a_graymap_says_its_bits_by_its_largest_value() {
    let image = good(&pgm(7, &samples(), 4095), Some(16));
    assert!(image.states_bits_stored);
    assert_eq!(image.image.format(), TWELVE);
}

#[test]
fn dicom_says_window_rescale_spacing_and_lossy_past() {
    let file = Dicom::new(5, 7)
        .pixels(&samples())
        .text(0x0028, 0x1050, "DS", "40\\300")
        .text(0x0028, 0x1051, "DS", "80\\1500")
        .text(0x0028, 0x1052, "DS", "-1024")
        .text(0x0028, 0x1053, "DS", "1")
        .text(0x0028, 0x0030, "DS", "0.45\\0.5")
        .text(0x0028, 0x2110, "CS", "01")
        .text(0x0028, 0x2112, "DS", "10.5\\4")
        .text(0x0028, 0x2114, "CS", "ISO_10918_1\\ISO_15444_1")
        .file();
    let image = good(&file, Some(16));
    assert_eq!(image.image.samples(), samples());
    assert_eq!(image.image.format(), TWELVE);
    assert!(image.states_bits_stored);
    let windows = [(40.0, 80.0), (300.0, 1500.0)];
    let windows = windows.map(|(center, width)| Voi::linear(Window { center, width }));
    assert_eq!(image.windows, windows);
    let rescale = Rescale { slope: 1.0, intercept: -1024.0 };
    assert_eq!(image.modality, Modality::Rescale(rescale));
    assert_eq!(image.pixel_spacing_mm, Some([0.45, 0.5]));
    let lossy = image.lossy.expect("said");
    assert_eq!(lossy.ratios, [10.5, 4.0]);
    assert_eq!(lossy.methods, ["ISO_10918_1", "ISO_15444_1"]);
    assert!(!image.inverted);
}

#[test]
fn signed_dicom_is_shifted_and_keeps_its_physical_values() {
    // −2048, −1, 0, 2047 as 16-bit words with the sign in the bits above.
    let words = [0xF800, 0xFFFF, 0, 2047];
    let file = Dicom::new(2, 2).short(0x0103, 1).pixels(&words).file();
    let image = good(&file, None);
    assert_eq!(image.image.samples(), [0, 2047, 2048, 4095]);
    assert_eq!(image.offset, 2048);
    let physical: Vec<f64> =
        image.image.samples().iter().map(|&value| image.modality.value(value)).collect();
    assert_eq!(physical, [-2048.0, -1.0, 0.0, 2047.0]);
}

#[test]
fn monochrome1_is_stored_as_it_is_and_said() {
    let file = Dicom::new(5, 7).text(0x0028, 0x0004, "CS", "MONOCHROME1").pixels(&samples()).file();
    let image = good(&file, None);
    assert!(image.inverted);
    assert_eq!(image.image.samples(), samples());
}

#[test]
fn eight_bit_dicom_of_odd_length_is_read() {
    let samples: Vec<u16> = (0..35).map(|at| at * 7).collect();
    let mut padded = samples.clone();
    padded.push(0);
    let file = Dicom::new(5, 7)
        .short(0x0100, 8)
        .short(0x0101, 8)
        .short(0x0102, 7)
        .byte_pixels(&padded)
        .file();
    let image = good(&file, None).image;
    assert_eq!((image.samples(), image.format()), (&samples[..], WINDOWED));
}

#[test]
fn encapsulated_codestreams_are_decoded_by_the_codecs_here() {
    let samples: Vec<u16> =
        (0..64 * 48).map(|at: u32| ((at * 37 + at / 48 * 11) % 4096) as u16).collect();
    let native = Image::new(64, 48, TWELVE, samples).expect("valid image");
    let eight: Vec<u16> = native.samples().iter().map(|value| value / 16).collect();
    let eight = Image::new(64, 48, WINDOWED, eight).expect("valid image");
    let dicom = |image: &Image, uid: &str, codestream: &[u8]| {
        let format = image.format();
        let object = Dicom::new(64, 48)
            .transfer_syntax(uid)
            .short(0x0100, format.bits_allocated.into())
            .short(0x0101, format.bits_stored.into())
            .short(0x0102, u16::from(format.bits_stored) - 1);
        good(&object.fragment(codestream).file(), None)
    };
    let encode = |name, image: &Image, target| {
        codec(name).encode_ladder(image, image.format(), &[target]).expect("possible").remove(0)
    };
    let lossless = encode(CodecName::Lossless, &native, Target::Lossless).bytes;
    let read = dicom(&native, "1.2.840.10008.1.2.4.90", &lossless);
    assert_eq!((&read.image, read.lossy), (&native, None));
    let jpeg = encode(CodecName::Jpeg, &eight, Target::Quality(75.0)).bytes;
    let read = dicom(&eight, "1.2.840.10008.1.2.4.50", &jpeg);
    let expected = codec(CodecName::Jpeg).decode(&jpeg, WINDOWED).expect("our own file");
    assert_eq!(read.image, expected);
    assert!(read.lossy.is_some(), "JPEG Baseline is lossy, said or not");

    let extended = encode(CodecName::Jpeg12, &native, Target::Quality(90.0)).bytes;
    let read = dicom(&native, "1.2.840.10008.1.2.4.51", &extended);
    assert_eq!(read.image, codec(CodecName::Jpeg12).decode(&extended, TWELVE).expect("our own"));

    let wrong = Dicom::new(64, 49).transfer_syntax("1.2.840.10008.1.2.4.90").fragment(&lossless);
    refused(&wrong.file(), &["64×48 pixels instead of 64×49"]);
    let deep = Dicom::new(64, 48).transfer_syntax("1.2.840.10008.1.2.4.50").fragment(&jpeg);
    refused(&deep.file(), &["JPEG Baseline holds 8 bits, not 12"]);
}

#[test]
fn dicom_that_is_not_taken_says_the_way_out() {
    let good = Dicom::new(5, 7).pixels(&samples());
    refused(&good.clone().text(0x0028, 0x0008, "IS", "12").file(), &["12 frames", "--frame all"]);
    refused(
        &good.clone().text(0x0028, 0x0004, "CS", "RGB").short(0x0002, 3).file(),
        &["`RGB`", "take one channel"],
    );
    refused(&good.clone().short(0x0102, 16).file(), &["HighBit is 16 for 12 bits"]);
    refused(&good.clone().short(0x0102, 10).file(), &["HighBit is 10 for 12 bits"]);
    refused(&good.clone().short(0x0100, 64).file(), &["12 bits stored in 64 bits allocated"]);
    refused(&good.clone().short(0x0101, 17).file(), &["BitsStored is 17 of 16 bits allocated"]);
    refused(&good.clone().short(0x0101, 0).file(), &["BitsStored is 0 of 16 bits allocated"]);
    refused(&[], &["the file is empty"]);
    refused(&good.clone().short(0x0010, 6).file(), &["70 bytes of pixels instead of 84"]);
    refused(&good.clone().without(0x0028, 0x0011).file(), &["Columns is missing"]);
    refused(&good.clone().without(0x7FE0, 0x0010).file(), &["no pixel data"]);
    refused(&good.clone().text(0x0028, 0x1053, "DS", "0").file(), &["RescaleSlope is 0"]);
    refused(
        &good.transfer_syntax("1.2.840.10008.1.2.4.102").file(),
        &["video", "1.2.840.10008.1.2.4.102", "Explicit VR Little Endian"],
    );
    let retired = Dicom::new(5, 7).pixels(&samples()).transfer_syntax("1.2.840.10008.1.2.4.55");
    refused(&retired.file(), &["retired", "gdcmconv --raw"]);
    let high = Dicom::new(1, 2).pixels(&[0, 0xF00F]).file();
    let image = decode(&high, bits(None)).expect("an image");
    assert_eq!(image.image.samples(), [0, 15]);
    assert_eq!(image.remarks, [Remark::ForeignBits { samples: 1 }]);
}

#[test]
fn colour_and_other_depths_are_refused_with_the_way_out() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 2, 1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[1, 1, 1, 1, 2, 1]).unwrap();
    writer.finish().unwrap();
    refused(&file, &["Rgb, not grey", "take one channel"]);

    use tiff::encoder::{TiffEncoder, colortype};
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    encoder.write_image::<colortype::Gray32Float>(2, 1, &[0.5, 1.0]).unwrap();
    refused(file.get_ref(), &["float32", "numpy.rint"]);
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    for _ in 0..2 {
        encoder.write_image::<colortype::Gray8>(2, 1, &[0, 1]).unwrap();
    }
    refused(file.get_ref(), &["2 frames", "--frame all"]);
    refused(b"GIF89a", &["not a PNG, PGM, TIFF, NPY, NPZ or DICOM"]);
}

#[test]
fn directories_are_searched_by_content() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = place.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let second = write("b/scan", &Dicom::new(5, 7).pixels(&samples()).file());
    let first = write("a.png", &png(7, &samples(), 16));
    let notes = write("notes.txt", b"no image");
    let hidden = write(".hidden.png", &png(7, &samples(), 16));
    let folder = images_in(place.path()).unwrap();
    assert_eq!(folder.images, [first, second.clone()]);
    assert_eq!(folder.others, [hidden, notes]);
    assert_eq!(read(&second, bits(None)).unwrap().kind, FileKind::Dicom);
    let message = images_in(&place.path().join("missing")).unwrap_err().to_string();
    assert!(message.contains("no such file"), "{message}");
    std::fs::create_dir(place.path().join("empty")).unwrap();
    let message = images_in(&place.path().join("empty")).unwrap_err().to_string();
    assert!(message.contains("holds no PNG"), "{message}");
    let message = read(&write("broken.npy", b"\x93NUMPY\x01"), bits(None)).unwrap_err().to_string();
    assert!(message.contains("broken.npy") && message.contains("export it again"), "{message}");
}

/// A TIFF of one uncompressed page, little endian.
fn page(bits: u16, size: [u16; 2], description: &str, packed: &[u8]) -> Vec<u8> {
    let text = [description.as_bytes(), &[0]].concat();
    let [rows, columns] = size;
    let mut entries: Vec<(u16, u16, u32, u32)> = vec![
        (256, 3, 1, columns.into()),
        (257, 3, 1, rows.into()),
        (258, 3, 1, bits.into()),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (270, 2, text.len() as u32, 0),
        (273, 4, 1, 0),
        (277, 3, 1, 1),
        (278, 3, 1, rows.into()),
        (
            279,
            4,
            1,
            (usize::from(rows) * (usize::from(columns) * usize::from(bits)).div_ceil(8)) as u32,
        ),
    ];
    let behind = 8 + 2 + 12 * entries.len() as u32 + 4;
    entries[5].3 = behind;
    entries[6].3 = behind + text.len() as u32;
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend(text);
    file.extend(packed);
    file
}

#[test]
fn tiff_of_12_bits_is_unpacked() {
    let samples = samples();
    let mut packed = Vec::new();
    for row in samples.chunks(7) {
        let bits: String = row.iter().map(|sample| format!("{sample:012b}")).collect();
        let padded = format!("{bits:0<88}");
        let bytes = (0..11).map(|at| u8::from_str_radix(&padded[8 * at..8 * at + 8], 2).unwrap());
        packed.extend(bytes);
    }
    let image = good(&page(12, [5, 7], "a longer description", &packed), Some(16));
    assert_eq!((image.image.samples(), image.image.format()), (&samples[..], TWELVE));
    assert!(image.states_bits_stored);
}

#[test]
fn stacks_behind_one_page_are_frames() {
    let stack: Vec<u8> = (0..18).collect();
    for description in ["ImageJ=1.54f\nimages=3\nslices=3\n", "{\"shape\": [3, 2, 3]}"] {
        let file = page(8, [2, 3], description, &stack);
        refused(&file, &["3 frames", "--frame all"]);
        for (number, first) in [(1, 0), (2, 6), (3, 12)] {
            let image = decode(&file, Reading { bits_stored: None, frame: Some(number) });
            let expected: Vec<u16> = (first..first + 6).collect();
            assert_eq!(image.unwrap().image.samples(), expected);
        }
        let short = page(8, [2, 3], description, &stack[..17]);
        let last = decode(&short, Reading { bits_stored: None, frame: Some(3) });
        assert!(last.unwrap_err().to_string().contains("ends before frame 3 of 3"));
    }
}

#[test]
fn rows_of_a_stack_begin_on_a_byte() {
    // Three samples of 12 bits are 36 bits, 5 bytes with 4 bits to spare.
    let rows: [[u8; 5]; 4] = [
        [0x00, 0x10, 0x02, 0x00, 0x30],
        [0x00, 0x40, 0x05, 0x00, 0x60],
        [0x10, 0x11, 0x02, 0x10, 0x30],
        [0x10, 0x41, 0x05, 0x10, 0x60],
    ];
    let file = page(12, [2, 3], "ImageJ=1.54f\nimages=2\nslices=2\n", &rows.concat());
    for (number, expected) in
        [(1, [1, 2, 3, 4, 5, 6]), (2, [0x101, 0x102, 0x103, 0x104, 0x105, 0x106])]
    {
        let image = decode(&file, Reading { bits_stored: None, frame: Some(number) });
        assert_eq!(image.unwrap().image.samples(), expected, "frame {number}");
    }
    // More frames than bytes.
    let absurd = page(8, [2, 3], "ImageJ=1.54f\nimages=2000000000\n", &[0; 6]);
    refused(&absurd, &["2000000000 frames in"]);
}

#[test]
fn an_npz_file_of_one_array_is_that_array() {
    use std::io::Write;
    let array = npy(7, &samples(), 16);
    let packed = |names: &[&str]| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let stored = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        for name in names {
            writer.start_file(*name, stored).unwrap();
            writer.write_all(&array).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let image = good(&packed(&["image.npy"]), None);
    assert_eq!((image.kind, image.image.samples()), (FileKind::Npz, &samples()[..]));
    refused(&packed(&["a.npy", "b.npy"]), &["2 arrays (a, b)", "numpy.load(\"in.npz\")[\"a\"]"]);
    let mut broken = packed(&["image.npy"]);
    let at = broken.len() / 2;
    broken[at] ^= 1;
    assert!(decode(&broken, bits(None)).is_err());
    // The uncompressed size in the central directory (APPNOTE 4.3.12).
    let mut longer = packed(&["image.npy"]);
    let entry = longer.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    longer[entry + 24..entry + 28].copy_from_slice(&10_u32.to_le_bytes());
    refused(&longer, &["longer than the archive states"]);
}
