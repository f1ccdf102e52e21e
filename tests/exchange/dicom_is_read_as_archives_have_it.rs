//! DICOM as archives have it: any encoding of the data set, compressed by other programs, with
//! junk beside the samples, in frames; and from stored values to what a viewer shows.

use crate::image_files::Dicom;
use phantom_limit::codec::{CodecName, Target, codec};
use phantom_limit::image::{Display, Image, Modality, SampleFormat, Voi, WINDOWED, WindowFunction};
use phantom_limit::import::{Fault, Imported, Reading, Remark, decode};

const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

/// imagecodecs 2026.3.6 and DCMTK 3.6.7; see `tests/files/make_codestreams.py`.
const CHARLS_12: &[u8] = include_bytes!("../files/charls12.jls");
const DCMTK_12: &[u8] = include_bytes!("../files/dcmtk12p1.jpg");
/// imagecodecs 2026.3.6: `jpeg2k_encode(s, codecformat="j2k", bitspersample=12, reversible=True,
/// level=0)` of `s = v.astype("int16") - 2048` with the values of that file, and `"jp2"` of v.
const SIGNED_J2K: &[u8] = include_bytes!("../files/openjpeg12signed.j2k");
const BOXED_J2K: &[u8] = include_bytes!("../files/openjpeg12.jp2");

/// 16×24 values of `make_codestreams.py`.
fn samples() -> Vec<u16> {
    let value = |r: u16, c: u16| (37 * r * c) % 3000 * u16::from(c >= 8);
    (0..16).flat_map(|r| (0..24).map(move |c| value(r, c))).collect()
}

