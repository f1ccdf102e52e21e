//! Truncated and mutated image files of every kind: an error or an image, never a panic, a hang
//! or memory that the file does not pay for.

mod image_files;

use std::time::{Duration, Instant};

use image_files::{Dicom, npy, pgm, png, tiff};
use phantom_limit::codec::{CodecName, Target, codec};
use phantom_limit::image::{Image, SampleFormat};
use phantom_limit::import::decode;
use phantom_limit::rng::{Purpose, StreamKey};

/// Longest that one file may take.
const SLOWEST: Duration = Duration::from_secs(2);

/// Mutations of each kind; `PHANTOM_LIMIT_FUZZ_SECONDS` makes it so many seconds for each.
const MUTATIONS: u32 = 2000;

/// Small files of each kind.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let samples: Vec<u16> = (0..24 * 16).map(|at| (at * 1213) % 4096).collect();
    let bytes: Vec<u16> = samples.iter().map(|sample| sample / 16).collect();
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    let image = Image::new(24, 16, format, samples.clone()).expect("valid image");
    let encode = |name, target| {
        codec(name).encode_ladder(&image, format, &[target]).expect("possible").remove(0).bytes
    };
    let lossless = encode(CodecName::Lossless, Target::Lossless);
    let words: Vec<String> = samples.iter().map(ToString::to_string).collect();
    let text = format!("P2 16 24 4095\n{}", words.join(" ")).into_bytes();
    let dicom = Dicom::new(24, 16)
        .text(0x0028, 0x1050, "DS", "40")
        .text(0x0028, 0x1051, "DS", "80")
        .text(0x0028, 0x0008, "IS", "1");
    vec![
        ("png 16", png(16, &samples, 16)),
        ("png 8", png(16, &bytes, 8)),
        ("pgm", pgm(16, &samples, 4095)),
        ("pgm text", text),
        ("tiff", tiff(16, &samples, 16)),
        ("npy", npy(16, &samples, 16)),
        ("dicom", dicom.clone().pixels(&samples).file()),
        (
            "dicom jpeg 2000",
            dicom.transfer_syntax("1.2.840.10008.1.2.4.90").fragment(&lossless).file(),
        ),
    ]
}

/// Reads a file that may hold anything.
fn survives(name: &str, file: &[u8]) -> bool {
    let began = Instant::now();
    let read = decode(file, None);
    let taken = began.elapsed();
    assert!(taken < SLOWEST, "{name} took {taken:?}");
    if let Err(fault) = &read {
        assert!(!fault.to_string().is_empty());
    }
    read.is_ok()
}

#[test]
fn every_truncation_is_an_error_or_an_image() {
    for (name, file) in files() {
        assert!(survives(name, &file), "{name} is a good file");
        for length in 0..file.len() {
            survives(name, &file[..length]);
        }
    }
}

#[test]
fn mutations_are_errors_or_images() {
    let seconds: Option<u64> =
        std::env::var("PHANTOM_LIMIT_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    for (number, (name, file)) in files().into_iter().enumerate() {
        let began = Instant::now();
        let mut part = 0;
        loop {
            let enough = match seconds {
                Some(seconds) => began.elapsed() >= Duration::from_secs(seconds),
                None => part >= u64::from(MUTATIONS),
            };
            if enough {
                break;
            }
            let key =
                StreamKey { seed: 3, purpose: Purpose::Simulation, case: number as u64, part };
            let mut stream = key.open();
            part += 1;
            let mut mutated = file.clone();
            for _ in 0..1 + stream.below(6) {
                let at = stream.below(mutated.len() as u64) as usize;
                match stream.below(4) {
                    0 => mutated[at] ^= 1 << stream.below(8),
                    1 => mutated[at] = stream.below(256) as u8,
                    2 => mutated[at] = 0xFF,
                    _ => mutated.truncate(at.max(1)),
                }
            }
            survives(name, &mutated);
        }
    }
}

#[test]
fn claims_of_huge_images_cost_nothing() {
    // 65535 × 65535 of 16 bits are 8 GB.
    let mut tiff = tiff(16, &[7; 256], 16);
    let width = [0, 1, 3, 0, 1, 0, 0, 0, 16, 0];
    let height = [1, 1, 3, 0, 1, 0, 0, 0, 16, 0];
    for entry in [width, height] {
        // Some encoders write LONG where SHORT would do.
        let places: Vec<usize> = (0..tiff.len() - 12)
            .filter(|&at| tiff[at..at + 2] == entry[..2] && tiff[at + 8] == 16 && tiff[at + 3] == 0)
            .collect();
        for at in places {
            tiff[at + 8..at + 10].copy_from_slice(&[0xFF, 0xFF]);
        }
    }
    let mut png = png(16, &[7; 256], 16);
    png[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
    let claims = [
        ("tiff", tiff),
        ("png", png),
        ("pgm", b"P5 65535 65535 65535\n".to_vec()),
        ("pgm text", b"P2 8192 8192 65535\n1 2".to_vec()),
        ("dicom", Dicom::new(65_535, 65_535).pixels(&[7; 256]).file()),
        ("dicom within bounds", Dicom::new(8192, 8192).pixels(&[7; 256]).file()),
    ];
    for (name, file) in claims {
        assert!(!survives(name, &file), "{name} was taken");
    }
    // An element that claims 4 GB.
    let mut dicom = Dicom::new(4, 4).pixels(&[7; 16]).file();
    let at = dicom.len() - 32 - 4;
    assert_eq!(dicom[at..at + 4], 32_u32.to_le_bytes());
    dicom[at..at + 4].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
    assert!(!survives("dicom element", &dicom));
}
