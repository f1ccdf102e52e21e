//! Truncated and mutated image files of every kind: an error or an image, never a panic, a hang
//! or memory that the file does not pay for.

use std::time::{Duration, Instant};

use crate::image_files::{Dicom, one_of_each, png, tiff};
use phantom_limit::import::{Reading, decode};
use phantom_limit::rng::{Purpose, StreamKey};

/// Longest that one file may take.
const SLOWEST: Duration = Duration::from_secs(2);

/// Mutations of each kind; `scripts/mutate` runs them by the minute.
const MUTATIONS: u64 = 2000;

/// Reads a file that may hold anything.
fn survives(name: &str, file: &[u8]) -> bool {
    let began = Instant::now();
    let read = decode(file, Reading::default());
    let taken = began.elapsed();
    assert!(taken < SLOWEST, "{name} took {taken:?}");
    if let Err(fault) = &read {
        assert!(!fault.to_string().is_empty());
    }
    read.is_ok()
}

#[test]
fn every_truncation_is_an_error_or_an_image() {
    for (name, file) in one_of_each() {
        assert!(survives(name, &file), "{name} is a good file");
        for length in 0..file.len() {
            survives(name, &file[..length]);
        }
    }
}

#[test]
fn mutations_are_errors_or_images() {
    for (number, (name, file)) in one_of_each().into_iter().enumerate() {
        for part in 0..MUTATIONS {
            let key =
                StreamKey { seed: 3, purpose: Purpose::Simulation, case: number as u64, part };
            let mut stream = key.open();
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
    // The same in the file meta information, and within a fragment.
    let mut dicom = Dicom::new(4, 4).pixels(&[7; 16]).file();
    let at = 144 + 8;
    assert_eq!(dicom[144..150], [2, 0, 1, 0, b'O', b'B']);
    dicom[at..at + 4].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
    assert!(!survives("dicom file meta", &dicom));
    let dicom = Dicom::new(4, 4).transfer_syntax("1.2.840.10008.1.2.4.90").fragment(&[7; 16]);
    let mut dicom = dicom.file();
    let at = dicom.len() - 8 - 16 - 4;
    assert_eq!(dicom[at..at + 4], 16_u32.to_le_bytes());
    dicom[at..at + 4].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
    assert!(!survives("dicom fragment", &dicom));
}

#[test]
fn what_is_deflated_becomes_an_image_and_no_bomb() {
    let deflated = |pixels: usize| {
        let file = Dicom::new(4, 4).transfer_syntax("1.2.840.10008.1.2.1.99");
        decode(&file.pixels(&vec![7; pixels]).file(), Reading::default())
    };
    // An image of one value is a hundred times smaller, and is read; so is one with bytes behind it.
    assert!(deflated(16).is_ok());
    assert!(deflated(1 << 24).is_ok());
    let said = deflated(40 << 20).unwrap_err().to_string();
    assert!(said.contains("become more than 100 times as many"), "{said}");
}
