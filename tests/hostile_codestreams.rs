//! Damaged files give an error or an image: no panic, crash, hang or large allocation.

mod synthetic;

use std::time::{Duration, Instant};

use phantom_limit::codec::{CodecError, CodecName, Target, codec};
use phantom_limit::image::{Image, SampleFormat};
use phantom_limit::rng::{Purpose, StreamKey};
use phantom_limit::units::CompressionRatio;
use synthetic::{TWELVE, ellipses, windowed};

const NAMES: [CodecName; 4] =
    [CodecName::Jpeg, CodecName::Jpeg12, CodecName::Jpeg2000, CodecName::Lossless];

/// No decode of so small a file takes longer, whatever its header claims.
const PATIENCE: Duration = Duration::from_secs(2);

/// Damaged files of each codec. 150 000 of each were tried once: no crash, 160 MB at most.
const FLIPS: u64 = 3000;

/// A small file of the codec and the format of its samples.
fn file(name: CodecName) -> (Vec<u8>, SampleFormat) {
    let native = ellipses(48, 10.0, 1);
    let image = if name == CodecName::Jpeg { windowed(&native) } else { native };
    let target = match name {
        CodecName::Lossless => Target::Lossless,
        _ => Target::Ratio(CompressionRatio::stored(4.0)),
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
    for name in NAMES {
        let (bytes, format) = file(name);
        assert!(decode(name, &bytes, format).is_ok(), "{name}");
        for length in 0..bytes.len() {
            let decoded = decode(name, &bytes[..length], format);
            assert!(decoded.is_err(), "{name} cut to {length} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn flipped_bytes_give_an_error_or_an_image() {
    for name in NAMES {
        let (bytes, format) = file(name);
        for case in 0..FLIPS {
            let key = StreamKey { seed: 1, purpose: Purpose::Verification, case, part: 0 };
            let mut stream = key.open();
            let mut damaged = bytes.clone();
            for _ in 0..=stream.below(4) {
                // Half of the flips hit the headers, where they hurt most.
                let reach = if stream.below(2) == 0 { 150 } else { bytes.len() };
                let at = stream.below(reach as u64) as usize;
                damaged[at] ^= 1 + stream.below(255) as u8;
            }
            if let Ok(image) = decode(name, &damaged, format) {
                assert_eq!(image.format(), format, "{name}, case {case}");
            }
        }
    }
}

#[test]
fn a_claimed_size_is_refused_before_allocation() {
    // Xsiz and Ysiz stand at bytes 8 and 12 of a codestream (T.800 A.5.1), XTsiz and YTsiz at 24
    // and 28; rows and columns of a JPEG frame at byte 5 of its SOF segment (T.81 B.2.2).
    let claimed = 65_535_u32;
    for name in NAMES {
        let (mut bytes, format) = file(name);
        if matches!(name, CodecName::Jpeg | CodecName::Jpeg12) {
            let frame = bytes.windows(3).position(|all| matches!(all, [0xFF, 0xC0 | 0xC1, 0]));
            let frame = frame.expect("a frame");
            bytes[frame + 5..frame + 9].fill(0xFF);
        } else {
            for at in [8, 12, 24, 28] {
                bytes[at..at + 4].copy_from_slice(&claimed.to_be_bytes());
            }
        }
        let side = claimed as usize;
        let refused = CodecError::Size { codec: name, rows: side, columns: side };
        assert_eq!(decode(name, &bytes, format), Err(refused));
    }
}

/// Files of one kind are read by the same decoder.
fn kind(name: CodecName) -> u8 {
    match name {
        CodecName::Jpeg => 0,
        CodecName::Jpeg12 => 1,
        _ => 2,
    }
}

#[test]
fn a_file_of_another_kind_is_an_error() {
    for name in NAMES {
        let (_, format) = file(name);
        for other in NAMES {
            let (bytes, other_format) = file(other);
            let same_kind = kind(name) == kind(other);
            let decoded = decode(name, &bytes, format);
            assert_eq!(decoded.is_ok(), same_kind && format == other_format, "{other} as {name}");
        }
    }
}

#[test]
fn other_bits_than_expected_are_an_error() {
    for name in [CodecName::Jpeg2000, CodecName::Lossless] {
        let (bytes, _) = file(name);
        let ten = SampleFormat { bits_stored: 10, bits_allocated: 16 };
        let error = CodecError::Precision { codec: name, found: 12, expected: 10 };
        assert_eq!(decode(name, &bytes, ten), Err(error));
    }
}
