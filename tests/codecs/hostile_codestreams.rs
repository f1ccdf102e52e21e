//! Damaged files give an error or an image: no panic, crash, hang or large allocation.

use std::time::{Duration, Instant};

use crate::synthetic::{TWELVE, ellipses, windowed};
use phantom_limit_engine::codec::{CodecError, CodecName, Target, codec};
use phantom_limit_engine::image::{Image, SampleFormat};
use phantom_limit_engine::rng::{Purpose, StreamKey};
use phantom_limit_engine::units::CompressionRatio;
use rayon::prelude::*;

const NAMES: [CodecName; 6] = [
    CodecName::Jpeg,
    CodecName::Jpeg12,
    CodecName::Jpeg2000,
    CodecName::Htj2k,
    CodecName::JpegLs,
    CodecName::Lossless,
];

/// No decode of so small a file takes longer, whatever its header claims.
const PATIENCE: Duration = Duration::from_secs(2);

/// Files of each codec that are cut short.
const FILES: u64 = 20;

/// Damaged files of each codec. `scripts/mutate` tries more.
const FLIPS: u64 = 10_000;

/// A small file of the codec and the format of its samples; other sizes, paths and levels for
/// other cases.
fn file(name: CodecName, case: u64) -> (Vec<u8>, SampleFormat) {
    if name == CodecName::Htj2k {
        // None is written: one of OpenJPH.
        let format = SampleFormat { bits_stored: 16, bits_allocated: 16 };
        return (include_bytes!("../files/openjph.j2c").to_vec(), format);
    }
    let native = ellipses(48 - 2 * case as usize, 10.0, case);
    let eight = matches!((name, case % 2), (CodecName::Jpeg, _) | (_, 1));
    let image = if eight { windowed(&native) } else { native };
    let target = match name {
        CodecName::Lossless => Target::Lossless,
        _ => Target::Ratio(CompressionRatio::stored(4.0 + (case % 5) as f64)),
    };
    let mut levels = codec(name).encode_ladder(&image, TWELVE, &[target]).expect("possible");
    (levels.remove(0).bytes, image.format())
}

fn decode(name: CodecName, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
    let start = Instant::now();
    let decoded = codec(name).decode(bytes, format);
    let elapsed = start.elapsed();
    assert!(elapsed < PATIENCE, "{name} took {elapsed:?}");
    decoded
}

#[test]
fn every_truncation_is_an_error() {
    let cases = NAMES.into_iter().flat_map(|name| (0..FILES).map(move |case| (name, case)));
    cases.collect::<Vec<_>>().into_par_iter().for_each(|(name, case)| {
        let (bytes, format) = file(name, case);
        assert!(decode(name, &bytes, format).is_ok(), "{name}");
        for length in 0..bytes.len() {
            let decoded = decode(name, &bytes[..length], format);
            assert!(decoded.is_err(), "{name} {case} cut to {length} of {} bytes", bytes.len());
        }
    });
}

#[test]
fn flipped_bytes_give_an_error_or_an_image() {
    NAMES.into_par_iter().for_each(|name| {
        let files: Vec<_> = (0..FILES).map(|case| file(name, case)).collect();
        (0..FLIPS).into_par_iter().for_each(|case| {
            let (bytes, format) = &files[(case % FILES) as usize];
            let key = StreamKey { seed: 1, purpose: Purpose::Verification, case, part: 0 };
            let mut stream = key.open();
            let mut damaged = bytes.clone();
            for _ in 0..=stream.below(4) {
                // Half of the flips hit the headers, where they hurt most.
                let head = bytes.len().min(150);
                let reach = if stream.below(2) == 0 { head } else { bytes.len() };
                let at = stream.below(reach as u64) as usize;
                damaged[at] ^= 1 + stream.below(255) as u8;
            }
            if let Ok(image) = decode(name, &damaged, *format) {
                assert_eq!(image.format(), *format, "{name}, case {case}");
            }
        });
    });
}

#[test]
fn the_largest_size_is_no_bomb() {
    // 64 megapixels are accepted, but not on the word of a small file.
    for name in NAMES {
        let (bytes, format) = file(name, 0);
        let bytes = claim(name, bytes, 8192);
        assert!(decode(name, &bytes, format).is_err(), "{name}");
    }
}

/// The same file with another size in its header.
///
/// Xsiz and Ysiz stand at bytes 8 and 12 of a codestream (T.800 A.5.1), XTsiz and YTsiz at 24
/// and 28; rows and columns of a JPEG or JPEG-LS frame at byte 5 of its SOF segment (T.81 B.2.2, T.87 C.2.2).
fn claim(name: CodecName, mut bytes: Vec<u8>, side: u16) -> Vec<u8> {
    if kind(name) < 3 {
        let frame = bytes.windows(3).position(|all| matches!(all, [0xFF, 0xC0 | 0xC1 | 0xF7, 0]));
        let frame = frame.expect("a frame");
        for at in [5, 7] {
            bytes[frame + at..frame + at + 2].copy_from_slice(&side.to_be_bytes());
        }
    } else {
        for at in [8, 12, 24, 28] {
            bytes[at..at + 4].copy_from_slice(&u32::from(side).to_be_bytes());
        }
    }
    bytes
}

#[test]
fn a_claimed_size_is_refused_before_allocation() {
    for name in NAMES {
        let (bytes, format) = file(name, 0);
        let bytes = claim(name, bytes, u16::MAX);
        let side = usize::from(u16::MAX);
        let refused = CodecError::Size { codec: name, rows: side, columns: side };
        assert_eq!(decode(name, &bytes, format), Err(refused));
    }
}

/// Files of one kind are read by the same decoder.
fn kind(name: CodecName) -> u8 {
    match name {
        CodecName::Jpeg => 0,
        CodecName::Jpeg12 => 1,
        CodecName::JpegLs => 2,
        _ => 3,
    }
}

#[test]
fn a_file_of_another_kind_is_an_error() {
    for name in NAMES {
        let (_, format) = file(name, 0);
        for other in NAMES {
            let (bytes, other_format) = file(other, 0);
            let same_kind = kind(name) == kind(other);
            let decoded = decode(name, &bytes, format);
            assert_eq!(decoded.is_ok(), same_kind && format == other_format, "{other} as {name}");
        }
    }
}

#[test]
fn other_bits_than_expected_are_an_error() {
    for name in [CodecName::Jpeg2000, CodecName::Lossless] {
        let (bytes, _) = file(name, 0);
        let ten = SampleFormat { bits_stored: 10, bits_allocated: 16 };
        let error = CodecError::Precision { codec: name, found: 12, expected: 10 };
        assert_eq!(decode(name, &bytes, ten), Err(error));
    }
}