fn plain() -> Dicom {
    Dicom::new(16, 24).text(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.7").pixels(&samples())
}

fn compressed(uid: &str, codestream: &[u8]) -> Dicom {
    Dicom::new(16, 24).transfer_syntax(uid).fragment(codestream)
}

fn read(file: &[u8]) -> Imported {
    decode(file, Reading::default()).unwrap_or_else(|fault| panic!("{fault}"))
}

fn refused(file: &[u8], reading: Reading) -> String {
    let message = decode(file, reading).expect_err("not taken").to_string();
    assert!(!message.contains("damaged"), "{message}");
    message
}

/// Two bytes of each sample in segments of literals.
fn run_lengths(samples: &[u16]) -> Vec<u8> {
    let segment = |shift: u32| -> Vec<u8> {
        let bytes: Vec<u8> = samples.iter().map(|sample| (sample >> shift) as u8).collect();
        bytes.chunks(128).flat_map(|part| [&[part.len() as u8 - 1], part].concat()).collect()
    };
    let [high, low] = [segment(8), segment(0)];
    let mut frame: Vec<u8> =
        [2, 64, 64 + high.len() as u32].iter().flat_map(|word| word.to_le_bytes()).collect();
    frame.resize(64, 0);
    frame.extend(high);
    frame.extend(low);
    frame
}

#[test]
fn every_encoding_of_the_data_set_holds_the_same_image() {
    let syntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"];
    for uid in [&syntaxes[..], &["1.2.840.10008.1.2.1.99"]].concat() {
        let file = plain().transfer_syntax(uid).file();
        assert_eq!(read(&file).image.samples(), samples(), "{uid}");
        // Without preamble, and with one that is the header of another format.
        assert_eq!(read(&file[132..]).image.samples(), samples(), "{uid}, no preamble");
        for magic in [&b"II*\0\x08\0\0\0"[..], b"MM\0*\0\0\0\x08", b"\x89PNG\r\n\x1a\n"] {
            let mut disguised = file.clone();
            disguised[..8].copy_from_slice(magic);
            assert_eq!(read(&disguised).image.samples(), samples(), "{uid}, {magic:?}");
        }
    }
    // Without file meta information, with or without a preamble.
    for uid in syntaxes {
        let object = plain().transfer_syntax(uid);
        let mut file = vec![0; 128];
        file.extend(b"DICM");
        file.extend(object.data_set());
        assert_eq!(read(&file).image.samples(), samples(), "{uid}");
        assert_eq!(read(&object.data_set()).image.samples(), samples(), "{uid}");
        // The stated syntax is another than that of the elements.
        let mut astray = plain().file();
        let length = astray.len() - plain().data_set().len();
        astray.truncate(length);
        astray.extend(object.data_set());
        assert_eq!(read(&astray).image.samples(), samples(), "{uid}");
    }
}

#[test]
fn codestreams_of_other_programs_are_exact() {
    let jpeg_2000 = "1.2.840.10008.1.2.4.90";
    let signed = read(&compressed(jpeg_2000, SIGNED_J2K).short(0x0103, 1).file());
    assert_eq!((signed.image.samples(), signed.offset), (&samples()[..], 2048));
    let files = [
        compressed(jpeg_2000, BOXED_J2K),
        compressed("1.2.840.10008.1.2.4.80", CHARLS_12),
        compressed("1.2.840.10008.1.2.4.70", DCMTK_12),
        compressed("1.2.840.10008.1.2.4.57", DCMTK_12),
        compressed("1.2.840.10008.1.2.5", &run_lengths(&samples())),
    ];
    for file in files {
        assert_eq!(read(&file.file()).image.samples(), samples());
    }
    // Filled up behind the end marker, as archives do.
    for filling in [&[0][..], &[0xFF], &[0, 0xFF], &[0; 4]] {
        let filled = [DCMTK_12, filling].concat();
        let file = compressed("1.2.840.10008.1.2.4.70", &filled).file();
        assert_eq!(read(&file).image.samples(), samples());
    }
    // A file that does not say how its fragments are compressed.
    let unsaid = compressed("1.2.840.10008.1.2.1", DCMTK_12).file();
    assert_eq!(read(&unsaid).image.samples(), samples());
    let colour = compressed("1.2.840.10008.1.2.4.70", &[&DCMTK_12[..9], b"x"].concat()).file();
    assert!(decode(&colour, Reading::default()).is_err());
}

#[test]
fn the_codestream_says_the_bits_within_the_declared_words() {
    // The header declares more: its bits stay, and the difference is said.
    let more = compressed("1.2.840.10008.1.2.4.70", DCMTK_12).short(0x0101, 16).short(0x0102, 15);
    let image = read(&more.file());
    assert_eq!((image.image.format().bits_stored, image.image.samples()), (16, &samples()[..]));
    assert_eq!(image.remarks, [Remark::Precision { found: 12, declared: 16 }]);
    let twelve = decode(&more.file(), Reading { bits_stored: Some(12), frame: None });
    assert_eq!(twelve.expect("12 bits hold it").image.format(), TWELVE);
    // It declares fewer than the values need.
    let fewer = compressed("1.2.840.10008.1.2.4.70", DCMTK_12).short(0x0101, 10).short(0x0102, 9);
    let image = read(&fewer.file());
    assert_eq!((image.image.format(), image.image.samples()), (TWELVE, &samples()[..]));
    let narrow = compressed("1.2.840.10008.1.2.4.70", DCMTK_12);
    let narrow = narrow.short(0x0100, 8).short(0x0101, 8).short(0x0102, 7);
    let message = decode(&narrow.file(), Reading::default()).unwrap_err().to_string();
    assert!(message.contains("12 bits a sample, more than the 8 allocated"), "{message}");
}

#[test]
fn bits_outside_those_stored_are_no_samples() {
    let junk: Vec<u16> = samples().iter().map(|sample| sample | 0xA000).collect();
    let image = read(&plain().pixels(&junk).file());
    assert_eq!(image.image.samples(), samples());
    assert_eq!(image.remarks, [Remark::ForeignBits { samples: 384 }]);
    let signed = read(&plain().short(0x0103, 1).pixels(&junk).file());
    let halves: Vec<u16> = samples().iter().map(|sample| sample ^ 2048).collect();
    assert_eq!(signed.image.samples(), halves);
    // Left-justified: PS3.5 8.1.1, figure 8.1.1-1.
    let left: Vec<u16> = samples().iter().map(|sample| sample << 4).collect();
    let image = read(&plain().short(0x0102, 15).pixels(&left).file());
    assert_eq!((image.image.samples(), &image.remarks[..]), (&samples()[..], &[][..]));
}

#[test]
fn bits_stored_can_be_lowered_where_the_header_over_declares() {
    let words: Vec<u16> = samples().iter().map(|&s| (i32::from(s) - 2048) as u16).collect();
    let file = plain().short(0x0101, 16).short(0x0102, 15).short(0x0103, 1).pixels(&words).file();
    let sixteen = read(&file);
    assert_eq!((sixteen.offset, sixteen.image.format().bits_stored), (32_768, 16));
    let asked =
        |bits_stored| decode(&file, Reading { bits_stored: Some(bits_stored), frame: None });
    let twelve = asked(12).expect("12 bits hold it");
    assert_eq!((twelve.offset, twelve.image.samples()), (2048, &samples()[..]));
    assert_eq!(twelve.modality.value(twelve.image.samples()[0]), -2048.0);
    let message = asked(11).unwrap_err().to_string();
    assert!(message.contains("-2048 at row 0, column 0"), "{message}");
}

#[test]
fn single_bits_and_long_words_are_read_where_16_bits_hold_them() {
    // Two rows of five bits, the first in the lowest bit, and the second frame behind it.
    let bits = Dicom::new(2, 5).short(0x0100, 1).short(0x0101, 1).short(0x0102, 0);
    let bits =
        bits.text(0x0028, 0x0008, "IS", "2").with(0x7FE0, 0x0010, "OB", &[0x21, 0x06, 0x0F, 0]);
    let frame = |number| {
        let reading = Reading { bits_stored: None, frame: Some(number) };
        decode(&bits.file(), reading).expect("a frame").image.into_samples()
    };
    assert_eq!(frame(1), [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    assert_eq!(frame(2), [1, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    let long = |uid, values: [u32; 2]| {
        let object = Dicom::new(1, 2).transfer_syntax(uid);
        let object = object.short(0x0100, 32).short(0x0101, 32).short(0x0102, 31);
        let words: Vec<u8> = values
            .iter()
            .flat_map(|value| match uid {
                // The test's writer turns words of 16 bits.
                "1.2.840.10008.1.2.2" => value.rotate_left(16).to_le_bytes(),
                _ => value.to_le_bytes(),
            })
            .collect();
        object.with(0x7FE0, 0x0010, "OW", &words).file()
    };
    for uid in ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"] {
        let dose = read(&long(uid, [795_000, 1_254_000]));
        // The greatest common divisor is 3000.
        assert_eq!(dose.image.samples(), [265, 418]);
        assert_eq!(dose.remarks, [Remark::Words { allocated: 32, divisor: 3000 }]);
        assert_eq!(dose.modality.value(418), 1_254_000.0);
        assert_eq!(read(&long(uid, [7, 65_535])).image.samples(), [7, 65_535]);
    }
    let message = refused(&long("1.2.840.10008.1.2.1", [1, 65_536]), Reading::default());
    assert!(message.contains("more than 16 of 32 bits"), "{message}");
}

#[test]
fn frames_are_images_of_their_own() {
    let frames: Vec<u16> = samples()
        .iter()
        .chain(&samples())
        .enumerate()
        .map(|(at, s)| s + (at / 384) as u16)
        .collect();
    let native = plain().text(0x0028, 0x0008, "IS", "2").pixels(&frames);
    let packed: Vec<Vec<u8>> = frames.chunks(384).map(run_lengths).collect();
    let runs = Dicom::new(16, 24).transfer_syntax("1.2.840.10008.1.2.5");
    let runs = runs.text(0x0028, 0x0008, "IS", "2").fragments(&[], &[&packed[0], &packed[1]]);
    for object in [native, runs] {
        let take =
            |frame| decode(&object.file(), Reading { bits_stored: None, frame: Some(frame) });
        for number in [1, 2] {
            let image = take(number).expect("a frame");
            assert_eq!(image.image.samples(), &frames[384 * (number as usize - 1)..][..384]);
            assert_eq!(image.frame.map(|frame| (frame.number, frame.of)), Some((number, 2)));
        }
        assert!(matches!(take(3), Err(Fault::NoFrame { asked: 3, of: 2 })));
        let message = refused(&object.file(), Reading::default());
        assert!(message.contains("2 frames") && message.contains("--frame all"), "{message}");
    }
}

#[test]
fn fragments_are_told_apart_by_table_or_by_end() {
    let image = |shift: u16| {
        let samples = samples().iter().map(|sample| sample + shift).collect();
        Image::new(16, 24, TWELVE, samples).expect("valid image")
    };
    let encoded = [0, 1].map(|shift| {
        let image = image(shift);
        let mut levels =
            codec(CodecName::Lossless).encode_ladder(&image, TWELVE, &[Target::Lossless]);
        levels.as_mut().expect("possible").remove(0).bytes
    });
    let [first, second] = &encoded;
    let even = 100;
    let parts: [&[u8]; 3] = [&first[..even], &first[even..], second];
    let padded = |part: &[u8]| (part.len().next_multiple_of(2) + 8) as u32;
    let offsets = [0, padded(parts[0]) + padded(parts[1])];
    for offsets in [&offsets[..], &[]] {
        let object = Dicom::new(16, 24).transfer_syntax("1.2.840.10008.1.2.4.90");
        let file = object.text(0x0028, 0x0008, "IS", "2").fragments(offsets, &parts).file();
        for (number, shift) in [(1, 0), (2, 1)] {
            let read = decode(&file, Reading { bits_stored: None, frame: Some(number) });
            assert_eq!(read.expect("a frame").image, image(shift));
        }
    }
    let object = Dicom::new(16, 24).transfer_syntax("1.2.840.10008.1.2.4.90");
    let file = object.text(0x0028, 0x0008, "IS", "4").fragments(&[], &parts).file();
    let message = refused(&file, Reading { bits_stored: None, frame: Some(1) });
    assert!(message.contains("3 fragments cannot be told apart into 4 frames"), "{message}");
}

#[test]
fn objects_without_pixels_are_what_they_are() {
    let report = plain().text(0x0008, 0x0060, "CS", "SR").without(0x7FE0, 0x0010).file();
    let fault = decode(&report, Reading::default()).unwrap_err();
    assert!(matches!(fault, Fault::NoPixels { .. }));
    assert_eq!(fault.to_string(), "a DICOM object of modality SR has no pixel data; leave it out");
    let directory = Dicom::item().sequence(0x0004, 0x1220, &[Dicom::item()]).file();
    let message = refused(&directory, Reading::default());
    assert!(message.contains("DICOMDIR"), "{message}");
    let map = plain().without(0x7FE0, 0x0010).with(0x7FE0, 0x0008, "OF", &[0; 16]).file();
    assert!(refused(&map, Reading::default()).contains("floating-point"));
}

fn window(object: Dicom, center: &str, width: &str) -> Dicom {
    object.text(0x0028, 0x1050, "DS", center).text(0x0028, 0x1051, "DS", width)
}

/// The grey levels by the first window.
fn shown(image: &Imported) -> Vec<u16> {
    let display = Display {
        modality: &image.modality,
        voi: image.windows.first().expect("a window"),
        inverted: image.inverted,
        padding: image.padding.clone(),
    };
    display.apply(&image.image).into_samples()
}

#[test]
fn stored_values_become_grey_as_the_standard_says() {
    let four = |object: Dicom| object.pixels(&[0, 1000, 2000, 4095]);
    let object = four(Dicom::new(1, 4));
    let with =
        |function| window(object.clone(), "2000", "2000").text(0x0028, 0x1056, "CS", function);
    // PS3.3 C.11.2.1.2.1: ((v − 1999.5)/1999 + 0.5)·255; C.11.2.1.3: ((v − 2000)/2000 + 0.5)·255
    // and 255/(1 + e^(−4 (v − 2000)/2000)).
    assert_eq!(shown(&read(&with("LINEAR").file())), [0, 0, 128, 255]);
    assert_eq!(shown(&read(&with("LINEAR_EXACT").file())), [0, 0, 128, 255]);
    assert_eq!(shown(&read(&with("SIGMOID").file())), [5, 30, 128, 251]);
    assert!(refused(&with("LOG").file(), Reading::default()).contains("`LOG`"));
    // A slope below 0 turns the image over.
    let negative =
        with("LINEAR").text(0x0028, 0x1052, "DS", "4000").text(0x0028, 0x1053, "DS", "-1");
    assert_eq!(shown(&read(&negative.file())), [255, 255, 128, 0]);
    // A modality LUT for the inputs from −2 on: 4 entries of 8 bits, two in a word.
    let table = |bits: u16, first: i16, values: &[u8]| {
        let mut descriptor = 4_u16.to_le_bytes().to_vec();
        descriptor.extend(first.to_le_bytes());
        descriptor.extend(bits.to_le_bytes());
        Dicom::item().with(0x0028, 0x3002, "SS", &descriptor).with(0x0028, 0x3006, "OW", values)
    };
    let signed = Dicom::new(1, 4).short(0x0103, 1).pixels(&[0xFFF0, 0xFFFF, 0, 9]);
    let modality = window(signed, "100.5", "101").sequence(
        0x0028,
        0x3000,
        &[table(8, -2, &[10, 100, 150, 200])],
    );
    let image = read(&modality.file());
    assert!(matches!(image.modality, Modality::Table { offset: 2048, .. }));
    // −16 → 10, −1 → 100, 0 → 150, 9 → 200; ((v − 100)/100 + 0.5)·255.
    assert_eq!(shown(&image), [0, 128, 255, 255]);
    // A VOI LUT of 12 bits behind it, from 0 on.
    let words: Vec<u8> = [0_u16, 1024, 2048, 4095].iter().flat_map(|w| w.to_le_bytes()).collect();
    let voi =
        Dicom::new(1, 4).pixels(&[0, 1, 2, 50]).sequence(0x0028, 0x3010, &[table(12, 0, &words)]);
    // v/4095·255.
    assert_eq!(shown(&read(&voi.file())), [0, 64, 128, 255]);
    // Two windows and a table are offered in this order.
    let offered = window(voi, "10\\20", "30\\40");
    let windows = read(&offered.file()).windows;
    assert!(matches!(windows[..], [Voi::Window { .. }, Voi::Window { .. }, Voi::Table(_)]));
    let exact = with("LINEAR_EXACT").text(0x0028, 0x1051, "DS", "0.5");
    let Voi::Window { function, .. } = read(&exact.file()).windows[0] else { panic!("a window") };
    assert_eq!(function, WindowFunction::LinearExact);
}

#[test]
fn padding_is_known_with_its_range() {
    let words: [u16; 4] = [0xF830, 0xF82F, 5, 100];
    let object = window(Dicom::new(1, 4).short(0x0103, 1).pixels(&words), "50", "101");
    // −2000 as it should be, and as its word; then from −2000 to −2001.
    let value = |vr, bytes: i32| object.clone().with(0x0028, 0x0120, vr, &bytes.to_le_bytes()[..2]);
    for file in [value("SS", -2000).file(), value("US", 63_536).file()] {
        let image = read(&file);
        assert_eq!(image.padding, Some(48..=48));
        assert_eq!(shown(&image), [0, 0, 14, 255]);
    }
    let range = value("SS", -2000).with(0x0028, 0x0121, "SS", &(-2001_i16).to_le_bytes());
    assert_eq!(read(&range.file()).padding, Some(47..=48));
    // Beyond the bits stored there is none.
    assert_eq!(read(&value("SS", -30_000).file()).padding, None);
}

#[test]
fn enhanced_objects_state_it_for_each_frame() {
    let pixel = |slope: &str| {
        Dicom::item().text(0x0028, 0x1052, "DS", "1").text(0x0028, 0x1053, "DS", slope)
    };
    let own = |slope| Dicom::item().sequence(0x0028, 0x9145, &[pixel(slope)]);
    let shared = Dicom::item()
        .sequence(0x0028, 0x9132, &[window(Dicom::item(), "40", "80")])
        .sequence(0x0028, 0x9110, &[Dicom::item().text(0x0028, 0x0030, "DS", "0.5\\0.25")]);
    let object = Dicom::new(1, 1)
        .text(0x0028, 0x0008, "IS", "2")
        .pixels(&[10, 10])
        .sequence(0x5200, 0x9229, &[shared])
        .sequence(0x5200, 0x9230, &[own("2"), own("3")]);
    let read = |frame| decode(&object.file(), Reading { bits_stored: None, frame: Some(frame) });
    for (frame, value) in [(1, 21.0), (2, 31.0)] {
        let image = read(frame).expect("a frame");
        assert_eq!(image.modality.value(10), value);
        assert_eq!(image.windows.len(), 1);
        assert_eq!(image.pixel_spacing_mm, Some([0.5, 0.25]));
    }
}

#[test]
fn surplus_bytes_are_said() {
    let mut long = samples();
    long.extend([0; 5]);
    let image = read(&plain().pixels(&long).file());
    assert_eq!(image.remarks, [Remark::Surplus { bytes: 10 }]);
    assert_eq!(image.image.samples(), samples());
    // Zeros up to the end of a sector, behind pixels and behind the items of compressed ones.
    let codestream = run_lengths(&samples());
    for object in [plain(), compressed("1.2.840.10008.1.2.5", &codestream)] {
        let mut file = object.file();
        let bytes = file.len().next_multiple_of(2048) - file.len();
        file.extend(vec![0; bytes]);
        let image = read(&file);
        assert_eq!(image.remarks, [Remark::Surplus { bytes: bytes as u64 }]);
        assert_eq!(image.image.samples(), samples());
        *file.last_mut().unwrap() = 1;
        assert!(decode(&file, Reading::default()).is_err());
    }
    let eight = Dicom::new(1, 3).short(0x0100, 8).short(0x0101, 8).short(0x0102, 7);
    let image = read(&eight.byte_pixels(&[1, 2, 3, 0]).file());
    assert_eq!((image.image.format(), &image.remarks[..]), (WINDOWED, &[][..]));
}

#[test]
fn nesting_is_followed_only_so_far() {
    let mut item = Dicom::item();
    for _ in 0..25 {
        item = Dicom::item().sequence(0x0008, 0x1140, &[item]);
    }
    let within = plain().sequence(0x0008, 0x1140, &[item.clone()]);
    assert_eq!(read(&within.file()).image.samples(), samples());
    for _ in 0..10 {
        item = Dicom::item().sequence(0x0008, 0x1140, &[item]);
    }
    let message = decode(&plain().sequence(0x0008, 0x1140, &[item]).file(), Reading::default());
    let message = message.unwrap_err().to_string();
    assert!(message.contains("32 sequences"), "{message}");
}
